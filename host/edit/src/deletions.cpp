#include "deletions.hpp"

#include <algorithm>

#include "naming.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

bool IsRename(std::string_view line) {
  line = Trim(line);
  while (StartsWith(line, "- ") || StartsWith(line, "* ") || StartsWith(line, "**"))
    line = Trim(line.substr(2));
  return StartsWith(line, "RENAME:") || StartsWith(line, "MOVE:");
}

// In any spelling it may be a word of an example.
bool IsSpelled(std::string_view line) {
  return StartsWith(Trim(line), "DELETE:") || IsRename(line);
}

void TellLost(std::size_t at, Answer& answer) {
  answer.problems.push_back(
      {at + 1, "a deletion stands among other lines of a fence: put it on a line of its own outside"});
}

}  // namespace

bool ReadDeletionLine(std::string_view text, std::size_t at, Answer& answer) {
  if (std::string path = DeletedFile(text); IsOneOf(Lower(path), {"none", "nothing", "n/a"})) {
    answer.problems.push_back(
        {at + 1,
         "DELETE: names no file: leave the line out when nothing is to be deleted, or write one path"});
    return true;
  } else if (!path.empty()) {
    answer.edits.push_back({EditKind::kDelete, std::move(path), "", "", at + 1});
    return true;
  }
  if (!IsSpelled(text)) return false;
  answer.problems.push_back({at + 1, IsRename(text)
                                         ? "a renaming is not read so: " + std::string(kHowToRename)
                                         : "DELETE: is not followed by one path alone"});
  return true;
}

bool ReadDeletions(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                   Answer& answer) {
  const bool alone = std::all_of(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                                 lines.begin() + static_cast<std::ptrdiff_t>(end), [](std::string_view line) {
                                   return Trim(line).empty() || IsSpelled(line) || !DeletedFile(line).empty();
                                 });
  bool any = false;
  for (std::size_t i = begin; i < end; ++i) {
    if (alone) any |= ReadDeletionLine(lines[i], i, answer);
    if (alone || !IsSpelled(lines[i])) continue;
    TellLost(i, answer);
    any = true;
  }
  return any;
}

void CheckNoDeletion(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                     bool of_file, Answer& answer) {
  for (std::size_t i = begin; i < end; ++i) {
    const bool renames = StartsWith(lines[i], "RENAME:");
    if (!renames && !StartsWith(lines[i], "DELETE:")) continue;
    const std::string path = renames ? std::string(Trim(lines[i].substr(7))) : DeletedFile(lines[i]);
    if (!of_file || (LooksNamed(path) && path[0] != '/')) TellLost(i, answer);
  }
}

}  // namespace mamc::edit
