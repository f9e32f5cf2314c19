#include "versions.hpp"

#include <functional>

#include "words.hpp"

namespace mamc::edit {
namespace {

std::unordered_set<std::size_t> LinesOf(std::string_view content) {
  std::unordered_set<std::size_t> lines;
  for (std::string_view line : ViewLines(content))
    if (!Trim(line).empty()) lines.insert(std::hash<std::string_view>()(Trim(line)));
  return lines;
}

}  // namespace

void Versions::Add(const std::string& path, std::string_view content) {
  if (!Has(path)) files_[path] = {std::hash<std::string_view>()(content), LinesOf(content)};
}

bool Versions::IsAnother(const std::string& path, std::string_view content, std::size_t thirds) const {
  const auto file = files_.find(path);
  if (file == files_.end() || file->second.content == std::hash<std::string_view>()(content)) return false;
  std::size_t shared = 0;
  for (std::size_t line : LinesOf(content)) shared += file->second.lines.count(line);
  return shared > 0 && shared * 3 >= file->second.lines.size() * thirds;
}

void Versions::DropExamples(Answer& answer, const Announced& announced) const {
  std::unordered_map<std::string_view, std::size_t> dropped;
  std::vector<bool> drop(answer.edits.size());
  for (std::size_t i = snippets_.size(); i-- > 0;) {
    const std::string& path = answer.edits[snippets_[i]].path;
    if (announced.CountOf(path) - dropped[path] < 2) continue;
    ++dropped[path];
    drop[snippets_[i]] = true;
  }
  std::vector<Edit> kept;
  for (std::size_t i = 0; i < drop.size(); ++i)
    if (!drop[i]) kept.push_back(std::move(answer.edits[i]));
  answer.edits = std::move(kept);
}

}  // namespace mamc::edit
