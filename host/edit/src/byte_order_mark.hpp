// Edits that hold the byte order mark of their file: a program's diff does, and a model that saw the file
// may.
#pragma once
#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// A diff that says with its old lines that the file begins with the mark: it may take the mark away.
bool SaysMark(const Edit& edit);
// The same edit without the mark of the file, which stays. One behind a line of context is text, and where
// the numbers are right (`stated`), one of a hunk that does not lie at the beginning.
Edit WithoutMark(const Edit& edit, bool stated);
// Whether there is one to take off.
bool BearsMark(const Edit& edit);

}  // namespace mamc::edit
