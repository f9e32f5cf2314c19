// Implementation: stated counts are used only when they fit the lines that follow exactly; otherwise a hunk
// is as long as its lines look like one.
#include "parse_diff.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "diff_header.hpp"
#include "diff_names.hpp"
#include "markers.hpp"
#include "naming.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

// `--- words` is as well a comment of some languages that goes: a header names a file.
bool NamesFile(std::string_view header) {
  const std::string_view name = header.substr(4);
  return LooksNamed(HeaderName(name)) || StartsWith(Trim(name), "\"");
}

bool IsOldHeader(const Lines& lines, std::size_t at, std::size_t end) {
  if (at + 1 >= end || !StartsWith(lines[at], "--- ")) return false;
  const bool named = NamesFile(lines[at]);
  if (StartsWith(lines[at + 1], "+++ ")) return named || NamesFile(lines[at + 1]);
  return named && StartsWith(lines[at + 1], "@@");
}

bool IsHeader(const Lines& lines, std::size_t at, std::size_t end) {
  if (at >= end) return false;
  return StartsWith(lines[at], "diff --git ") || IsOldHeader(lines, at, end) ||
         (StartsWith(lines[at], "+++ ") && at + 1 < end && StartsWith(lines[at + 1], "@@"));
}

bool IsSign(char c) {
  return c == ' ' || c == '+' || c == '-' || c == '\\';
}

class DiffParser {
 public:
  DiffParser(const Lines& lines, const DiffPlace& place, Answer& answer)
      : lines_(lines),
        at_(place.begin),
        end_(place.end),
        fenced_(place.fenced),
        path_(place.path),
        answer_(answer) {}

  std::size_t Parse() {
    while (at_ < end_ && Next()) {
    }
    Finish();
    TakeOffShownPrefixes();
    return at_;
  }

 private:
  std::string_view line() const { return lines_[at_]; }
  void Problem(std::size_t at, std::string text) { answer_.problems.push_back({at + 1, std::move(text)}); }

  // False: the diff ends here.
  bool Next() {
    if (StartsWith(line(), "diff --git ")) {
      Begin();
      edit_.headed = true;
      header_.ReadGit(lines_[at_++]);
      return true;
    }
    if (AreSidesOfNamed()) {
      Finish();
      at_ += 2;
      return true;
    }
    if (IsHeader(lines_, at_, end_)) {
      FileHeader();
      return true;
    }
    if (StartsWith(line(), "@@")) {
      ReadHunk();
      return true;
    }
    if (open_ && edit_.hunks.empty() && ExtendedHeader()) return true;
    if (fenced_) return Other();
    return SkipBlankBeforeMore();
  }

  // Within a fence: a path, words, or a hunk that has no @@ line.
  bool Other() {
    // Without a file, context is words, and what is to be added or removed is told of.
    const bool named = open_ || !path_.empty();
    const bool changes = StartsWith(line(), "+") || StartsWith(line(), "-");
    if (!Trim(line()).empty() && IsSign(line()[0]) && (named || changes) && !IsSignature(at_)) {
      ReadHunk();
      return true;
    }
    const std::string named_file = NamedLine(at_);
    if (!named_file.empty() && (!open_ || IsFileLine(line()) || NamesNextFile(at_))) {
      if (NamesNextFile(at_)) Finish();
      path_ = named_file;
    }
    ++at_;
    return true;
  }

  std::string NamedLine(std::size_t at) const {
    if (std::string named = NamedFile(lines_[at]); !named.empty()) return named;
    if (std::string bare = BarePath(lines_[at]); !bare.empty()) return bare;
    const Naming naming = NamingOf(lines_[at]);
    return naming.form == Naming::Form::kTight ? naming.paths[0] : std::string();
  }

  // A path alone on its line, right before a hunk that has no header of its own.
  bool NamesNextFile(std::size_t at) const {
    if (Trim(lines_[at]).empty() || IsSign(lines_[at][0])) return false;
    std::size_t next = at + 1;
    while (next < end_ && Trim(lines_[next]).empty()) ++next;
    return next < end_ && StartsWith(lines_[next], "@@") && !NamedLine(at).empty();
  }

  bool SkipBlankBeforeMore() {
    std::size_t next = at_;
    while (next < end_ && Trim(lines_[next]).empty()) ++next;
    const bool more =
        next < end_ && next > at_ && (IsHeader(lines_, next, end_) || StartsWith(lines_[next], "@@"));
    if (more) at_ = next;
    return more;
  }

  void Begin() {
    Finish();
    open_ = true;
    edit_.line = at_ + 1;
    problems_before_ = answer_.problems.size();
  }

  void FileHeader() {
    if (!open_ || !edit_.hunks.empty() || header_.named()) Begin();
    edit_.headed = true;
    if (at_ > 0) header_.ReadCommand(lines_[at_ - 1]);
    if (StartsWith(line(), "--- ")) header_.ReadOld(lines_[at_++]);
    if (at_ < end_ && StartsWith(line(), "+++ ")) header_.ReadNew(lines_[at_++]);
    header_.EndNames();
  }

  // The file was named above, and the header tells only which side is which.
  bool AreSidesOfNamed() const {
    return !path_.empty() && at_ + 2 < end_ && AreSides(line(), lines_[at_ + 1]) &&
           StartsWith(lines_[at_ + 2], "@@");
  }

  bool ExtendedHeader() {
    std::string problem;
    if (!header_.ReadExtended(line(), edit_, problem)) return false;
    if (!problem.empty()) Problem(at_, std::move(problem)), refused_ = true;
    ++at_;
    return true;
  }

  // ---- hunks

  void ReadHunk() {
    if (!open_) {
      Begin();
      header_.Name(path_);
    }
    Hunk hunk;
    hunk.line = at_ + 1;
    const bool announced = StartsWith(line(), "@@");
    if (announced) ReadNumbers(lines_[at_++], hunk);
    const std::size_t begin = at_;
    std::size_t counted = hunk.numbered ? EndByCounts(hunk, false) : 0;
    if (counted == 0 && hunk.numbered && !fenced_) counted = EndByCounts(hunk, true);
    counted_end_ = counted;
    if (counted > 0)
      Take(hunk, counted), DropBlankOfWords(hunk);
    else
      TakeWhileHunk(hunk);
    const bool changes =
        std::any_of(hunk.lines.begin(), hunk.lines.end(), [](auto& each) { return each.sign != ' '; });
    const bool shorter = !fenced_ && hunk.numbered && counted == 0 && LacksLines(hunk);
    if (shorter && NothingBehind(at_))
      Problem(begin, "the diff ends in the middle of the hunk that begins here: the answer was cut");
    else if (shorter && MayGoOn())
      Problem(
          at_,
          "by its numbers the hunk goes on here, but the line has no sign: put the diff into a fence, and a "
          "space, + or - before each of its lines");
    else if (!changes && announced)
      Problem(hunk.line - 1,
              "the hunk that begins here has no line to add or remove: put + and - before them");
    if (changes) edit_.hunks.push_back(std::move(hunk));
  }

  // What is no context, with or without its sign: another hunk, file or edit begins.
  static bool BeginsAnother(std::string_view line) {
    return StartsWith(line, "@@") || StartsWith(line, "diff ") || OpensEdit(line) || IsFileLine(line) ||
           OpenedBy(line).sign != 0;
  }

  // The line behind the hunk when its counts are right, else 0. `lost_spaces`: context may have no sign,
  // where it can be no words behind a shorter hunk: right below a line of it, or above one that changes.
  std::size_t EndByCounts(const Hunk& hunk, bool lost_spaces) {
    std::size_t olds = hunk.old_count, news = hunk.new_count, at = at_;
    bool bare = false, sure = !lost_spaces;
    for (; (olds > 0 || news > 0) && at < end_; ++at) {
      const bool blank = WithoutCr(lines_[at]).empty();
      char sign = blank ? ' ' : lines_[at][0];
      if (!IsSign(sign)) {
        if (!lost_spaces || BeginsAnother(lines_[at])) return 0;
        sure |= at == at_ || !WithoutCr(lines_[at - 1]).empty();
        bare = true;
        sign = ' ';
      }
      sure |= bare && sign != ' ';
      if ((sign == ' ' || sign == '-') && olds-- == 0) return 0;
      if ((sign == ' ' || sign == '+') && news-- == 0) return 0;
    }
    if (!sure) return 0;
    if (olds > 0 || news > 0) return 0;
    while (at < end_ && StartsWith(lines_[at], "\\")) ++at;
    counted_end_ = at;
    if (at >= end_ || IsHeader(lines_, at, end_) || IsSignature(at)) return at;
    if (WithoutCr(lines_[at]).empty()) return !fenced_ && ChangesBehind(at) ? 0 : at;
    return IsSign(lines_[at][0]) ? 0 : at;
  }

  // Behind the blank lines from `at` on the hunk goes on, in lines that are no list of words.
  bool ChangesBehind(std::size_t at) const {
    while (at < end_ && WithoutCr(lines_[at]).empty()) ++at;
    if (at >= end_ || IsHeader(lines_, at, end_) || IsList(at)) return false;
    bool changes = false;
    for (; at < end_ && !WithoutCr(lines_[at]).empty(); ++at) {
      if (!IsSign(lines_[at][0])) return false;
      changes |= lines_[at][0] != ' ';
    }
    return changes;
  }

  // What git writes below a mail: `--` and its version. Else a line `-` goes, but where the counts say that
  // the hunk has ended and nothing is behind it.
  bool IsSignature(std::size_t at) const {
    if (TrimEnd(lines_[at]) != "--") return false;
    if (at + 1 < end_ && !lines_[at + 1].empty() &&
        std::isdigit(static_cast<unsigned char>(lines_[at + 1][0])))
      return true;
    return at == counted_end_ && NothingBehind(at + 1);
  }

  void Take(Hunk& hunk, std::size_t end) {
    hunk.lines.reserve(end - at_);
    for (; at_ < end; ++at_) TakeLine(hunk);
  }

  // Of a diff without a fence, a blank line between it and the words behind is theirs, though a count that is
  // one too high takes it in. Where it is context it tells nothing that others do not.
  void DropBlankOfWords(Hunk& hunk) {
    const bool more =
        at_ < end_ && (StartsWith(line(), "@@") || IsHeader(lines_, at_, end_) || IsSignature(at_));
    if (fenced_ || more) return;
    while (hunk.lines.size() > 1 && hunk.lines.back().bare && Trim(hunk.lines.back().text).empty()) {
      hunk.lines.pop_back();
      --hunk.old_count, --hunk.new_count;
    }
  }

  void TakeLine(Hunk& hunk) {
    if (StartsWith(line(), "\\")) {
      if (!hunk.lines.empty()) hunk.lines.back().unended = true;
    } else if (line().empty() || line() == "\r") {
      hunk.lines.push_back({' ', std::string(line()), false, true});
    } else if (IsSign(line()[0])) {
      hunk.lines.push_back({line()[0], std::string(line().substr(1))});
    } else {
      hunk.lines.push_back({' ', std::string(line()), false, true});  // its space was lost
    }
  }

  bool NothingBehind(std::size_t at) const {
    return std::all_of(lines_.begin() + static_cast<std::ptrdiff_t>(at),
                       lines_.begin() + static_cast<std::ptrdiff_t>(end_),
                       [](std::string_view line) { return Trim(line).empty(); });
  }

  // "+ Changed this\n+ Changed that": a list of words, or lines of the diff behind a blank one.
  // REQUIRES: MoreHunkBehind().
  bool MayBeList() {
    if (listed_at_ != filled_) {
      listed_at_ = filled_;
      listed_ = IsList(filled_);
    }
    return listed_;
  }

  // REQUIRES: the line is not blank.
  bool IsList(std::size_t at) const {
    const char sign = lines_[at][0];
    for (; at < end_ && !Trim(lines_[at]).empty(); ++at) {
      const std::string_view text = lines_[at];
      const bool item = text.size() > 2 && text[0] == sign && sign != ' ' && text[1] == ' ' && text[2] != ' ';
      if (!item) return false;
    }
    return true;
  }

  void TakeWhileHunk(Hunk& hunk) {
    for (; at_ < end_; ++at_) {
      if (StartsWith(line(), "@@") || IsHeader(lines_, at_, end_) || IsSignature(at_)) break;
      if (fenced_ && NamesNextFile(at_)) break;
      const bool blank = WithoutCr(line()).empty();
      if (!fenced_ && blank && MoreHunkBehind() && MayBeList()) {
        Problem(at_,
                "whether the lines behind this blank one are words or lines of the diff is not clear: put "
                "the diff into a fence");
        break;
      }
      if (!fenced_ && blank && !MoreHunkBehind()) break;
      if (!fenced_ && !blank && !IsSign(line()[0])) break;
      TakeLine(hunk);
    }
    while (!hunk.lines.empty() && hunk.lines.back().sign == ' ' && Trim(hunk.lines.back().text).empty())
      hunk.lines.pop_back();
  }

  // REQUIRES: the line is blank. Where the blanks end is kept, or many of them would cost their square.
  bool MoreHunkBehind() {
    if (filled_ <= at_) filled_ = at_;
    while (filled_ < end_ && WithoutCr(lines_[filled_]).empty()) ++filled_;
    return filled_ < end_ && IsSign(lines_[filled_][0]) && !IsHeader(lines_, filled_, end_);
  }

  static bool LacksLines(const Hunk& hunk) {
    std::size_t olds = 0, news = 0;
    for (const HunkLine& each : hunk.lines) {
      olds += each.sign != '+';
      news += each.sign != '-';
    }
    return olds < hunk.old_count || news < hunk.new_count;
  }

  // The hunk that lacks lines ended at a line without a sign that is right below it, or lines that change
  // follow.
  bool MayGoOn() const {
    if (WithoutCr(lines_[at_]).empty()) {
      for (std::size_t at = at_; at < end_ && !BeginsOther(at); ++at)
        if (IsChange(lines_[at])) return true;
      return false;
    }
    return !BeginsOther(at_) && !IsSign(lines_[at_][0]);
  }

  bool BeginsOther(std::size_t at) const {
    const std::string_view line = lines_[at];
    for (std::string_view begin : {"@@", "diff ", "Index: ", "Only in ", "```", "~~~", "<", "***", "==="})
      if (StartsWith(line, begin)) return true;
    return IsHeader(lines_, at, end_) || IsSignature(at);
  }

  // `+x` and `-    x`, and no point of a list.
  static bool IsChange(std::string_view line) {
    if (line.size() < 3 || (line[0] != '+' && line[0] != '-')) return false;
    const bool indented = line[1] == ' ' && line[2] == ' ';
    return indented || std::isalnum(static_cast<unsigned char>(line[1])) != 0;
  }

  // ---- one file is complete

  void Finish() {
    if (open_) {
      edit_.kind = EditKind::kDiff;
      // What was told of already is not told of twice, nor counted among what fits.
      const bool told = refused_ || (edit_.hunks.empty() && answer_.problems.size() > problems_before_);
      if (!told) Add();
    }
    edit_ = Edit();
    header_ = DiffHeader();
    open_ = refused_ = false;
  }

  void Add() {
    if (std::string problem = header_.Complete(edit_, !fenced_ && NothingBehind(at_)); !problem.empty())
      return Problem(edit_.line - 1, std::move(problem));
    if (!header_.prefixes().second.empty())
      shown_.insert(header_.prefixes());
    else if (edit_.headed && (edit_.creates || edit_.deletes))
      unsure_.push_back(answer_.edits.size());
    if (edit_.creates) AddBlankLines();
    answer_.edits.push_back(std::move(edit_));
  }

  // A file that is made has no old lines: blank ones lost their sign.
  void AddBlankLines() {
    auto is_new = [](const HunkLine& line) { return line.sign == '+' || Trim(line.text).empty(); };
    for (Hunk& hunk : edit_.hunks)
      if (std::all_of(hunk.lines.begin(), hunk.lines.end(), is_new))
        for (HunkLine& line : hunk.lines) line.sign = '+';
  }

  // A file that is made or goes has one name; what its prefix is the other files of the diff tell.
  void TakeOffShownPrefixes() {
    if (shown_.size() != 1) return;
    for (std::size_t i : unsure_) {
      Edit& edit = answer_.edits[i];
      const std::string& prefix = edit.deletes ? shown_.begin()->first : shown_.begin()->second;
      if (StartsWith(edit.path, prefix + "/") && edit.other_path == WithoutFirst(edit.path))
        std::swap(edit.path, edit.other_path);
    }
  }

  const Lines& lines_;
  std::size_t at_, end_;
  bool fenced_;
  std::string path_;
  Answer& answer_;
  Edit edit_;
  DiffHeader header_;
  bool open_ = false;
  bool refused_ = false;                            // by a line of the header
  std::size_t problems_before_ = 0;                 // how many there were when the file began
  std::size_t counted_end_ = 0;                     // the line behind the hunk that its counts ended
  std::size_t filled_ = 0;                          // the line behind the blank ones that were looked at last
  std::size_t listed_at_ = std::string_view::npos;  // where IsList was asked last, and what it said
  bool listed_ = false;
  std::set<Prefixes> shown_;
  std::vector<std::size_t> unsure_;  // edits whose prefix is not sure
};

}  // namespace

bool IsDiffStart(const std::vector<std::string_view>& lines, std::size_t at) {
  return IsHeader(lines, at, lines.size());
}

bool IsHunkStart(const std::vector<std::string_view>& lines, std::size_t at) {
  if (StartsWith(lines[at], "@@ -")) return true;
  if (!StartsWith(lines[at], "@@") || at + 1 >= lines.size() || lines[at + 1].empty()) return false;
  const char sign = lines[at + 1][0];
  return sign == ' ' || sign == '+' || sign == '-';
}

std::size_t ParseDiff(const std::vector<std::string_view>& lines, const DiffPlace& place, Answer& answer) {
  return DiffParser(lines, place, answer).Parse();
}

}  // namespace mamc::edit
