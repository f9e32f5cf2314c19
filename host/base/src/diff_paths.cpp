#include "mamc/base/diff_paths.hpp"

#include <algorithm>

namespace mamc {
namespace {

constexpr std::string_view kHeading = "diff --git ";

bool EndsWithPath(const std::string& file, const std::string& path) {
  return file.size() > path.size() && file.ends_with(path) && file[file.size() - path.size() - 1] == '/';
}

// Of what stands behind "diff --git a/", as "x y b/x y": a path may hold the word between the two, so they
// are told apart by being the same. Those of a renamed file differ.
std::string PathOfHeading(std::string_view names) {
  constexpr std::string_view kBetween = " b/";
  const std::size_t half = names.size() < kBetween.size() ? 0 : (names.size() - kBetween.size()) / 2;
  const bool same = names.substr(half).starts_with(kBetween) &&
                    names.substr(0, half) == names.substr(half + kBetween.size());
  if (same) return std::string(names.substr(0, half));
  const std::size_t between = names.rfind(kBetween);
  return between == std::string_view::npos ? std::string()
                                           : std::string(names.substr(between + kBetween.size()));
}

}  // namespace

std::vector<std::string> FilesOfDiff(std::string_view diff) {
  std::vector<std::string> files;
  for (std::size_t at = 0; at < diff.size();) {
    const std::size_t end = std::min(diff.find('\n', at), diff.size());
    const std::string_view line = diff.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(kHeading)) continue;
    const std::string_view names = line.substr(kHeading.size());
    if (names.starts_with('"') || names.ends_with('"')) return {};
    if (!names.starts_with("a/")) continue;
    if (std::string path = PathOfHeading(names.substr(2)); !path.empty()) files.push_back(std::move(path));
  }
  return files;
}

std::string FileMeant(std::string path, const std::vector<std::string>& files) {
  if (path.starts_with("./")) path.erase(0, 2);
  if (path.empty()) return {};
  const auto has = [&files](const std::string& name) {
    return std::find(files.begin(), files.end(), name) != files.end();
  };
  if (has(path)) return path;
  const bool of_diff = path.starts_with("a/") || path.starts_with("b/");
  if (of_diff && has(path.substr(2))) return path.substr(2);
  std::string meant;
  for (const std::string& file : files) {
    if (!EndsWithPath(file, path)) continue;
    if (!meant.empty()) return {};
    meant = file;
  }
  return meant;
}

}  // namespace mamc
