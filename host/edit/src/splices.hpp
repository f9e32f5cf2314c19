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
  std::size_t end = 0;          // the line of the file behind the hunk's last
  bool uniform = true;          // one rule makes the file's indentation of the answer's
  std::size_t odd_indents = 0;  // else the lines that the rule of the new ones does not explain
};
Change ChangeOf(const FileText& text, const Hunk& hunk, const std::vector<OldLine>& olds,
                const Alignment& lines);

// A diff shows lines on both sides of what it adds, but at the ends of the file. One with numbers that does
// not has lost some, and where its lines go is not certain.
bool LostItsEdge(const FileText& text, const Hunk& hunk, const Change& change);

// Unless all its numbers are right: the hunk, which lies at `first`, states its place and how long it is.
bool NumbersAgree(const Hunk& hunk, std::size_t first);

// Whether both changes leave the same text.
bool SameResult(const FileText& text, const Change& a, const Change& b);

// Whether a line of it ends with \r: then all that bear none have none.
bool HoldsCr(const Hunk& hunk);

// What the hunk says of the file's last newline. Models write the marker by habit: it counts only at a line
// that becomes the file's last, and where it stands on both sides nothing changes.
LastNewline LastNewlineOf(const FileText& text, const Hunk& hunk, const Change& change);

}  // namespace mamc::edit
