#include "summary.hpp"

#include <algorithm>
#include <utility>

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostHotspots = 10;

template <class Item, class Write>
std::string Section(const std::string& title, const std::vector<Item>& items, std::size_t most, Write write) {
  if (items.empty()) return {};
  std::string text = "\n## " + title + "\n";
  for (std::size_t i = 0; i < std::min(items.size(), most); ++i) text += "- " + write(items[i]) + "\n";
  if (items.size() > most) text += "- and " + std::to_string(items.size() - most) + " more\n";
  return text;
}

using Counted = std::vector<std::pair<std::string, int>>;

Counted ByCount(const std::map<std::string, int>& counts) {
  Counted list(counts.begin(), counts.end());
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return list;
}

std::string WriteCounted(const std::pair<std::string, int>& item) {
  return item.first + ": " + std::to_string(item.second) + (item.second == 1 ? " file" : " files");
}

std::string Directories(const Scan& scan) {
  std::map<std::string, int> counts;
  for (const ScannedFile& file : scan.files)
    if (std::size_t slash = file.path.find('/'); slash != std::string::npos)
      ++counts[file.path.substr(0, slash + 1)];
  return Section("Top directories", ByCount(counts), 15, WriteCounted);
}

std::string PathsSection(const std::string& title, const Scan& scan, bool (*wanted)(std::string_view)) {
  std::vector<std::string> paths;
  for (const ScannedFile& file : scan.files)
    if (wanted(file.path)) paths.push_back(file.path);
  return Section(title, paths, 15, [](const std::string& path) { return path; });
}

// Those that `of` is greatest for, and more than nothing.
template <class Of>
std::vector<ScannedFile> Greatest(const Scan& scan, Of of) {
  std::vector<ScannedFile> files;
  for (const ScannedFile& file : scan.files)
    if (of(file) > 0) files.push_back(file);
  std::stable_sort(files.begin(), files.end(), [&](const auto& a, const auto& b) { return of(a) > of(b); });
  files.resize(std::min(files.size(), kMostHotspots));
  return files;
}

std::vector<ScannedFile> ChangedMost(const Scan& scan) {
  return Greatest(scan, [](const ScannedFile& file) { return file.commits; });
}

std::vector<ScannedFile> LargestSources(const Scan& scan) {
  return Greatest(scan, [](const ScannedFile& file) {
    return file.language != nullptr && file.language->is_code() ? file.bytes : 0;
  });
}

std::string Hotspots(const Scan& scan) {
  return Section("Changed most often lately", ChangedMost(scan), kMostHotspots,
                 [](const ScannedFile& file) {
                   return file.path + " (" + std::to_string(file.commits) +
                          (file.commits == 1 ? " commit)" : " commits)");
                 }) +
         Section("Largest sources", LargestSources(scan), kMostHotspots, [](const ScannedFile& file) {
           return file.path + " (" + std::to_string(file.bytes) + " bytes)";
         });
}

std::string Head(const Scan& scan) {
  std::string text = "# Repository\n" + std::to_string(scan.files.size()) + " files, " +
                     std::to_string(scan.bytes) + " bytes" + (scan.cut ? " looked at; there are more" : "") +
                     "\n";
  if (auto build = scan.CommandFor("build")) text += "Build: `" + *build + "`\n";
  if (auto test = scan.CommandFor("test")) text += "Tests: `" + *test + "`\n";
  return text;
}

// At the end of a line, which is also the border of a character.
void CutAtLine(std::string& text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return;
  const std::string end = "[cut]\n";
  text.resize(text.rfind('\n', max_bytes - end.size() - 1) + 1);
  text += end;
}

}  // namespace

std::string Summarize(const Scan& scan, const std::string& map_title, const std::string& map,
                      std::size_t max_bytes) {
  std::string text = Head(scan);
  if (!map.empty()) text += "\n## " + map_title + "\n" + map;
  text += Section("Languages", ByCount(scan.languages), 12, WriteCounted);
  text += Directories(scan);
  text += Hotspots(scan);
  text += PathsSection("Build files", scan, IsBuildFile);
  text += PathsSection("Tests", scan, IsTest);
  if (!scan.readme_head.empty()) text += "\n## " + scan.readme + " begins\n" + scan.readme_head + "\n";
  CutAtLine(text, max_bytes);
  return text;
}

Json DataOf(const Scan& scan) {
  Json data = {{"files", scan.files.size()},  {"bytes", scan.bytes},         {"cut", scan.cut},
               {"odd_names", scan.odd_names}, {"languages", scan.languages}, {"commands", Json::array()},
               {"hotspots", Json::array()},   {"largest", Json::array()}};
  for (const Command& command : scan.commands)
    data["commands"].push_back(
        {{"purpose", command.purpose}, {"command", command.command}, {"from", command.from}});
  for (const ScannedFile& file : ChangedMost(scan))
    data["hotspots"].push_back({{"path", file.path}, {"commits", file.commits}});
  for (const ScannedFile& file : LargestSources(scan))
    data["largest"].push_back({{"path", file.path}, {"bytes", file.bytes}});
  for (const char* purpose : {"build", "test"})
    if (auto command = scan.CommandFor(purpose)) data[std::string(purpose) + "_command"] = *command;
  return data;
}
