// Implementation: one pass over the lines. Within a block nothing but its own markers counts, so that a fence
// or a heading in the text of a file ends nothing.
#include "mamc/edit/parse.hpp"

#include <algorithm>
#include <cctype>

namespace mamc::edit {
namespace {

std::string_view Trim(std::string_view text) {
  auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

bool IsMarker(std::string_view line, char sign, std::string_view word) {
  line = Trim(line);
  return StartsWith(line, std::string(7, sign)) && Trim(line.substr(7)) == word;
}
bool IsSearch(std::string_view line) {
  return IsMarker(line, '<', "SEARCH");
}
bool IsDivider(std::string_view line) {
  return IsMarker(line, '=', "");
}
bool IsReplace(std::string_view line) {
  return IsMarker(line, '>', "REPLACE");
}

struct Fence {
  char sign = 0;
  std::size_t length = 0;
  std::string_view info;
};

Fence OpenedBy(std::string_view line) {
  line = Trim(line);
  if (line.empty() || (line[0] != '`' && line[0] != '~')) return {};
  std::size_t length = std::min(line.find_first_not_of(line[0]), line.size());
  std::string_view info = Trim(line.substr(length));
  if (length < 3 || info.find('`') != std::string_view::npos) return {};
  return {line[0], length, info};
}

bool Closes(const Fence& fence, std::string_view line) {
  Fence other = OpenedBy(line);
  return other.sign == fence.sign && other.length >= fence.length && other.info.empty();
}

std::string_view Unwrap(std::string_view text) {
  text = Trim(text);
  for (std::string_view mark : {"**", "`"})
    if (text.size() > 2 * mark.size() && StartsWith(text, mark) &&
        text.substr(text.size() - mark.size()) == mark)
      text = Trim(text.substr(mark.size(), text.size() - 2 * mark.size()));
  return text;
}

std::string_view WithoutColon(std::string_view text) {
  text = Trim(text);
  if (!text.empty() && text.back() == ':') text.remove_suffix(1);
  return text;
}

// A line that can only be a path: one word, or text in backticks.
std::string BarePath(std::string_view line) {
  line = WithoutColon(line);
  std::string_view path = WithoutColon(Unwrap(line));
  if (path.empty() || path.size() > 1024 || IsSearch(line) || OpenedBy(line).sign != 0) return {};
  const bool wrapped = path.size() != line.size();
  const bool one_word = path.find_first_of(" \t<>\"'(){};") == std::string_view::npos;
  return wrapped || one_word ? std::string(path) : std::string();
}

// "FILE: path" or "### path".
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

std::string PathInInfo(std::string_view info) {
  std::size_t at = info.find("path=");
  if (at == std::string_view::npos || (at > 0 && info[at - 1] != ' ')) return {};
  std::string_view path = info.substr(at + 5);
  if (!path.empty() && (path[0] == '"' || path[0] == '\''))
    return std::string(path.substr(1, path.find(path[0], 1) - 1));
  return std::string(path.substr(0, path.find(' ')));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lines_(SplitLines(text)) {}

  Answer Parse() {
    SkipUnopenedThinking();
    while (at_ < lines_.size()) Next();
    return std::move(answer_);
  }

 private:
  std::string_view line() const { return lines_[at_]; }
  void Problem(std::size_t line, std::string text) {
    answer_.problems.push_back({line + 1, std::move(text)});
  }

  // Some servers drop the opening tag.
  void SkipUnopenedThinking() {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (Trim(lines_[i]).find("<think>") != std::string_view::npos) return;
      if (Trim(lines_[i]) != "</think>") continue;
      at_ = i + 1;
      return;
    }
  }

  void Next() {
    if (StartsWith(Trim(line()), "<think>")) return SkipThinking();
    if (IsSearch(line())) return Block(block_path_);
    if (Fence fence = OpenedBy(line()); fence.sign != 0) return Fenced(fence);
    Prose();
  }

  void SkipThinking() {
    const std::size_t begin = at_;
    while (at_ < lines_.size() && line().find("</think>") == std::string_view::npos) ++at_;
    if (at_ == lines_.size())
      Problem(begin, "the reasoning that begins here is not closed: the answer was cut");
    ++at_;
  }

  void Prose() {
    std::string_view text = Trim(line());
    if (StartsWith(text, "DELETE:")) {
      answer_.edits.push_back({EditKind::kDelete, std::string(Unwrap(text.substr(7))), "", "", at_ + 1});
    } else if (std::string named = NamedFile(text); !named.empty()) {
      file_path_ = block_path_ = named;
    } else if (!text.empty()) {
      file_path_.clear();
      if (std::string bare = BarePath(text); !bare.empty()) block_path_ = bare;
    }
    ++at_;
  }

  void Fenced(const Fence& fence) {
    const std::size_t begin = at_++;
    std::string whole_path = PathInInfo(fence.info);
    if (whole_path.empty()) whole_path = file_path_;
    file_path_.clear();
    std::size_t first = at_;
    while (first < lines_.size() && Trim(lines_[first]).empty()) ++first;
    std::size_t second = first + 1;
    if (first < lines_.size() && IsSearch(lines_[first])) {
      if (!whole_path.empty()) block_path_ = whole_path;
      return Blocks(fence, begin);
    }
    if (second < lines_.size() && IsSearch(lines_[second])) {
      std::string named = NamedFile(lines_[first]);
      block_path_ = named.empty() ? BarePath(lines_[first]) : named;
      at_ = second;
      return Blocks(fence, begin);
    }
    Whole(fence, begin, whole_path);
  }

  void Blocks(const Fence& fence, std::size_t begin) {
    while (at_ < lines_.size() && !Closes(fence, line())) {
      if (IsSearch(line())) {
        Block(block_path_);
        continue;
      }
      std::string named = NamedFile(line());
      if (named.empty()) named = BarePath(line());
      if (!named.empty()) block_path_ = named;
      ++at_;
    }
    if (at_ >= lines_.size() && answer_.problems.empty())
      Problem(begin, "the fence that begins here is not closed: the answer was cut");
    ++at_;
  }

  void Block(const std::string& path) {
    const std::size_t begin = at_++;
    Edit edit{EditKind::kBlock, path, "", "", begin + 1};
    int dividers = 0;
    for (; at_ < lines_.size() && !IsReplace(line()); ++at_) {
      if (IsDivider(line()))
        ++dividers;
      else if (IsSearch(line()))
        break;
      else
        (dividers == 0 ? edit.search : edit.content).append(line()).append("\n");
    }
    if (at_ >= lines_.size() || IsSearch(line()))
      return Problem(begin, "the block that begins here has no >>>>>>> REPLACE: the answer was cut");
    ++at_;
    if (dividers != 1)
      return Problem(begin, "the block that begins here needs exactly one ======= line and has " +
                                std::to_string(dividers));
    if (path.empty())
      return Problem(begin,
                     "the block that begins here has no path: put the file's path on the line before it");
    answer_.edits.push_back(std::move(edit));
  }

  void Whole(const Fence& fence, std::size_t begin, const std::string& path) {
    Edit edit{EditKind::kWhole, path, "", "", begin + 1};
    for (; at_ < lines_.size() && !Closes(fence, line()); ++at_) edit.content.append(line()).append("\n");
    if (at_ >= lines_.size()) Problem(begin, "the fence that begins here is not closed: the answer was cut");
    ++at_;
    if (!path.empty()) answer_.edits.push_back(std::move(edit));
  }

  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  std::string file_path_;   // a whole file is announced
  std::string block_path_;  // blocks that follow belong to it
  Answer answer_;
};

}  // namespace

Answer ParseAnswer(std::string_view text) {
  return Parser(text).Parse();
}

}  // namespace mamc::edit
