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

// What stands within a comment's signs; empty when the line is no comment.
std::string_view CommentText(std::string_view line) {
  for (std::string_view open : {"//", "#", "/*", "<!--", "--", ";;", "%"}) {
    if (!StartsWith(line, open)) continue;
    line = Trim(line.substr(open.size()));
    for (std::string_view close : {"*/", "-->"})
      if (EndsWith(line, close)) line = Trim(line.substr(0, line.size() - close.size()));
    return line;
  }
  return {};
}

// One word of prose is no path: "Then:", "Done."
bool LooksNamed(std::string_view word) {
  const std::size_t mark = word.find_first_of("./");
  if (mark != std::string_view::npos && mark + 1 < word.size()) return true;
  for (std::string_view known : {"Makefile", "Dockerfile", "Containerfile", "Jenkinsfile", "Vagrantfile",
                                 "Gemfile", "Rakefile", "Procfile", "Kconfig", "Kbuild", "BUILD", "WORKSPACE",
                                 "README", "LICENSE", "COPYING", "CHANGELOG", "NEWS", "AUTHORS"})
    if (word == known) return true;
  return false;
}

bool IsDots(std::string_view text) {
  return text == "..." || text == "\xE2\x80\xA6";
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

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
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

bool IsLazyComment(std::string_view line) {
  std::string_view text = CommentText(Trim(line));
  if (text.empty() || text.size() > 120) return false;
  const bool dots = StartsWith(text, "...") || StartsWith(text, "\xE2\x80\xA6") || EndsWith(text, "...") ||
                    EndsWith(text, "\xE2\x80\xA6");
  if (!dots) return false;
  if (IsDots(text)) return true;
  const std::string lower = Lower(text);
  for (std::string_view word : {"rest", "existing", "unchanged", "same", "remain", "other", "omitted",
                                "previous", "code", "as before", "more"})
    if (lower.find(word) != std::string::npos) return true;
  return false;
}

bool IsElision(std::string_view line) {
  return IsDots(Trim(line)) || IsLazyComment(line);
}

std::string BarePath(std::string_view line) {
  line = WithoutColon(line);
  std::string_view path = WithoutColon(Unwrap(line));
  if (path.empty() || path.size() > 1024 || StartsWith(path, "```") || StartsWith(path, "~~~")) return {};
  const bool wrapped = path.size() != line.size();
  const bool one_word = path.find_first_of(" \t<>\"'(){};") == std::string_view::npos;
  if (path.find('`') != std::string_view::npos || (!one_word && !wrapped)) return {};
  return wrapped || LooksNamed(path) ? std::string(path) : std::string();
}

std::string NamedFile(std::string_view line) {
  line = Trim(line);
  for (std::string_view prefix : {"FILE:", "File:", "file:"})
    if (StartsWith(line, prefix)) return std::string(Unwrap(line.substr(prefix.size())));
  if (!StartsWith(line, "#")) return {};
  line.remove_prefix(std::min(line.find_first_not_of('#'), line.size()));
  if (!StartsWith(line, " ")) return {};
  std::string named = NamedFile(line);
  return named.empty() ? BarePath(line) : named;
}

}  // namespace mamc::edit
