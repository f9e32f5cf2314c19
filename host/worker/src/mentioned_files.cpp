#include "mentioned_files.hpp"

#include <set>

#include "mamc/base/files.hpp"
#include "mamc/base/text.hpp"

namespace mamc::worker {
namespace {

constexpr std::size_t kMaxFiles = 24;
constexpr std::size_t kMaxFileBytes = 64 << 10;
constexpr std::size_t kMaxFilesBytes = 256 << 10;

void CollectPaths(const std::string& text, std::vector<std::string>& paths, std::set<std::string>& seen) {
  for (std::string_view word : PathWordsIn(text)) {
    while (word.ends_with('.')) word.remove_suffix(1);
    if (word.size() < 3 || word.size() > 300 || word.front() == '/' || word.find('.') == word.npos) continue;
    if (seen.emplace(word).second) paths.emplace_back(word);
  }
}

void CollectPaths(const Json& value, std::vector<std::string>& paths, std::set<std::string>& seen) {
  if (value.is_string()) return CollectPaths(value.get_ref<const std::string&>(), paths, seen);
  if (value.is_structured())
    for (const auto& item : value) CollectPaths(item, paths, seen);
}

// A regular file that is reached from `root` without a link on the way.
bool IsPlainFile(const std::filesystem::path& root, const std::string& relative) {
  std::filesystem::path at = root;
  std::filesystem::file_status status;
  for (const auto& part : std::filesystem::path(relative)) {
    if (part == ".." || part == "." || part == ".git") return false;
    at /= part;
    std::error_code error;
    status = std::filesystem::symlink_status(at, error);
    if (error || std::filesystem::is_symlink(status)) return false;
  }
  return std::filesystem::is_regular_file(status);
}

}  // namespace

std::vector<PromptFile> MentionedFiles(const Json& request, const std::filesystem::path& root) {
  std::vector<PromptFile> files;
  if (root.empty()) return files;
  std::vector<std::string> paths;
  std::set<std::string> seen;
  CollectPaths(GetMember(request, "payload"), paths, seen);
  std::size_t total = 0;
  for (const std::string& path : paths) {
    if (files.size() >= kMaxFiles) break;
    if (!IsPlainFile(root, path)) continue;
    auto text = ReadFile(root / path, kMaxFileBytes);
    if (!text.ok() || !IsUtf8(*text) || total + text->size() > kMaxFilesBytes) continue;
    total += text->size();
    files.push_back({path, std::move(*text)});
  }
  return files;
}

}  // namespace mamc::worker
