// The lines that open and close parts of an answer.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mamc::edit {

// The markers of blocks. The outer two may bear the file's path; `<<<<<<< a.c` does without the word.
bool IsSearch(std::string_view line);
bool IsDivider(std::string_view line);
bool IsReplace(std::string_view line);
// `>>>>>>>` alone or with a path: what ends a block when nothing else in it can.
bool IsWordlessEnd(std::string_view line);
bool EndsBlock(std::string_view line);
// The path that a marker bears; empty: none.
std::string PathOnMarker(std::string_view line);
// A marker of blocks or patches that is written in a way that is not read: "<<<<<<< SEARCH:", "*** Begin
// Patch".
bool IsForeignMarker(std::string_view line);

// A marker, read or not, that a block or a patch begins with.
bool OpensEdit(std::string_view line);

// Whether one stands in the first two lines that are not blank.
bool BeginsForeign(const std::vector<std::string_view>& lines, std::size_t at);

struct Fence {
  char sign = 0;  // 0: the line is no fence
  std::size_t indent = 0, length = 0;
  std::string_view info;
};

Fence OpenedBy(std::string_view line);
bool SameFence(const Fence& fence, const Fence& other);
bool Closes(const Fence& fence, std::string_view line);
// The first line from `at` on that does; the number of lines: none.
std::size_t FirstClose(const std::vector<std::string_view>& lines, const Fence& fence, std::size_t at);
// Behind `path=`.
std::string PathInInfo(std::string_view info);
// The same written as `python:a.py` or `title="a.py"`, which snippets have as well.
std::string NamedInInfo(std::string_view info);
// A line that a diff adds or removes, and none of a list of words.
bool IsSigned(std::string_view line);
bool IsDiffInfo(std::string_view info);
// A fence of commands rather than of a file.
bool IsShell(std::string_view info);

}  // namespace mamc::edit
