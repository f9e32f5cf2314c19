#include "edited.hpp"

#include <algorithm>
#include <cctype>

#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::size_t kDeepest = 16;  // folders of a path by whose end it may be called

bool SaysNothing(std::string_view line) {
  return std::none_of(line.begin(), line.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
}

}  // namespace

Edited::Edited(const Answer& answer) : answer_(answer) {
  for (std::size_t i = 0; i < answer.edits.size(); ++i)
    for (const std::string* path : {&answer.edits[i].path, &answer.edits[i].from}) {
      std::string_view end = *path;
      for (std::size_t depth = 0; !end.empty() && depth < kDeepest; ++depth) {
        edits_[end].push_back(i);
        const std::size_t slash = end.find('/');
        end = slash == std::string_view::npos ? std::string_view() : end.substr(slash + 1);
      }
    }
}

const std::vector<std::size_t>& Edited::Of(const std::string& path) const {
  static const std::vector<std::size_t> kNone;
  const auto found = edits_.find(path);
  return found == edits_.end() ? kNone : found->second;
}

const std::unordered_set<std::string_view>& Edited::LinesOf(const std::string& path) {
  const auto [found, is_new] = lines_.try_emplace(path);
  auto add = [&lines = found->second](std::string_view text) {
    for (std::string_view line : ViewLines(text)) lines.insert(Trim(line));
  };
  if (!is_new) return found->second;
  for (std::size_t i : Of(path)) {
    const Edit& edit = answer_.edits[i];
    add(edit.head), add(edit.search), add(edit.content);
    for (const Hunk& hunk : edit.hunks)
      for (const HunkLine& line : hunk.lines) add(line.text);
  }
  return found->second;
}

bool Edited::Hold(const std::string& path, const std::vector<std::string_view>& lines) {
  const std::unordered_set<std::string_view>& held = LinesOf(path);
  return std::all_of(lines.begin(), lines.end(),
                     [&](std::string_view line) { return SaysNothing(line) || held.count(Trim(line)) != 0; });
}

}  // namespace mamc::edit
