#include "left_out_names.hpp"

#include <algorithm>
#include <cctype>

#include "heads.hpp"
#include "left_out_words.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

// What is said of code that stays, in one word or more. `keep` and its kin are not among them: of a name they
// say what the program does.
constexpr std::string_view kSaysItStays[] = {
    " unchanged ",    " unmodified ",     " untouched ",   " unaltered ", " same ",         " omitted ",
    " snipped ",      " elided ",         " truncated ",   " identical ", " stays ",        " remains ",
    " as is ",        " as it is ",       " as it was ",   " as before ", " no change ",    " no changes ",
    " not shown ",    " as they are ",    " not changed ", " see above ", " see original ", " not modified ",
    " not repeated ", " does not change "};
// What may stand beside a name and is none of the words for left-out code.
constexpr std::string_view kBesideNames[] = {
    "func", "def", "fn",   "fun",  "struct", "service", "job", "target", "block", "key",     "does",
    "have", "has", "been", "both", "see",    "or",      "by",  "so",     "far",   "repeated"};

struct Word {
  std::string text;     // small
  bool called = false;  // a bracket stands right behind it
};

bool IsSignOfName(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// REQUIRES: fits a line, for each is a string of its own.
std::vector<Word> NameWords(std::string_view text) {
  std::vector<Word> words;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!IsSignOfName(text[at])) continue;
    std::size_t end = at;
    while (end < text.size() && IsSignOfName(text[end])) ++end;
    words.push_back({Lower(text.substr(at, end - at)), end < text.size() && text[end] == '('});
    at = end;
  }
  return words;
}

std::string_view RemarkOf(std::string_view line) {
  line = Trim(line);
  if (!CommentText(line).empty()) return CommentText(line);
  if (const std::string_view body = CommentText(InPlaceOfBody(line)); !body.empty()) return body;
  return CommentText(RemarkOnHead(line));
}

// A program's text may stand in a comment as well; what speaks has none of its signs.
bool IsSpeech(std::string_view text) {
  constexpr std::size_t kMost = 120;
  return !text.empty() && text.size() <= kMost && text.find_first_of("=;{}<>|&$@\\\"") == text.npos;
}

bool SaysStays(const std::vector<Word>& words) {
  std::string said = " ";
  for (const Word& word : words) said += word.text + " ";
  return std::any_of(std::begin(kSaysItStays), std::end(kSaysItStays),
                     [&](std::string_view stays) { return said.find(stays) != said.npos; });
}

bool IsOfSpeech(const std::string& word) {
  return IsWordOfLeftOut(word) || IsOneOf(word, kBesideNames);
}

// All names in the code, or those alone that its heads declare.
std::unordered_set<std::string> NamesOf(const Lines& lines, bool declared) {
  std::unordered_set<std::string> names;
  for (std::string_view line : lines) {
    if (!CommentText(Trim(line)).empty()) continue;
    for (Word& word : NameWords(declared ? DeclaredName(line) : line)) names.insert(std::move(word.text));
  }
  return names;
}

bool IsRightAboveCode(const Lines& lines, std::size_t at) {
  const bool comment = !CommentText(Trim(lines[at])).empty();
  return comment && at + 1 < lines.size() && IndentOf(lines[at + 1]) == IndentOf(lines[at]) &&
         std::any_of(lines[at + 1].begin(), lines[at + 1].end(), IsSignOfName);
}

// A comment is no body: where it stands for one, it need not name what is there.
bool IsAloneBehindColon(const Lines& lines, std::size_t at) {
  std::size_t above = at, below = at + 1;
  while (above > 0 && Trim(lines[above - 1]).empty()) --above;
  while (below < lines.size() && Trim(lines[below]).empty()) ++below;
  const std::size_t depth = IndentOf(lines[at]).size();
  return above > 0 && EndsWith(TrimEnd(lines[above - 1]), ":") && IndentOf(lines[above - 1]).size() < depth &&
         (below == lines.size() || IndentOf(lines[below]).size() < depth);
}

// `// function start(port) { ... }`
std::string_view DeclaredInComment(std::string_view line) {
  const std::string_view text = CommentText(Trim(line));
  return IsBareDots(InPlaceOfBody(text)) || IsDotsBehindHead(text) ? DeclaredName(text) : std::string_view();
}

// ---- bodies of Python

bool IsPythonHead(std::string_view line) {
  line = Trim(line);
  return StartsWith(line, "def ") || StartsWith(line, "async def ") || StartsWith(line, "class ");
}

// Abstract methods and overloads are filled elsewhere; so are those of a Protocol.
bool IsBareDeclaration(const Lines& lines, std::size_t head) {
  while (head > 0 && StartsWith(Trim(lines[head - 1]), "@")) {
    const std::string_view mark = lines[--head];
    if (mark.find("abstract") != mark.npos || mark.find("overload") != mark.npos) return true;
  }
  return false;
}

bool IsOfBody(std::string_view line) {
  line = Trim(line);
  if (line.empty() || IsBareDots(line) || !CommentText(line).empty()) return false;
  for (std::string_view nothing : {"pass", "raise NotImplemented", "\"", "'"})
    if (StartsWith(line, nothing)) return false;
  return true;
}

constexpr std::size_t kMostOfBody = 200;  // lines that are looked at

// A head of several lines is passed over: what stands deeper may be its parameters.
bool HasBody(const Lines& lines, std::size_t head) {
  if (!EndsWith(TrimEnd(lines[head]), ":")) return false;
  const std::size_t depth = IndentOf(lines[head]).size();
  const std::size_t end = std::min(lines.size(), head + kMostOfBody);
  for (std::size_t i = head + 1; i < end; ++i) {
    if (Trim(lines[i]).empty()) continue;
    if (IndentOf(lines[i]).size() <= depth) return false;
    if (IsOfBody(lines[i])) return true;
  }
  return false;
}

std::unordered_map<std::string_view, std::size_t> BodiesIn(const Lines& lines) {
  std::unordered_map<std::string_view, std::size_t> bodies;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (IsPythonHead(lines[i]) && HasBody(lines, i)) ++bodies[DeclaredName(lines[i])];
  return bodies;
}

bool IsProtocol(std::string_view line) {
  return IsPythonHead(line) && line.find("Protocol") != line.npos;
}

// The head whose body line `at` is; the number of lines: there is none.
std::size_t HeadOf(const Lines& lines, std::size_t at) {
  if (IsDotsBehindHead(lines[at])) return at;
  const std::size_t depth = IndentOf(lines[at]).size();
  for (std::size_t i = at; i-- > 0 && at - i < kMostOfBody;) {
    if (Trim(lines[i]).empty() || IndentOf(lines[i]).size() >= depth) continue;
    return IsPythonHead(lines[i]) ? i : lines.size();
  }
  return lines.size();
}

}  // namespace

bool MayNameLeftOut(std::string_view line) {
  constexpr std::size_t kMost = 160;
  if (line.size() > kMost) return false;
  if (!DeclaredInComment(line).empty()) return true;
  const std::string_view text = RemarkOf(line);
  return IsSpeech(text) && SaysStays(NameWords(text));
}

const LeftOutByName::Names& LeftOutByName::There() {
  if (!there_) there_ = NamesOf(old_, false);
  return *there_;
}

const LeftOutByName::Names& LeftOutByName::DeclaredNoMore() {
  if (!declared_no_more_) {
    declared_no_more_ = NamesOf(old_, true);
    for (const std::string& name : NamesOf(now_, true)) declared_no_more_->erase(name);
  }
  return *declared_no_more_;
}

bool LeftOutByName::Says(std::size_t at) {
  if (!MayNameLeftOut(now_[at])) return false;
  // A comment above code may be on that: then it names what is declared no more.
  const std::string head = Lower(DeclaredInComment(now_[at]));
  const Names& names = !head.empty() || IsRightAboveCode(now_, at) ? DeclaredNoMore() : There();
  if (!head.empty()) return names.count(head) != 0;
  const bool alone = IsAloneBehindColon(now_, at);
  bool named = alone;
  for (const Word& word : NameWords(RemarkOf(now_[at]))) {
    if (IsOfSpeech(word.text)) continue;
    const bool there = names.count(word.text) != 0;
    if (!there && !word.called && !alone) return false;
    named |= there;
  }
  return named;
}

std::string_view RemarkOnHead(std::string_view line) {
  line = Trim(line);
  for (std::string_view sign : {" #", " //", " /*", " --"}) {
    const std::size_t at = line.find(sign);
    if (at == line.npos) continue;
    const std::string_view head = TrimEnd(line.substr(0, at));
    if (EndsWith(head, "{") || EndsWith(head, ":")) return Trim(line.substr(at));
  }
  return {};
}

bool IsEmptyPart(const Lines& lines, std::size_t at) {
  const std::size_t depth = IndentOf(lines[at]).size();
  while (++at < lines.size())
    if (const std::string_view text = Trim(lines[at]); !text.empty())  // a list may stand as far out
      return IndentOf(lines[at]).size() <= depth && !StartsWith(text, "- ");
  return true;
}

bool IsDotsBehindHead(std::string_view line) {
  line = Trim(line);
  return IsPythonHead(line) && EndsWith(line, ": ...");
}

bool LeftOutByName::DotsTakeBody(std::size_t at) {
  const std::size_t head = HeadOf(now_, at);
  if (head == now_.size() || IsBareDeclaration(now_, head)) return false;
  if (!old_bodies_) {
    old_bodies_ = BodiesIn(old_), bodies_ = BodiesIn(now_);
    if (std::any_of(now_.begin(), now_.end(), IsProtocol)) old_bodies_->clear();
  }
  const std::string_view name = DeclaredName(now_[head]);
  const auto had = old_bodies_->find(name), has = bodies_->find(name);
  return had != old_bodies_->end() && (has == bodies_->end() ? 0 : has->second) < had->second;
}

}  // namespace mamc::edit
