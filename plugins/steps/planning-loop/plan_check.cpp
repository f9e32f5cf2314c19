#include "plan_check.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

#include "mamc/base/text.hpp"

namespace planning {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFilesListed = 50'000;
constexpr std::size_t kMostReasons = 8;

// What is edited by hand has one of these; others are left alone, since "e.g." and "v1.2" look like names
// too.
constexpr std::string_view kExtensions[] = {
    "c",    "cc",    "cpp",   "cxx", "h",    "hh",    "hpp",        "hxx",  "py",    "js",
    "jsx",  "ts",    "tsx",   "mjs", "go",   "rs",    "rb",         "php",  "cs",    "java",
    "kt",   "swift", "sh",    "yml", "yaml", "json",  "md",         "toml", "cmake", "css",
    "html", "sql",   "proto", "lua", "pl",   "scala", "properties", "xml",
};
// Things that are called as files are.
constexpr std::string_view kProducts[] = {"node.js",    "next.js",  "nuxt.js",   "vue.js",     "react.js",
                                          "express.js", "three.js", "d3.js",     "chart.js",   "moment.js",
                                          "p5.js",      "ember.js", "alpine.js", "angular.js", "backbone.js",
                                          "nest.js",    "socket.js"};
// Written by programs: a plan may speak of them before they are there.
constexpr std::string_view kMadeByPrograms[] = {"build",        "dist",     "out", "target",
                                                "node_modules", "coverage", "tmp"};
// In the languages that plans come in, as beginnings of words.
constexpr std::string_view kSaysNew[] = {
    "new",   "creat",    "add",     "introduc", "renam", "mov", "split", "extract", "generat", "writ", "neu",
    "anleg", "angelegt", "erstell", "schreib",  "nouve", "cré", "ajout", "écri",    "nuev",    "crea", "añad",
    "nov",   "cri",      "nuov",    "aggiun",   "新",    "创",  "作",    "нов",     "созд"};
constexpr std::string_view kTestWords[] = {"test", "spec", "тест", "测试", "テスト"};

bool IsProduct(const std::string& word) {
  const std::string lower = mamc::Lower(word);
  return std::any_of(std::begin(kProducts), std::end(kProducts), [&](std::string_view product) {
    return lower == product || lower.starts_with(std::string(product) + "/");
  });
}

bool NamesFile(const std::string& word) {
  const std::size_t dot = word.rfind('.');
  if (dot == std::string::npos || dot + 1 == word.size() || word.find("...") != std::string::npos)
    return false;
  if (dot == 0 || word[dot - 1] == '/') return false;  // ".md": a kind of file
  const std::string extension = mamc::Lower(std::string_view(word).substr(dot + 1));
  return std::find(std::begin(kExtensions), std::end(kExtensions), extension) != std::end(kExtensions);
}

struct NamedFile {
  std::string path;
  bool is_sure;  // it has a folder, or stands in backticks
};

// Addresses (http://...), patterns (*.c) and places (<x.h>, a/{b,c}.h) are left alone.
std::vector<NamedFile> FilesIn(std::string_view text) {
  std::vector<NamedFile> files;
  for (const std::string_view word : mamc::PathWordsIn(text)) {
    const auto begin = static_cast<std::size_t>(word.data() - text.data()), end = begin + word.size();
    const char before = begin > 0 ? text[begin - 1] : ' ', behind = end < text.size() ? text[end] : ' ';
    const bool is_part = std::string_view("*{<$~:").find(before) != std::string_view::npos ||
                         std::string_view("*{>}").find(behind) != std::string_view::npos;
    std::string path(word);
    while (path.ends_with('.')) path.pop_back();
    if (path.starts_with("./")) path.erase(0, 2);
    if (is_part || path.find("//") != std::string::npos || IsProduct(path) || !NamesFile(path)) continue;
    const bool is_sure = before == '`' || behind == '`' || path.find('/') != std::string::npos;
    files.push_back({std::move(path), is_sure});
  }
  return files;
}

// A list's points and paragraphs: what a file is said to be is said in the same one.
std::vector<std::string> PointsOf(const std::string& plan) {
  std::vector<std::string> points(1);
  std::size_t begin = 0;
  while (begin < plan.size()) {
    const std::size_t end = std::min(plan.find('\n', begin), plan.size());
    const std::string line = plan.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t text = line.find_first_not_of(" \t");
    if (text == std::string::npos) {
      points.emplace_back();
      continue;
    }
    const bool begins = line[text] == '-' || line[text] == '*' || line[text] == '#' ||
                        std::isdigit(static_cast<unsigned char>(line[text]));
    if (begins) points.emplace_back();
    points.back() += line + "\n";
  }
  return points;
}

bool HoldsWord(const std::string& lower_text, std::string_view beginning) {
  for (std::size_t at = lower_text.find(beginning); at != std::string::npos;
       at = lower_text.find(beginning, at + 1)) {
    const bool is_ascii = static_cast<unsigned char>(beginning.front()) < 0x80;
    if (!is_ascii || at == 0 || !std::isalpha(static_cast<unsigned char>(lower_text[at - 1]))) return true;
  }
  return false;
}

template <class Words>
bool HoldsAny(const std::string& text, const Words& beginnings) {
  const std::string lower = mamc::Lower(text);
  return std::any_of(std::begin(beginnings), std::end(beginnings),
                     [&](std::string_view beginning) { return HoldsWord(lower, beginning); });
}

// The repository's files by their names without folders.
class Tree {
 public:
  explicit Tree(const fs::path& root) : root_(root) {
    std::error_code error;
    fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, error), end;
    for (; !error && at != end && count_ <= kMostFilesListed; at.increment(error)) {
      if (at->path().filename() == ".git") {
        at.disable_recursion_pending();
        continue;
      }
      std::error_code ignored;  // what vanishes meanwhile is no file
      if (at->is_directory(ignored)) continue;
      by_name_[at->path().filename().string()].push_back(at->path().lexically_relative(root).string());
      ++count_;
    }
    is_partial_ = error || count_ > kMostFilesListed;
  }

  // A name without a folder may lie in any.
  bool Has(const std::string& file) const {
    if (is_partial_) return true;
    if (file.find('/') == std::string::npos) return by_name_.contains(file);
    std::error_code error;
    return fs::exists(fs::symlink_status(root_ / file, error));
  }
  // Where a file of the same name lies; empty: nowhere.
  std::string Elsewhere(const std::string& file) const {
    const auto found = by_name_.find(fs::path(file).filename().string());
    return found == by_name_.end() ? "" : found->second.front();
  }

 private:
  fs::path root_;
  std::map<std::string, std::vector<std::string>> by_name_;
  std::size_t count_ = 0;
  bool is_partial_ = false;
};

bool IsMadeByProgram(const std::string& file) {
  const std::string first = file.substr(0, file.find('/'));
  return std::find(std::begin(kMadeByPrograms), std::end(kMadeByPrograms), first) !=
         std::end(kMadeByPrograms);
}

bool LeavesRepository(const std::string& file) {
  const fs::path path = fs::path(file).lexically_normal();
  return *path.begin() == "..";
}

std::string Missing(const std::string& file, const std::string& elsewhere) {
  const std::string hint = elsewhere.empty() ? "" : " (there is '" + elsewhere + "')";
  return "the plan names '" + file + "', which does not exist" + hint +
         ": name a file of the repository, or say 'new file' where it is named";
}

}  // namespace

bool NamesTest(const std::string& plan) {
  return HoldsAny(plan, kTestWords);
}

std::vector<std::string> WrongFiles(const std::string& plan, const fs::path& root) {
  const Tree tree(root);
  const std::vector<std::string> points = PointsOf(plan);
  std::set<std::string> told_new;
  for (const std::string& point : points)
    if (HoldsAny(point, kSaysNew))
      for (const NamedFile& file : FilesIn(point)) told_new.insert(file.path);
  std::vector<std::string> wrong;
  std::set<std::string> seen;
  for (const auto& [file, is_sure] : FilesIn(plan)) {
    if (!is_sure || file.starts_with('/') || !seen.insert(file).second) continue;
    if (LeavesRepository(file))
      wrong.push_back("the plan names '" + file +
                      "', which lies outside the repository: name it by its path in it");
    else if (!told_new.contains(file) && !IsMadeByProgram(file) && !tree.Has(file))
      wrong.push_back(Missing(file, tree.Elsewhere(file)));
  }
  if (wrong.size() > kMostReasons) wrong.resize(kMostReasons);
  return wrong;
}

}  // namespace planning
