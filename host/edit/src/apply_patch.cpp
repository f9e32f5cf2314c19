#include "apply_patch.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "diff_header.hpp"
#include "shorten.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::string_view kBegin = "*** Begin Patch", kEnd = "*** End Patch";

// `apply_patch <<'EOF'`
bool IsCommand(std::string_view line) {
  return StartsWith(Trim(line), "apply_patch ") && line.find("<<") != std::string_view::npos;
}

// The word that ends what such a command takes.
std::string_view EndWord(std::string_view command) {
  std::string_view word = Trim(command.substr(command.find("<<") + 2));
  while (!word.empty() && std::string_view("-'\"").find(word.front()) != std::string_view::npos)
    word.remove_prefix(1);
  return word.substr(0, word.find_first_of("'\" "));
}

class PatchParser {
 public:
  PatchParser(const Lines& lines, std::size_t begin, std::size_t end, Answer& answer)
      : lines_(lines), begin_(begin), end_(end), at_(begin + 1), answer_(answer) {}

  std::size_t Parse() {
    for (; at_ < end_; ++at_) {
      if (Trim(lines_[at_]) == kEnd) {
        Finish();
        return at_ + 1;
      }
      if (StartsWith(lines_[at_], "*** "))
        Header();
      else
        Line();
    }
    Problem(begin_, "the patch that begins here has no *** End Patch: the answer was cut");
    return at_;
  }

 private:
  std::string_view line() const { return lines_[at_]; }
  void Problem(std::size_t line, std::string text) {
    answer_.problems.push_back({line + 1, std::move(text)});
  }

  // The path behind the word; empty: the line has another.
  std::string Behind(std::string_view word) const {
    if (!StartsWith(line(), word)) return {};
    std::string_view path = Trim(line().substr(word.size()));
    if (path.size() > 2 && path.front() == '`' && path.back() == '`') path = path.substr(1, path.size() - 2);
    while (StartsWith(path, "./")) path.remove_prefix(2);
    return std::string(path);
  }

  void Header() {
    if (Trim(line()) == "*** End of File") return;
    const std::string added = Behind("*** Add File:"), updated = Behind("*** Update File:"),
                      deleted = Behind("*** Delete File:"), moved = Behind("*** Move to:");
    if (!moved.empty() && open_ && edit_.kind == EditKind::kDiff && !edit_.creates && edit_.from.empty() &&
        edit_.hunks.empty()) {
      edit_.from = std::exchange(edit_.path, moved);
    } else if (added.empty() && updated.empty() && deleted.empty()) {
      Problem(at_, QuotedLine(line()) +
                       " is not read in a patch: write *** Update File:, *** Add File: or *** Delete File: "
                       "with one path, and *** Move to: right below the first");
    } else {
      Finish();
      open_ = true;
      edit_.kind = deleted.empty() ? EditKind::kDiff : EditKind::kDelete;
      edit_.path = !added.empty() ? added : !updated.empty() ? updated : deleted;
      edit_.line = at_ + 1;
      edit_.headed = true;
      edit_.creates = !added.empty();
    }
  }

  void Line() {
    const bool blank = Trim(line()).empty();
    if (open_ && edit_.kind == EditKind::kDiff)
      edit_.creates ? NewLine(blank) : HunkLineOf(blank);
    else if (!blank)
      Problem(at_, QuotedLine(line()) + " belongs to no file of the patch: put *** Update File: above it");
  }

  void NewLine(bool blank) {
    if (!blank && line()[0] != '+')
      return Problem(at_, QuotedLine(line()) + " is no line of a new file: put + before each of them");
    if (edit_.hunks.empty()) edit_.hunks.emplace_back().line = at_ + 1;
    edit_.hunks[0].lines.push_back({'+', std::string(blank ? "" : line().substr(1)), false, blank});
  }

  void HunkLineOf(bool blank) {
    if (StartsWith(line(), "@@")) return Place();
    if (edit_.hunks.empty()) edit_.hunks.emplace_back().line = at_ + 1;
    std::vector<HunkLine>& lines = edit_.hunks.back().lines;
    if (StartsWith(line(), "\\")) {
      if (!lines.empty()) lines.back().unended = true;
    } else if (!blank && std::string_view(" +-").find(line()[0]) != std::string_view::npos) {
      lines.push_back({line()[0], std::string(line().substr(1))});
    } else {
      lines.push_back({' ', std::string(blank ? "" : line()), false, true});
    }
  }

  // Several lines one below the other lead to one place.
  void Place() {
    Hunk place;
    ReadNumbers(line(), place);
    const bool more = !edit_.hunks.empty() && edit_.hunks.back().lines.empty();
    if (!more) {
      CheckHunk();
      edit_.hunks.emplace_back().line = at_ + 1;
    }
    Hunk& hunk = edit_.hunks.back();
    if (place.numbered)
      place.line = hunk.line, place.anchors = hunk.anchors, hunk = std::move(place);
    else if (!place.heading.empty())
      hunk.anchors.push_back(std::move(place.heading));
  }

  // Blank lines below the last line of a hunk are none of it.
  void CheckHunk() {
    if (edit_.hunks.empty()) return;
    std::vector<HunkLine>& lines = edit_.hunks.back().lines;
    while (!lines.empty() && lines.back().bare && lines.back().text.empty()) lines.pop_back();
    if (std::all_of(lines.begin(), lines.end(), [](const HunkLine& each) { return each.sign == ' '; }))
      Problem(edit_.hunks.back().line - 1,
              "the hunk that begins here has no line to add or remove: put + and - before them");
  }

  void Finish() {
    if (!open_) return;
    CheckHunk();
    const bool changes = edit_.kind == EditKind::kDelete || edit_.creates || !edit_.from.empty();
    if (edit_.hunks.empty() && !changes)
      Problem(edit_.line - 1, "nothing of the file that is named here is changed: put its lines below it");
    answer_.edits.push_back(std::exchange(edit_, {}));
    open_ = false;
  }

  const Lines& lines_;
  const std::size_t begin_, end_;
  std::size_t at_;
  Answer& answer_;
  Edit edit_;
  bool open_ = false;
};

}  // namespace

bool BeginsPatch(const Lines& lines, std::size_t at) {
  if (at < lines.size() && IsCommand(lines[at])) ++at;
  return at < lines.size() && Trim(lines[at]) == kBegin;
}

std::size_t ParsePatch(const Lines& lines, std::size_t begin, std::size_t end, Answer& answer) {
  const bool command = IsCommand(lines[begin]);
  const std::size_t behind = PatchParser(lines, begin + command, end, answer).Parse();
  const bool closed = command && behind < end && Trim(lines[behind]) == EndWord(lines[begin]);
  return behind + closed;
}

void ParsePatches(const Lines& lines, std::size_t begin, std::size_t end, Answer& answer) {
  for (std::size_t at = begin; at < end;) {
    if (BeginsPatch(lines, at)) {
      at = ParsePatch(lines, at, end, answer);
      continue;
    }
    if (!Trim(lines[at]).empty())
      return answer.problems.push_back(
          {at + 1, QuotedLine(lines[at]) + " stands behind *** End Patch: put nothing else into its fence"});
    ++at;
  }
}

}  // namespace mamc::edit
