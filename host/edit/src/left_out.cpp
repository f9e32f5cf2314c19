#include "left_out.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>
#include <unordered_set>
#include <utility>

#include "languages.hpp"
#include "left_out_names.hpp"
#include "listing.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

std::string_view Above(const Lines& lines, std::size_t at, bool comments) {
  while (at-- > 0) {
    const std::string_view text = Trim(lines[at]);
    if (!text.empty() && (comments || text[0] != '#')) return text;
  }
  return {};
}

std::string_view Below(const Lines& lines, std::size_t at) {
  while (++at < lines.size())
    if (!Trim(lines[at]).empty()) return TrimEnd(lines[at]);
  return {};
}

bool EndsInOneOf(std::string_view text, std::string_view signs) {
  return !text.empty() && signs.find(text.back()) != std::string_view::npos;
}

// The last of the parameters.
bool IsParameter(const Lines& lines, std::size_t at) {
  return EndsInOneOf(Above(lines, at, true), ",(") && StartsWith(Trim(Below(lines, at)), ")");
}

bool IsPythonStatement(const Lines& lines, std::size_t at) {
  const std::string_view above = Above(lines, at, false), below = Below(lines, at);
  if (StartsWith(above, ">>>") || StartsWith(above, "... ") || EndsInOneOf(above, ",([{=")) return true;
  const bool begins =
      above.empty() || above.back() == ':' || EndsWith(above, "\"\"\"") || EndsWith(above, "'''");
  return begins && (below.empty() || IndentOf(below).size() < IndentOf(lines[at]).size());
}

bool MayStandForCode(const std::string& path, std::string_view line) {
  return IsDotsOrComment(line) || LeftOutIn(path, line) != LeftOut::kNo || MayNameLeftOut(line) ||
         LeftOutIn(path, RemarkOnHead(line)) > LeftOut::kHint || (IsPython(path) && IsDotsBehindHead(line));
}

// The lines that are to be, and what becomes of those that are there.
struct Sent {
  Lines lines, old;
  bool shrinks = false;  // clearly fewer lines come than go
  bool loses = false;    // a line goes and none like it comes
};

// A comment on the lines below it tells what they do. It stands directly above the first, as far to the
// right.
bool IsAboveCode(const Lines& lines, std::size_t at) {
  const std::string_view indent = IndentOf(lines[at]);
  while (++at < lines.size() && IndentOf(lines[at]) == indent) {
    const std::string_view text = Trim(lines[at]);
    if (CommentText(text).empty())
      return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
  }
  return false;
}

// What is named, or stands behind the head of a part without a body, is told from the program by its place.
bool PlaceStandsForCode(const std::string& path, const Sent& sent, LeftOutByName& named, std::size_t at) {
  const std::string_view line = sent.lines[at];
  if (IsPython(path) && (IsBareDots(line) || IsDotsBehindHead(line))) return named.DotsTakeBody(at);
  if (!sent.shrinks && !sent.loses) return false;
  const std::string_view remark = RemarkOnHead(line);
  if (!remark.empty() && !IsEmptyPart(sent.lines, at)) return false;
  return LeftOutIn(path, remark) > LeftOut::kHint || named.Says(at);
}

bool WordsStandForCode(const std::string& path, const Sent& sent, std::size_t at) {
  const std::string_view line = sent.lines[at];
  switch (LeftOutIn(path, line)) {
    case LeftOut::kNo:
      return false;
    case LeftOut::kHint:
      return (sent.shrinks || sent.loses) && !IsAboveCode(sent.lines, at);
    case LeftOut::kMaybe:
      if (HasNoDots(path) && IsBareDots(InPlaceOfBody(line))) return true;
      return sent.shrinks || (sent.loses && !CommentText(Trim(line)).empty());
    case LeftOut::kLikely:
      return sent.loses || !IsAboveCode(sent.lines, at);
    case LeftOut::kSurely:
      return true;
  }
  return true;
}

bool StandsForCode(const std::string& path, const Sent& sent, LeftOutByName& named, std::size_t at) {
  if (PlaceStandsForCode(path, sent, named, at)) return true;
  if (IsBareDots(sent.lines[at])) return sent.shrinks || DotsAreLeftOut(path, sent.lines, at);
  return WordsStandForCode(path, sent, at);
}

bool NewStandsForCode(const std::string& path, const Sent& sent, LeftOutByName& named, std::size_t at) {
  const std::string_view line = sent.lines[at];
  if (PlaceStandsForCode(path, sent, named, at)) return true;
  if (IsDotsOrComment(line) && !IsLazyComment(line)) return NewDotsAreLeftOut(path, sent.lines, at);
  return WordsStandForCode(path, sent, at);
}

// A line that comes is like one that goes when it begins with half of it: that one has changed.
bool LosesLine(const Lines& go, std::multiset<std::string_view> come) {
  for (std::string_view line : go) {
    const auto above = come.lower_bound(line);
    auto like = come.end();
    for (auto found : {above, above == come.begin() ? come.end() : std::prev(above)}) {
      if (found == come.end()) continue;
      const auto same = static_cast<std::size_t>(
          std::mismatch(line.begin(), line.end(), found->begin(), found->end()).first - line.begin());
      if (same * 2 >= line.size()) like = found;
    }
    if (like == come.end()) return true;
    come.erase(like);
  }
  return false;
}

Sent SentBy(const Hunk& hunk) {
  Sent sent;
  Lines go;
  std::multiset<std::string_view> come;
  for (const HunkLine& line : hunk.lines) {
    if (line.sign != '-') sent.lines.push_back(line.text);
    if (line.sign != '+') sent.old.push_back(line.text);
    const std::string_view text = Trim(line.text);
    if (text.empty() || line.sign == ' ') continue;
    line.sign == '-' ? go.push_back(text) : void(come.insert(text));
  }
  sent.shrinks = go.size() > come.size();
  sent.loses = LosesLine(go, std::move(come));
  return sent;
}

std::unordered_set<std::string_view> TrimmedLines(const Lines& lines) {
  std::unordered_set<std::string_view> trimmed;
  for (std::string_view line : lines)
    if (!Trim(line).empty()) trimmed.insert(Trim(line));
  return trimmed;
}

std::string Refusal(std::string_view line, std::string_view advice) {
  return "'" + std::string(Trim(line)) + "' stands for code that was left out: send " + std::string(advice);
}

// The lines of the file that a hunk names are those that are looked at.
std::string CopiedListing(const Hunk& hunk) {
  Lines there, come;
  for (const HunkLine& line : hunk.lines) (line.sign == '+' ? come : there).push_back(line.text);
  return ListingRefusal(there, come);
}

}  // namespace

bool DotsAreLeftOut(const std::string& path, const Lines& lines, std::size_t at) {
  if (IsPython(path)) return !IsPythonStatement(lines, at);
  return HasNoDots(path) && !IsParameter(lines, at);
}

bool NewDotsAreLeftOut(const std::string& path, const Lines& lines, std::size_t at) {
  if (IsPython(path) && IsBareDots(lines[at])) return !IsPythonStatement(lines, at);
  return !IsParameter(lines, at);
}

std::string LeftOutAmongNew(const std::string& path, const Hunk& hunk, const FileText& text) {
  if (std::string copied = CopiedListing(hunk); !copied.empty()) return copied;
  std::vector<std::size_t> found;
  std::size_t at = 0;  // among the lines that are to be
  for (const HunkLine& line : hunk.lines) {
    if (line.sign == '+' && MayStandForCode(path, line.text)) found.push_back(at);
    at += line.sign != '-';
  }
  if (found.empty()) return {};
  const Sent sent = SentBy(hunk);
  LeftOutByName named(sent.old, sent.lines);
  for (std::size_t i : found)
    if (text.index().ids.count(Trim(sent.lines[i])) == 0 && NewStandsForCode(path, sent, named, i))
      return Refusal(sent.lines[i], "the code itself");
  return {};
}

std::string LeftOutOfWhole(const std::string& path, const Lines& before, const Lines& after) {
  auto may_stand = [&](std::string_view line) { return MayStandForCode(path, line); };
  if (std::none_of(after.begin(), after.end(), may_stand)) return {};
  const std::unordered_set<std::string_view> there = TrimmedLines(before), then = TrimmedLines(after);
  Lines go;
  std::multiset<std::string_view> come;
  for (std::string_view line : then)
    if (there.count(line) == 0 && !may_stand(line)) come.insert(line);
  for (std::string_view line : there)
    if (then.count(line) == 0) go.push_back(line);
  const std::size_t old = CountWritten(before), now = CountWritten(after);
  const Sent sent{after, before, now * 5 <= old * 4, now < old || LosesLine(go, std::move(come))};
  LeftOutByName named(before, after);
  for (std::size_t at = 0; at < after.size(); ++at)
    if (there.count(Trim(after[at])) == 0 && StandsForCode(path, sent, named, at))
      return Refusal(after[at], "the whole file, or only the lines to change");
  return {};
}

}  // namespace mamc::edit
