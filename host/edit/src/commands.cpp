#include "commands.hpp"

#include <algorithm>

#include "deletions.hpp"
#include "sentence.hpp"
#include "shorten.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::size_t kLongest = 2000;  // a longer line is no command that anybody reads

std::string_view Unquoted(std::string_view word) {
  for (char quote : {'"', '\''})
    if (word.size() > 2 && word.front() == quote && word.back() == quote)
      word = word.substr(1, word.size() - 2);
  while (StartsWith(word, "./")) word.remove_prefix(2);
  return word;
}

// Not what a build makes, nor anything outside.
bool IsOfRepository(std::string_view path) {
  for (std::string_view begin : {"/", "~", "$", "../", "-", "build/", "dist/", "out/", "target/", "tmp/",
                                 "node_modules/", "venv/", ".venv/"})
    if (StartsWith(path, begin)) return false;
  return path.find_first_of("?[$\\") == std::string_view::npos &&
         IsFileName(path.substr(path.rfind('/') + 1));
}

// The first file from word `at` on; empty: there is none.
std::string FileIn(const Words& words, std::size_t at) {
  for (; at < words.size(); ++at)
    if (const std::string_view word = Unquoted(words[at]); IsOfRepository(word)) return std::string(word);
  return {};
}

// The file that the output goes to.
std::string OutputFile(const Words& words, bool only_append) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::string_view word = words[i];
    if (!StartsWith(word, ">") || (only_append && !StartsWith(word, ">>"))) continue;
    word.remove_prefix(std::min(word.find_first_not_of('>'), word.size()));
    if (word.empty() && i + 1 < words.size()) word = words[i + 1];
    if (word = Unquoted(word); IsOfRepository(word)) return std::string(word);
  }
  return {};
}

bool HasWord(const Words& words, std::string_view begin) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return StartsWith(word, begin); });
}

bool EndsInOneOf(std::string_view path, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return EndsWith(path, end); });
}

// What a tool makes again.
bool IsMadeAgain(std::string_view path) {
  return EndsInOneOf(path, {".lock", "-lock.json", "-lock.yaml", ".log", ".tmp", ".pyc", ".o"});
}

// What a person makes his own of, or puts back.
bool IsTaken(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (std::string_view word : {".sample", ".example", ".template", ".dist"})
    if (name.find(word) != std::string_view::npos) return true;
  return EndsInOneOf(name, {".bak", ".orig"});
}

Command CommandOf(const Words& words) {
  const std::string_view name = words[0];
  if (name == "rm" || name == "mv") {
    const std::string file = FileIn(words, 1);
    if (IsMadeAgain(file) || (name == "mv" && IsTaken(file))) return {};
    if (name == "mv") return {file, std::string(kHowToRename), Act::kRename};
    return {file, "write 'DELETE: " + file + "'", Act::kDelete};
  }
  if (name == "sed" && HasWord(words, "-i")) return {FileIn(words, 2), "send a SEARCH/REPLACE block"};
  if (name == "chmod" && words.size() > 2 && words[1].find_first_of("x75") != std::string_view::npos)
    return {FileIn(words, 2), "send a git diff with 'old mode 100644' and 'new mode 100755'",
            Act::kMakeExecutable};
  std::string file = name == "touch" || name == "tee"     ? FileIn(words, 1)
                     : name == "cat"                      ? OutputFile(words, false)
                     : name == "echo" || name == "printf" ? OutputFile(words, true)
                                                          : std::string();
  return {file, "write 'FILE: " + file + "' and the whole file in a fence", Act::kMake};
}

void AddCommand(std::string_view text, std::vector<Command>& commands) {
  Words words = WordsOf(text);
  while (!words.empty() && IsOneOf(words[0], {"$", "sudo", "%"})) words.erase(words.begin());
  if (words.size() < 2) return;
  Command command = CommandOf(words);
  if (command.path.empty()) return;
  command.problem = QuotedLine(text) + " is not run here: " + command.problem;
  commands.push_back(std::move(command));
}

bool IsOrder(std::string_view before) {
  const Words words = WordsOf(before);
  constexpr std::size_t kMost = 12;
  if (words.size() == 1) return IsOneOf(Lower(Bare(words[0])), {"please", "finally", "then", "also"});
  return words.size() <= kMost && std::any_of(words.begin(), words.end(), [](std::string_view word) {
           return IsOneOf(Lower(Bare(word)), {"run", "execute", "remember", "forget"});
         });
}

}  // namespace

std::string CommandWords(std::string_view line) {
  line = Trim(line);
  if (StartsWith(line, "$ ")) line = Trim(line.substr(2));
  const bool removes = StartsWith(line, "git rm "), moves = StartsWith(line, "git mv ");
  if (!removes && !moves) return {};
  return QuotedLine(line) +
         " is not run here: " + (removes ? "write 'DELETE: path'" : std::string(kHowToRename));
}

std::vector<Command> CommandsIn(std::string_view line) {
  std::vector<Command> commands;
  if (line.size() > kLongest) return commands;
  while (!line.empty()) {
    const std::size_t end = std::min({line.find("&&"), line.find(';'), line.find('|'), line.size()});
    AddCommand(line.substr(0, end), commands);
    line.remove_prefix(std::min(line.find_first_not_of("&;|", end), line.size()));
  }
  return commands;
}

std::vector<Command> CommandsAsked(std::string_view line) {
  if (line.size() > kLongest) return {};
  const std::size_t begin = line.find('`'), end = line.find('`', begin + 1);
  if (begin == std::string_view::npos || end == std::string_view::npos) return {};
  const std::string_view code = line.substr(begin + 1, end - begin - 1);
  const bool alone = Trim(line).size() == code.size() + 2;
  return alone || IsOrder(line.substr(0, begin)) ? CommandsIn(code) : std::vector<Command>();
}

}  // namespace mamc::edit
