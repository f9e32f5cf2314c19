// Implementation: stated counts are used only when they fit the lines that follow exactly; otherwise a hunk
// is as long as its lines look like one.
#include "parse_diff.hpp"

#include <algorithm>
#include <cctype>
#include <tuple>

#include "diff_names.hpp"
#include "naming.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

// `--- words` is as well a comment of some languages that goes: a header names a file.
bool NamesFile(std::string_view header) {
  std::string_view name = Trim(header.substr(4));
  return LooksNamed(Trim(name.substr(0, name.find('\t')))) || StartsWith(name, "\"");
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

// "1,2" or "1"; false when it is no number.
bool ReadRange(std::string_view& text, char sign, std::size_t& start, std::size_t& count) {
  auto number = [&](std::size_t& value) {
    std::size_t digits = 0;
    for (value = 0;
         digits < text.size() && digits < 9 && std::isdigit(static_cast<unsigned char>(text[digits]));
         ++digits)
      value = value * 10 + static_cast<std::size_t>(text[digits] - '0');
    text.remove_prefix(digits);
    return digits > 0;
  };
  text = Trim(text);
  if (text.empty() || text[0] != sign) return false;
  text.remove_prefix(1);
  if (!number(start)) return false;
  count = 1;
  if (text.empty() || text[0] != ',') return true;
  text.remove_prefix(1);
  return number(count);
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
      std::tie(old_, new_) = GitNames(Trim(line().substr(11)));
      ++at_;
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
  }

  void FileHeader() {
    if (!open_ || !edit_.hunks.empty() || headed_) Begin();
    headed_ = edit_.headed = true;
    if (StartsWith(line(), "--- ")) old_ = HeaderName(lines_[at_++].substr(4));
    const bool said_new = at_ < end_ && StartsWith(line(), "+++ ");
    if (said_new)
      new_ = HeaderName(lines_[at_++].substr(4));
    else
      new_ = old_;
    half_ = old_.empty() || !said_new;
    if (old_.empty()) old_ = new_;
  }

  bool ExtendedHeader() {
    const std::string_view text = TrimEnd(line());
    auto value = [&](std::string_view key, std::string& into) {
      if (!StartsWith(text, key)) return false;
      into = Unquote(Trim(text.substr(key.size())));
      return true;
    };
    std::string mode;
    if (value("rename from ", from_) || value("rename to ", to_)) {
    } else if (value("copy from ", from_) || value("copy to ", to_)) {
      edit_.copies = true;
    } else if (value("new file mode ", mode)) {
      edit_.creates = true;
      SetMode(mode);
    } else if (value("deleted file mode ", mode)) {
      edit_.deletes = true;
    } else if (value("new mode ", mode)) {
      SetMode(mode);
    } else if (StartsWith(text, "Binary files ") || StartsWith(text, "GIT binary patch")) {
      Problem(at_, "a binary diff cannot be applied: leave the file out");
    } else if (!StartsWith(text, "index ") && !StartsWith(text, "old mode ") &&
               !StartsWith(text, "similarity index ") && !StartsWith(text, "dissimilarity index ")) {
      return false;
    }
    ++at_;
    return true;
  }

  void SetMode(const std::string& mode) {
    if (mode == "120000" || mode == "160000")
      Problem(at_, "links and submodules are not made here: only regular files are");
    else
      edit_.executable = mode.size() == 6 && (mode[3] - '0') % 2 == 1;
  }

  // ---- hunks

  void ReadHunk() {
    if (!open_) {
      Begin();
      old_ = new_ = path_;
    }
    Hunk hunk;
    hunk.line = at_ + 1;
    const bool announced = StartsWith(line(), "@@");
    if (announced) ReadNumbers(hunk);
    const std::size_t begin = at_;
    const std::size_t counted = hunk.numbered ? EndByCounts(hunk) : 0;
    counted_end_ = counted;
    if (counted > 0)
      Take(hunk, counted);
    else
      TakeWhileHunk(hunk);
    if (!fenced_ && hunk.numbered && counted == 0 && IsShort(hunk) && NothingBehind(at_))
      Problem(begin, "the diff ends in the middle of the hunk that begins here: the answer was cut");
    const bool changes =
        std::any_of(hunk.lines.begin(), hunk.lines.end(), [](auto& each) { return each.sign != ' '; });
    if (changes)
      edit_.hunks.push_back(std::move(hunk));
    else if (announced)
      Problem(hunk.line - 1,
              "the hunk that begins here has no line to add or remove: put + and - before them");
  }

  void ReadNumbers(Hunk& hunk) {
    std::string_view text = line().substr(2);
    hunk.numbered = ReadRange(text, '-', hunk.old_start, hunk.old_count) &&
                    ReadRange(text, '+', hunk.new_start, hunk.new_count);
    text = Trim(text);
    if (hunk.numbered) text = StartsWith(text, "@@") ? Trim(text.substr(2)) : std::string_view();
    if (!hunk.numbered && EndsWith(text, "@@")) text = Trim(text.substr(0, text.size() - 2));
    hunk.heading = text;
    ++at_;
  }

  // The line behind the hunk when its counts are right, else 0.
  std::size_t EndByCounts(const Hunk& hunk) {
    std::size_t olds = hunk.old_count, news = hunk.new_count, at = at_;
    for (; (olds > 0 || news > 0) && at < end_; ++at) {
      const char sign = WithoutCr(lines_[at]).empty() ? ' ' : lines_[at][0];
      if (!IsSign(sign)) return 0;
      if ((sign == ' ' || sign == '-') && olds-- == 0) return 0;
      if ((sign == ' ' || sign == '+') && news-- == 0) return 0;
    }
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
    for (; at_ < end; ++at_) TakeLine(hunk);
  }

  void TakeLine(Hunk& hunk) {
    if (StartsWith(line(), "\\")) {
      if (!hunk.lines.empty()) hunk.lines.back().unended = true;
    } else if (line().empty() || line() == "\r") {
      hunk.lines.push_back({' ', std::string(line())});
    } else if (IsSign(line()[0])) {
      hunk.lines.push_back({line()[0], std::string(line().substr(1))});
    } else {
      hunk.lines.push_back({' ', std::string(line())});  // its space was lost
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
                "the diff "
                "into a fence");
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

  static bool IsShort(const Hunk& hunk) {
    std::size_t olds = 0, news = 0;
    for (const HunkLine& each : hunk.lines) {
      olds += each.sign != '+';
      news += each.sign != '-';
    }
    return olds < hunk.old_count || news < hunk.new_count;
  }

  // ---- one file is complete

  void Finish() {
    if (open_) {
      edit_.kind = EditKind::kDiff;
      if (Name()) answer_.edits.push_back(std::move(edit_));
    }
    edit_ = Edit();
    open_ = headed_ = half_ = false;
    old_.clear(), new_.clear(), from_.clear(), to_.clear();
  }

  bool Name() {
    edit_.creates |= IsNull(old_);
    edit_.deletes |= IsNull(new_);
    if (!to_.empty() && !from_.empty()) {
      // git writes these without prefixes; with those of the header they were copied from it.
      if (from_ == old_ && to_ == new_ && StartsWith(from_, "a/") && StartsWith(to_, "b/"))
        from_ = WithoutFirst(from_), to_ = WithoutFirst(to_);
      edit_.path = to_;
      edit_.from = from_;
      return true;
    }
    old_ = WithoutDots(old_), new_ = WithoutDots(new_);
    const std::string& name = edit_.deletes ? old_ : new_;
    if (name.empty() || IsNull(name)) {
      Problem(edit_.line - 1,
              "the diff that begins here names no file: put --- a/path and +++ b/path before it");
      return false;
    }
    const bool both = !IsNull(old_) && !IsNull(new_);
    if (both && old_ != new_ && WithoutFirst(old_) != WithoutFirst(new_) && !SameButEnding()) {
      Problem(edit_.line - 1, "the diff that begins here names two files, '" + old_ + "' and '" + new_ +
                                  "': to rename one, write 'rename from' and 'rename to'");
      return false;
    }
    NameAsGit(name, both);
    const bool useful = !edit_.hunks.empty() || edit_.creates || edit_.deletes || edit_.executable;
    if (!useful) Problem(edit_.line - 1, "the diff of '" + edit_.path + "' changes nothing");
    return useful;
  }

  // file.c.orig and file.c
  bool SameButEnding() const {
    return StartsWith(old_, new_) && old_.size() > new_.size() && old_[new_.size()] == '.';
  }

  void NameAsGit(const std::string& name, bool both) {
    const bool prefixed = half_  ? StartsWith(name, "a/") || StartsWith(name, "b/")
                          : both ? StartsWith(old_, "a/") && StartsWith(new_, "b/")
                                 : StartsWith(name, edit_.deletes ? "a/" : "b/");
    const std::string inner = WithoutFirst(name);
    edit_.path = prefixed ? inner : name;
    if (inner != name) edit_.other_path = prefixed ? name : inner;
  }

  const Lines& lines_;
  std::size_t at_, end_;
  bool fenced_;
  std::string path_;
  Answer& answer_;
  Edit edit_;
  bool open_ = false, headed_ = false;
  std::size_t counted_end_ = 0;                     // the line behind the hunk that its counts ended
  bool half_ = false;                               // only one of --- and +++ was said
  std::size_t filled_ = 0;                          // the line behind the blank ones that were looked at last
  std::size_t listed_at_ = std::string_view::npos;  // where IsList was asked last, and what it said
  bool listed_ = false;
  std::string old_, new_, from_, to_;
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
