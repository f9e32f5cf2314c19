// From where a hunk lies to what it changes there.
#pragma once
#include <string>
#include <vector>

#include "file_text.hpp"
#include "pattern.hpp"

namespace mamc::edit {

struct Change {
  std::string refusal;
  std::vector<Splice> splices;
  bool reindented = false;
};
Change ChangeOf(const FileText& text, const Hunk& hunk, const std::vector<OldLine>& olds,
                const Alignment& lines);

// A diff shows lines on both sides of what it adds, but at the ends of the file. One with numbers that does
// not has lost some, and where its lines go is not certain.
bool LostItsEdge(const FileText& text, const Hunk& hunk, const Change& change);

// Whether both changes leave the same text.
bool SameResult(const FileText& text, const Change& a, const Change& b);

LastNewline LastNewlineOf(const Hunk& hunk);

}  // namespace mamc::edit
