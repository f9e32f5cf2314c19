// Implementation: one pass over the lines. Within a block nothing but its own markers counts, so that a fence
// or a heading in the text of a file ends nothing.
#include "mamc/edit/parse.hpp"

#include <algorithm>

#include "parse_diff.hpp"
#include "parse_json.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

bool IsMarker(std::string_view line, char sign, std::string_view word) {
  line = Trim(line);
  const std::size_t signs = std::min(line.find_first_not_of(sign), line.size());
  return signs >= 5 && signs <= 9 && Trim(line.substr(signs)) == word;
}
bool IsSearch(std::string_view line) {
  return IsMarker(line, '<', "SEARCH");
}
bool IsDivider(std::string_view line) {
  return StartsWith(Trim(line), "=======") && IsMarker(line, '=', "");
}
bool IsReplace(std::string_view line) {
  return IsMarker(line, '>', "REPLACE");
}

struct Fence {
  char sign = 0;
  std::size_t indent = 0, length = 0;
  std::string_view info;
};

Fence OpenedBy(std::string_view line) {
  const std::size_t indent = IndentOf(line).size();
  line = Trim(line);
  if (line.empty() || (line[0] != '`' && line[0] != '~')) return {};
  std::size_t length = std::min(line.find_first_not_of(line[0]), line.size());
  std::string_view info = Trim(line.substr(length));
  if (length < 3 || info.find('`') != std::string_view::npos) return {};
  return {line[0], indent, length, info};
}

bool SameFence(const Fence& fence, const Fence& other) {
  return other.sign == fence.sign && other.length >= fence.length && other.indent <= fence.indent;
}
bool Closes(const Fence& fence, std::string_view line) {
  Fence other = OpenedBy(line);
  return SameFence(fence, other) && other.info.empty();
}

std::string PathInInfo(std::string_view info) {
  std::size_t at = info.find("path=");
  if (at == std::string_view::npos || (at > 0 && info[at - 1] != ' ')) return {};
  std::string_view path = info.substr(at + 5);
  if (!path.empty() && (path[0] == '"' || path[0] == '\''))
    return std::string(path.substr(1, path.find(path[0], 1) - 1));
  return std::string(path.substr(0, path.find(' ')));
}

bool IsDiffInfo(std::string_view info) {
  const std::string word = Lower(info.substr(0, info.find(' ')));
  return word == "diff" || word == "patch" || word == "udiff";
}

bool IsProseFile(const std::string& path) {
  for (std::string_view end : {".md", ".markdown", ".mdx", ".rst", ".adoc", ".txt", ".qmd"})
    if (EndsWith(Lower(path), end)) return true;
  return false;
}

// A server or a mail may have ended every line with \r\n; then the \r is no part of the text.
bool AllCrlf(std::string_view text) {
  const std::size_t ends = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  std::size_t crlf = 0;
  for (std::size_t at = text.find("\r\n"); at != std::string_view::npos; at = text.find("\r\n", at + 2))
    ++crlf;
  return ends > 0 && crlf == ends;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), lines_(ViewLines(text)) {
    if (!AllCrlf(text)) return;
    for (std::string_view& line : lines_) line = WithoutCr(line);
  }

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
      if (OpensThinking(lines_[i])) return;
      const std::string_view text = Trim(lines_[i]);
      if (text != "</think>" && text != "</thinking>") continue;
      at_ = i + 1;
      return;
    }
  }

  static bool OpensThinking(std::string_view line) {
    return StartsWith(Trim(line), "<think>") || StartsWith(Trim(line), "<thinking>");
  }
  static std::size_t ThinkingEnd(std::string_view line) {
    for (std::string_view end : {"</think>", "</thinking>"})
      if (const std::size_t at = line.find(end); at != std::string_view::npos) return at + end.size();
    return std::string_view::npos;
  }

  void Next() {
    if (OpensThinking(line())) return SkipThinking();
    if (IsSearch(line())) return Block(block_path_);
    if (Fence fence = OpenedBy(line()); fence.sign != 0) return Fenced(fence);
    if (IsDiffStart(lines_, at_)) {
      at_ = ParseDiff(lines_, {at_, lines_.size(), false, block_path_}, answer_);
      file_path_.clear();
      return;
    }
    if (StartsWith(Trim(line()), "{") && JsonObject()) return;
    Prose();
  }

  void SkipThinking() {
    const std::size_t begin = at_;
    while (at_ < lines_.size() && ThinkingEnd(line()) == std::string_view::npos) ++at_;
    if (at_ == lines_.size())
      return Problem(begin, "the reasoning that begins here is not closed: the answer was cut");
    lines_[at_] = line().substr(ThinkingEnd(line()));  // what stands behind it is answer
    if (Trim(line()).empty()) ++at_;
  }

  bool JsonObject() {
    if (json_unclosed_) return false;
    const std::size_t begin = static_cast<std::size_t>(line().data() - text_.data());
    const std::string_view rest = text_.substr(begin);
    const std::size_t length = ObjectLength(rest);
    json_unclosed_ = length == 0;
    if (json_unclosed_ && rest.find("\"ops\"") != std::string_view::npos &&
        rest.find("\"action\"") != std::string_view::npos) {
      Problem(at_, "the JSON that begins here is not closed: the answer was cut");
      at_ = lines_.size();
      return true;
    }
    if (length == 0 || !ParseJsonEdits(rest.substr(0, length), at_ + 1, answer_)) return false;
    at_ += static_cast<std::size_t>(
               std::count(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(length), '\n')) +
           1;
    return true;
  }

  void Prose() {
    std::string_view text = Trim(line());
    if (StartsWith(text, "DELETE:")) {
      const std::string named = NamedFile("FILE:" + std::string(text.substr(7)));
      answer_.edits.push_back({EditKind::kDelete, named, "", "", at_ + 1});
    } else if (std::string named = NamedFile(text); !named.empty()) {
      file_path_ = block_path_ = named;
    } else if (!text.empty()) {
      file_path_.clear();
      if (std::string bare = BarePath(text); !bare.empty()) block_path_ = bare;
    }
    ++at_;
  }

  // ---- fences

  void Fenced(const Fence& fence) {
    const std::size_t begin = at_++;
    std::string whole_path = PathInInfo(fence.info);
    if (whole_path.empty()) whole_path = file_path_;
    file_path_.clear();
    std::size_t first = at_;
    while (first < lines_.size() && Trim(lines_[first]).empty()) ++first;
    const std::size_t second = first + 1;
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
    if (IsDiffInfo(fence.info) || IsDiffStart(lines_, first) ||
        (first < lines_.size() && StartsWith(lines_[first], "@@ ")))
      return Diff(fence, begin, whole_path.empty() ? block_path_ : whole_path);
    Whole(fence, begin, whole_path);
  }

  void Diff(const Fence& fence, std::size_t begin, const std::string& path) {
    std::size_t end = at_;
    while (end < lines_.size() && !Closes(fence, lines_[end])) ++end;
    if (end >= lines_.size()) {
      Problem(begin, "the fence that begins here is not closed: the answer was cut");
    } else {
      ParseDiff(lines_, {at_, end, true, path}, answer_);
    }
    at_ = end + 1;
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
    const std::size_t end = path.empty() ? FirstClose(fence) : WholeEnd(fence, begin, path);
    if (end >= lines_.size()) {
      Problem(begin, "the fence that begins here is not closed: the answer was cut");
    } else if (path.empty()) {
      JsonInFence(end);
    } else {
      Edit edit{EditKind::kWhole, path, "", "", begin + 1};
      for (std::size_t i = at_; i < end; ++i) edit.content.append(lines_[i]).append("\n");
      answer_.edits.push_back(std::move(edit));
    }
    at_ = end + 1;
  }

  void JsonInFence(std::size_t end) {
    if (at_ >= end) return;
    const char* last = lines_[end - 1].data() + lines_[end - 1].size();
    const std::string_view text(lines_[at_].data(), static_cast<std::size_t>(last - lines_[at_].data()));
    if (StartsWith(Trim(text), "{")) ParseJsonEdits(text, at_ + 1, answer_);
  }

  std::size_t FirstClose(const Fence& fence) const {
    std::size_t end = at_;
    while (end < lines_.size() && !Closes(fence, lines_[end])) ++end;
    return end;
  }

  // A file may hold fences itself. Those with a word behind them are told by it; of those without, a file of
  // prose takes in all up to the next file, when nothing but it follows.
  std::size_t WholeEnd(const Fence& fence, std::size_t begin, const std::string& path) {
    std::size_t end = NestedClose(fence, at_);
    if (end >= lines_.size() || !IsProseFile(path)) return end;
    const std::size_t next = NextFile(end + 1);
    std::vector<std::size_t> bare;
    for (std::size_t i = end; i < next; ++i)
      if (Fence other = OpenedBy(lines_[i]); SameFence(fence, other) && other.info.empty()) bare.push_back(i);
    if (bare.size() < 3) return end;
    const bool last_ends_all = std::all_of(lines_.begin() + static_cast<std::ptrdiff_t>(bare.back()) + 1,
                                           lines_.begin() + static_cast<std::ptrdiff_t>(next),
                                           [](std::string_view each) { return Trim(each).empty(); });
    if (bare.size() % 2 == 1 && last_ends_all) return bare.back();
    Problem(begin, "where '" + path + "' ends is not clear, for it holds fences itself: put ```` around it");
    return bare.back();
  }

  std::size_t NestedClose(const Fence& fence, std::size_t at) const {
    for (std::size_t depth = 0; at < lines_.size(); ++at) {
      Fence other = OpenedBy(lines_[at]);
      if (!SameFence(fence, other)) continue;
      if (!other.info.empty())
        ++depth;
      else if (depth-- == 0)
        return at;
    }
    return at;
  }

  // Where another file is announced.
  std::size_t NextFile(std::size_t at) const {
    for (; at < lines_.size(); ++at) {
      const std::string_view text = Trim(lines_[at]);
      if (StartsWith(text, "FILE:") || StartsWith(text, "DELETE:") || IsSearch(text) ||
          IsDiffStart(lines_, at) || (OpenedBy(text).sign != 0 && !PathInInfo(OpenedBy(text).info).empty()))
        return at;
    }
    return at;
  }

  std::string_view text_;
  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  std::string file_path_;   // a whole file is announced
  std::string block_path_;  // blocks that follow belong to it
  bool json_unclosed_ = false;
  Answer answer_;
};

}  // namespace

Finish FinishOf(std::string_view reason) {
  for (std::string_view cut : {"length", "max_tokens", "max_output_tokens", "maxPredictedTokensReached",
                               "contextLengthReached", "content_filter", "cancelled", "cut"})
    if (reason == cut) return Finish::kCut;
  return Finish::kWhole;
}

Answer ParseAnswer(std::string_view text, Finish finish) {
  Answer answer = Parser(text).Parse();
  if (finish == Finish::kCut)
    answer.problems.push_back({1, "the answer was cut before its end: send it again, in smaller parts"});
  return answer;
}

}  // namespace mamc::edit
