#include "left_out_words.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "languages.hpp"
#include "left_out_abroad.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

// What says that something stays, ...
constexpr std::string_view kKept[] = {
    "unchanged",   "unmodified", "untouched", "same",    "kept",     "keep",     "keeps",
    "remain",      "remains",    "omitted",   "omit",    "snip",     "snipped",  "elided",
    "truncated",   "preserved",  "stays",     "stay",    "leave",    "retained", "unaltered",
    "abbreviated", "continues",  "continue",  "skipped", "identical"};
constexpr std::string_view kRest[] = {"rest", "remaining", "remainder", "existing"};
// ... how much of it, what it is, ...
constexpr std::string_view kScope[] = {"rest",    "existing",   "previous",  "previously", "other",
                                       "others",  "all",        "remaining", "remainder",  "original",
                                       "before",  "everything", "earlier",   "current",    "snip",
                                       "snipped", "omitted",    "truncated", "elided"};
constexpr std::string_view kCode[] = {
    "code",        "function",   "functions",    "method",    "methods",  "class",          "classes",
    "import",      "imports",    "logic",        "body",      "script",   "implementation", "implementations",
    "definitions", "definition", "declarations", "routes",    "handlers", "module",         "helpers",
    "helper",      "setup",      "tests",        "variables", "constants"};
// ... what may be a part of the code and may be what the program works on, and what may stand between.
constexpr std::string_view kThings[] = {
    "file",   "files",   "content",  "contents", "line",    "lines", "section",    "sections",
    "part",   "parts",   "test",     "rule",     "rules",   "style", "styles",     "config",
    "fields", "members", "document", "text",     "entries", "items", "properties", "cases"};
constexpr std::string_view kFill[] = {
    "the", "of",      "is",      "are",    "as",    "for",   "brevity", "in",    "this",    "it",    "be",
    "and", "to",      "with",    "a",      "an",    "your",  "was",     "were",  "here",    "above", "below",
    "go",  "goes",    "clarity", "not",    "shown", "from",  "more",    "they",  "exactly", "that",  "them",
    "no",  "changes", "changed", "needed", "else",  "point", "onwards", "change"};
// Whole comments that stand where code was, though their words may be of a program as well.
constexpr std::string_view kInItsPlace[] = {"see above",
                                            "see original",
                                            "see the original",
                                            "see below",
                                            "do not change",
                                            "don't change",
                                            "do not touch",
                                            "old body",
                                            "copy from above",
                                            "nothing changes below",
                                            "nothing changes",
                                            "further methods follow",
                                            "more methods follow",
                                            "ellipsis",
                                            "redacted"};

struct Spoken {
  std::string_view words;  // what stands within the signs of a comment, brackets, dashes and dots
  bool signs = false;      // there were any
  bool dots = false;
  bool leads = false;  // dots stood before the words
};

Spoken SpokenIn(std::string_view line) {
  constexpr std::string_view kOpen[] = {"{/*", "<!--", "//", "/*", "--", "(*", "#", ";", "%",
                                        "\"",  "'",    "[",  "(",  "<",  "{",  "=", "~"};
  constexpr std::string_view kClose[] = {"*/}", "-->", "*/", "*)", "\"", "'", "]", ")",
                                         ">",   "}",   "--", "-",  "=",  "~", "*", "#"};
  Spoken spoken;
  for (bool again = true; again;) {
    again = false;
    line = Trim(line);
    for (std::string_view sign : {"...", "\xE2\x80\xA6"}) {
      if (StartsWith(line, sign))
        line.remove_prefix(sign.size()), spoken.leads = spoken.dots = spoken.signs = again = true;
      if (EndsWith(line, sign)) line.remove_suffix(sign.size()), spoken.dots = spoken.signs = again = true;
    }
    for (std::string_view sign : kOpen)
      if (StartsWith(line, sign)) line.remove_prefix(sign.size()), spoken.signs = again = true;
    for (std::string_view sign : kClose)
      if (EndsWith(line, sign)) line.remove_suffix(sign.size()), again = true;
  }
  spoken.words = line;
  return spoken;
}

// Dots with a bracket behind them alone end a list of parameters; right behind one they repeat what it
// closes.
bool AreDots(std::string_view line, const Spoken& spoken) {
  if (!line.empty() && std::string_view(")]}>").find(line[0]) != std::string_view::npos &&
      line.find(' ') == std::string_view::npos)
    return false;
  const bool first = StartsWith(line, "...") || StartsWith(line, "\xE2\x80\xA6");
  return spoken.words.empty() && spoken.dots &&
         (!first || line.find_first_of(")]}>,") == std::string_view::npos);
}

std::vector<std::string> LowerWords(std::string_view text) {
  std::vector<std::string> words(1);
  for (unsigned char c : text) {
    if (std::isalpha(c) != 0)
      words.back() += static_cast<char>(std::tolower(c));
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

// "rest of the function unchanged": said in words alone.
bool SaysLeftOut(std::string_view lower) {
  auto holds = [&](std::string_view word) { return lower.find(word) != std::string_view::npos; };
  const bool what = holds("rest of the ") || holds("rest of code") || StartsWith(lower, "rest of ") ||
                    StartsWith(lower, "remaining ") || StartsWith(lower, "existing ");
  const bool how = holds("unchanged") || holds("the same") || holds("as before") || holds("omitted") ||
                   EndsWith(lower, " here") || EndsWith(lower, "goes here");
  return what && how;
}

// `{...rest}` and `...rest,`: behind a name alone no more words stand.
bool IsSpread(const std::string& path, std::string_view line) {
  if (!HasSpread(path)) return false;
  line.remove_prefix(std::min(line.find_first_not_of("{[( "), line.size()));
  if (!StartsWith(line, "...")) return false;
  line.remove_prefix(3);
  std::size_t end = 0;
  while (end < line.size() && (std::isalnum(static_cast<unsigned char>(line[end])) != 0 ||
                               std::string_view("_$.?!").find(line[end]) != std::string_view::npos))
    ++end;
  if (end == 0 || line[end - 1] == '.') return false;
  const std::string_view behind = line.substr(end);
  return Trim(behind).empty() || std::string_view("[(").find(behind[0]) != std::string_view::npos ||
         std::string_view(",})]:;").find(Trim(behind)[0]) != std::string_view::npos;
}

// A string that stands alone on its line, as an argument may; in JSON there is no other place for words.
bool IsString(const std::string& path, std::string_view line) {
  const char quote = line[0];
  return (quote == '"' || quote == '\'') && !IsJson(path) && line.size() > 2 && line[1] != quote &&
         line.find(quote, 1) + 2 >= line.size();
}

bool IsHeading(const std::string& path, std::string_view line) {
  return StartsWith(line, "#") && IsMarkdown(path);
}

// What the words of a line between its signs say.
struct Speech {
  bool kept = false, rest = false, scope = false, code = false, thing = false;
  std::size_t foreign = 0;  // other words
};

Speech WordsIn(std::string_view text) {
  Speech said;
  said.kept = Lower(text).find("no change") != std::string::npos;
  for (const std::string& word : LowerWords(text)) {
    const bool kept = IsOneOf(word, kKept), scope = IsOneOf(word, kScope), code = IsOneOf(word, kCode),
               thing = code || IsOneOf(word, kThings);
    said.kept |= kept, said.scope |= scope, said.code |= code, said.thing |= thing;
    said.rest |= IsOneOf(word, kRest);
    said.foreign += !IsWordOfLeftOut(word);
  }
  const std::string lower = Lower(text);
  said.kept |=
      said.foreign == 0 && (lower.find("not shown") != lower.npos || lower.find("not changed") != lower.npos);
  return said;
}

// Of a comment that ends in dots, and perhaps begins with some: whether what it begins with says that code
// was left out. Behind other words dots may say that something goes on: `# wait for other threads...`
bool BeginsWithRest(std::string_view lower) {
  for (const std::string& word : LowerWords(lower)) {
    if (IsOneOf(word, {"the", "all", "your", "and", "some", "any", "keep", "with"})) continue;
    if (IsOneOf(word, {"before", "current"})) return false;
    return IsOneOf(word, kRest) || IsOneOf(word, kScope) ||
           IsOneOf(word, {"same", "unchanged", "more", "code", "implementation"}) ||
           (IsOneOf(word, kCode) && WordsIn(lower).foreign == 0);
  }
  return false;
}

LeftOut LeftOutByWords(const Spoken& spoken, bool comment) {
  const Speech said = WordsIn(spoken.words);
  if (said.foreign == 0 && said.scope && (said.kept || spoken.dots))
    return spoken.dots || said.code || !comment ? LeftOut::kSurely : LeftOut::kLikely;
  if (said.foreign == 0 && said.scope && said.thing)
    return LeftOut::kMaybe;  // "existing implementation", "other functions here"
  if (spoken.dots && !spoken.leads && comment)
    return said.kept || said.rest || said.scope || said.code ? LeftOut::kLikely : LeftOut::kHint;
  const bool speaks = said.kept || said.rest || spoken.dots;
  return speaks && (said.scope || said.thing || spoken.dots || said.foreign == 0) ? LeftOut::kMaybe
                                                                                  : LeftOut::kNo;
}

// `# your code here`
bool StandsInItsPlace(std::string_view text) {
  std::string lower = Lower(text);
  if (EndsWith(lower, ".")) lower.pop_back();
  if (IsOneOf(lower, kInItsPlace)) return true;
  const Speech said = WordsIn(lower);
  return said.foreign == 0 && said.code && EndsWith(lower, " here");
}

// `# existing users see the same page as before` is of the program; few words beside are of its text.
bool MayBeOfProgram(std::string_view comment) {
  const std::string lower = Lower(comment);
  const bool dots = lower.find("...") != std::string::npos || lower.find("\xE2\x80\xA6") != std::string::npos;
  if (dots || WordsIn(lower).code) return false;
  constexpr std::size_t kMany = 3;
  return StartsWith(lower, "existing ") || StartsWith(lower, "remaining ") || WordsIn(lower).foreign >= kMany;
}

}  // namespace

bool IsWordOfLeftOut(std::string_view word) {
  return IsOneOf(word, kKept) || IsOneOf(word, kScope) || IsOneOf(word, kCode) || IsOneOf(word, kThings) ||
         IsOneOf(word, kFill);
}

bool IsBareDots(std::string_view line) {
  line = Trim(line);
  return line == "..." || line == "\xE2\x80\xA6";
}

bool IsDotsOrComment(std::string_view line) {
  return AreDots(Trim(line), SpokenIn(line));
}

bool IsElision(std::string_view line) {
  return IsBareDots(line) || IsLazyComment(line);
}

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

std::string_view InPlaceOfBody(std::string_view line) {
  line = Trim(line);
  if (StartsWith(line, "*") || !CommentText(line).empty()) return {};
  std::string_view body;
  for (std::string_view nothing : {"pass ", "... ", "return ", "return; "})
    if (StartsWith(line, nothing)) body = Trim(line.substr(nothing.size()));
  const std::size_t open = EndsWith(line, "}") ? line.rfind('{') : std::string_view::npos;
  if (open != std::string_view::npos && (open == 0 || line[open - 1] != '$'))
    body = Trim(line.substr(open + 1, line.size() - open - 2));
  return IsBareDots(body) || !CommentText(body).empty() ? body : std::string_view();
}

bool IsLazyComment(std::string_view line) {
  std::string_view text = CommentText(Trim(line));
  if (text.empty() || text.size() > 120) return false;
  const std::string lower = Lower(text);
  if (SaysLeftOut(lower) || IsBareDots(text)) return true;
  const bool leads = StartsWith(text, "...") || StartsWith(text, "\xE2\x80\xA6");
  if (!leads) return (EndsWith(text, "...") || EndsWith(text, "\xE2\x80\xA6")) && BeginsWithRest(lower);
  for (std::string_view word : {"rest", "existing", "unchanged", "same", "remain", "other", "omitted",
                                "previous", "code", "as before", "more"})
    if (lower.find(word) != std::string::npos) return true;
  return false;
}

LeftOut LeftOutIn(const std::string& path, std::string_view line) {
  line = Trim(line);
  if (line.empty() || line.size() > 160 || IsBareDots(line)) return LeftOut::kNo;
  if (IsSpread(path, line)) return LeftOut::kNo;
  if (const std::string_view body = InPlaceOfBody(line); !body.empty()) {
    if (IsBareDots(body)) return LeftOut::kMaybe;
    return LeftOutIn(path, body) > LeftOut::kHint ? LeftOut::kSurely : LeftOut::kNo;
  }
  const std::string_view comment = CommentText(line);
  if (IsLazyComment(line)) return MayBeOfProgram(comment) ? LeftOut::kLikely : LeftOut::kSurely;
  const Spoken spoken = SpokenIn(line);
  if (!spoken.signs) return LeftOut::kNo;
  if (spoken.words.empty()) return AreDots(line, spoken) ? LeftOut::kSurely : LeftOut::kNo;
  if (IsString(path, line)) return LeftOut::kNo;
  // A program's text may stand in brackets as well; what speaks has none of its signs.
  if (spoken.words.find_first_of("=;{}<>[]\"\\|&$@+") != std::string_view::npos) return LeftOut::kNo;
  if (IsOneOf(Lower(spoken.words), {"etc", "etc.", "and so on", "and so forth", "as before", "like before"}))
    return LeftOut::kMaybe;
  LeftOut said = std::max(LeftOutByWords(spoken, !comment.empty()), LeftOutAbroad(spoken.words));
  if (!comment.empty() && StandsInItsPlace(spoken.words)) said = std::max(said, LeftOut::kHint);
  if (said != LeftOut::kNo && IsJson(path) && !comment.empty())
    return LeftOut::kSurely;  // it has no comments
  const bool title = IsHeading(path, line) && said < LeftOut::kSurely && !WordsIn(spoken.words).kept;
  return title ? LeftOut::kNo : said;
}

}  // namespace mamc::edit
