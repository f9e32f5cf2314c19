#include "words.hpp"

#include <algorithm>
#include <cctype>

namespace mamc::edit {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

std::string_view Unwrap(std::string_view text) {
  text = Trim(text);
  for (std::string_view mark : {"**", "`"})
    if (text.size() > 2 * mark.size() && StartsWith(text, mark) && EndsWith(text, mark))
      text = Trim(text.substr(mark.size(), text.size() - 2 * mark.size()));
  return text;
}

std::string_view WithoutColon(std::string_view text) {
  text = Trim(text);
  if (!text.empty() && text.back() == ':') text.remove_suffix(1);
  return text;
}

// "x.c" and ".gitignore"; a version such as v2.0 has none.
bool HasEnding(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos || path.find('/', dot) != std::string_view::npos) return false;
  const std::string_view ending = path.substr(dot + 1);
  bool letter = false;
  for (unsigned char c : ending) {
    if (std::isalnum(c) == 0 && c != '_' && c != '-') return false;
    letter |= std::isalpha(c) != 0;
  }
  return letter && ending.size() <= 16;
}

bool IsOneWord(std::string_view text) {
  return text.find_first_of(" \t<>\"'(){};") == std::string_view::npos;
}

// What stands between the signs that a path is wrapped in; empty when it is not.
std::string_view Wrapped(std::string_view text) {
  for (std::string_view mark : {"**", "`", "\"", "'"}) {
    if (!StartsWith(text, mark)) continue;
    const std::size_t end = text.find(mark, mark.size());
    if (end == std::string_view::npos) continue;
    const std::string_view behind = text.substr(end + mark.size());
    if (behind.empty() || behind[0] == ' ' || behind[0] == ':' || behind[0] == ',')
      return Trim(text.substr(mark.size(), end - mark.size()));
  }
  return {};
}

// The path without what models put around and behind it: quotes, a colon, "(modified)".
std::string_view Plain(std::string_view text) {
  text = Trim(text);
  if (const std::string_view inner = Wrapped(text); !inner.empty()) return Plain(inner);
  text = WithoutColon(text);
  for (std::string_view note : {" (", " - ", " \xE2\x80\x93 ", " \xE2\x80\x94 ", " # ", " // "}) {
    const std::string_view head = text.substr(0, text.find(note));
    if (head.size() < text.size() && HasEnding(head) && !HasEnding(text)) text = head;
  }
  while (StartsWith(text, "./")) text.remove_prefix(2);
  return text;
}

std::string_view WithoutNumber(std::string_view line) {
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  const bool number = digits > 0 && digits < 4 &&
                      (StartsWith(line.substr(digits), ". ") || StartsWith(line.substr(digits), ") "));
  return number ? Trim(line.substr(digits + 2)) : line;
}

// What stands between `=== ` and ` ===`, `==> ` and ` <==`, as commands write above the files they show.
std::string_view Titled(std::string_view line) {
  if (StartsWith(line, "==> ") && EndsWith(line, " <==")) return Trim(line.substr(4, line.size() - 8));
  const std::size_t signs = std::min(line.find_first_not_of('='), line.size());
  const std::string_view sign = line.substr(0, signs);
  if (signs < 3 || line.size() <= 2 * signs || !EndsWith(line, sign)) return {};
  const std::string_view title = line.substr(signs, line.size() - 2 * signs);
  return StartsWith(title, " ") && EndsWith(title, " ") ? Trim(title) : std::string_view();
}

// What stands behind FILE:.
bool BehindFile(std::string_view line, std::string_view& text) {
  line = Trim(line);
  if (const std::string_view title = Titled(line); HasEnding(title) && IsOneWord(title)) {
    text = title;
    return true;
  }
  if (const std::string_view item = WithoutNumber(line); StartsWith(item, "FILE:")) line = item;
  if (StartsWith(line, "**") && EndsWith(line, "**")) line = Unwrap(line);
  for (std::string_view prefix : {"FILE:", "File:", "file:", "**FILE:**", "**File:**", "**File**:"}) {
    if (!StartsWith(line, prefix)) continue;
    text = line.substr(prefix.size());
    return true;
  }
  return false;
}

}  // namespace

std::string_view TrimEnd(std::string_view line) {
  while (!line.empty() && IsSpace(line.back())) line.remove_suffix(1);
  return line;
}

std::string_view Trim(std::string_view line) {
  line = TrimEnd(line);
  while (!line.empty() && IsSpace(line.front())) line.remove_prefix(1);
  return line;
}

std::string_view WithoutCr(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::string_view IndentOf(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

bool AllCrlf(std::string_view text) {
  std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  for (; end != std::string_view::npos; end = text.find('\n', end + 1))
    if (end == 0 || text[end - 1] != '\r') return false;
  return true;
}

std::vector<std::string_view> ViewLines(std::string_view text) {
  std::vector<std::string_view> lines;
  lines.reserve(text.size() / 16 + 1);  // more than source code needs; what stays unused is never touched
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::size_t CountWritten(std::span<const std::string_view> lines) {
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [](auto line) { return !Trim(line).empty(); }));
}

// One word of prose is no path: "Then:", "Done."
bool LooksNamed(std::string_view word) {
  const std::size_t slash = word.find('/');
  if (HasEnding(word) || (slash != std::string_view::npos && slash + 1 < word.size())) return true;
  for (std::string_view known : {"Makefile", "Dockerfile", "Containerfile", "Jenkinsfile", "Vagrantfile",
                                 "Gemfile", "Rakefile", "Procfile", "Kconfig", "Kbuild", "BUILD", "WORKSPACE",
                                 "README", "LICENSE", "COPYING", "CHANGELOG", "NEWS", "AUTHORS"})
    if (word == known) return true;
  return false;
}

bool IsSurePath(std::string_view path) {
  return path.find('/') != std::string_view::npos && HasEnding(path);
}

std::string BarePath(std::string_view line) {
  line = WithoutColon(line);
  const bool code = StartsWith(line, "`");
  std::string_view path = WithoutColon(Unwrap(line));
  if (path.empty() || path.size() > 1024 || StartsWith(path, "```") || StartsWith(path, "~~~")) return {};
  const bool wrapped = path.size() != line.size();
  while (StartsWith(path, "./")) path.remove_prefix(2);
  if (path.find('`') != std::string_view::npos) return {};
  const bool label = path.find(": ") != std::string_view::npos;
  if (!IsOneWord(path)) return wrapped && !label && HasEnding(path) ? std::string(path) : std::string();
  const bool plain_word = path.find('.') == std::string_view::npos;
  return LooksNamed(path) || (code && plain_word) ? std::string(path) : std::string();
}

bool IsBold(std::string_view line) {
  line = WithoutColon(Trim(line));
  return line.size() > 4 && StartsWith(line, "**") && EndsWith(line, "**") &&
         line.find("**", 2) == line.size() - 2;
}

bool IsFileLine(std::string_view line) {
  std::string_view text;
  return BehindFile(line, text);
}

bool SaysFile(std::string_view line) {
  line = WithoutNumber(Trim(line));
  line = Trim(line.substr(std::min(line.find_first_not_of("#"), line.size())));
  return StartsWith(line, "FILE:") || StartsWith(line, "**FILE:");
}

std::string NamedFile(std::string_view line) {
  line = Trim(line);
  bool heading = false;
  while (StartsWith(line, "#")) {
    const std::string_view behind = line.substr(std::min(line.find_first_not_of('#'), line.size()));
    if (!StartsWith(behind, " ")) break;
    line = Trim(behind);
    heading = true;
  }
  std::string_view text;
  if (BehindFile(line, text)) {
    text = Plain(text);
    return IsOneWord(text) || LooksNamed(text) ? std::string(text) : std::string();
  }
  if (!heading) return {};
  std::string bare = BarePath(line);
  if (bare.empty()) bare = BarePath(Plain(line));
  return LooksNamed(bare) ? bare : std::string();
}

}  // namespace mamc::edit
