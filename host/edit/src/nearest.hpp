// What a refusal shows of the file.
#pragma once
#include <string>

#include "align.hpp"
#include "file_text.hpp"
#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// The lines of the file that resemble the hunk most, around the first that differs, each with its number:
// where most of its lines are, else where one has most of the words of one of them. Empty when nothing does,
// or when `work` is used up.
std::string NearestLines(const FileText& text, const Hunk& hunk, AlignWork& work);

}  // namespace mamc::edit
