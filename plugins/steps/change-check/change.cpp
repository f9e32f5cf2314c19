#include "change.hpp"

#include <unordered_map>

namespace change {
namespace {

bool IsBinary(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

std::vector<Line> Added(const ChangedFile& file) {
  std::vector<Line> added;
  if (!file.after || IsBinary(*file.after)) return added;
  std::unordered_map<std::string_view, std::size_t> known;
  if (file.before)
    for (const std::string_view line : LinesOf(*file.before)) ++known[line];
  std::size_t number = 0;
  for (const std::string_view line : LinesOf(*file.after)) {
    ++number;
    const auto found = known.find(line);
    if (found != known.end() && found->second > 0)
      --found->second;
    else
      added.push_back({number, std::string(line)});
  }
  return added;
}

}  // namespace

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<ChangedFile> ChangedFiles(mamc::git::Repo& repo, const std::string& base_tree,
                                      const std::string& tree) {
  std::vector<ChangedFile> files;
  for (const std::string& path : repo.ChangedPaths(base_tree, tree)) {
    ChangedFile file{path, repo.ReadBlob(base_tree, path), repo.ReadBlob(tree, path), {}};
    file.added = Added(file);
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace change
