#include "left_out.hpp"

#include <algorithm>
#include <cctype>
#include <unordered_set>

#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

bool HasEnding(const std::string& path, std::initializer_list<std::string_view> endings) {
  const std::string lower = Lower(path);
  const std::size_t dot = lower.rfind('.');
  if (dot == std::string::npos) return false;
  for (std::string_view ending : endings)
    if (lower.compare(dot + 1, std::string::npos, ending) == 0) return true;
  return false;
}

// Languages in which no line of a whole file is dots alone; another may have one, as YAML has.
bool HasNoDots(const std::string& path) {
  return HasEnding(path, {"c",    "h",    "cc",    "cpp",   "cxx", "hh",   "hpp",  "hxx", "m",     "mm",
                          "java", "kt",   "kts",   "cs",    "go",  "rs",   "js",   "jsx", "mjs",   "cjs",
                          "ts",   "tsx",  "swift", "php",   "lua", "dart", "zig",  "sql", "css",   "scss",
                          "less", "json", "toml",  "scala", "rb",  "sh",   "bash", "vue", "svelte"});
}

bool IsPython(const std::string& path) {
  return HasEnding(path, {"py", "pyi", "pyx", "pyw"});
}

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

// What says that something stays, ...
constexpr std::string_view kKept[] = {"unchanged", "unmodified",  "untouched", "same",     "kept",
                                      "keep",      "keeps",       "remain",    "remains",  "omitted",
                                      "omit",      "snip",        "snipped",   "elided",   "truncated",
                                      "preserved", "stays",       "stay",      "leave",    "retained",
                                      "unaltered", "abbreviated", "continues", "continue", "skipped"};
constexpr std::string_view kRest[] = {"rest", "remaining", "remainder", "existing"};
// ... how much of it, what it is, and what may stand between.
constexpr std::string_view kScope[] = {"rest",    "existing",   "previous",  "previously", "other",
                                       "others",  "all",        "remaining", "remainder",  "original",
                                       "before",  "everything", "earlier",   "current",    "snip",
                                       "snipped", "omitted",    "truncated", "elided"};
constexpr std::string_view kThings[] = {"code",       "file",           "files",           "function",
                                        "functions",  "method",         "methods",         "class",
                                        "classes",    "content",        "contents",        "import",
                                        "imports",    "line",           "lines",           "logic",
                                        "body",       "section",        "sections",        "part",
                                        "parts",      "test",           "tests",           "rule",
                                        "rules",      "style",          "styles",          "config",
                                        "script",     "implementation", "implementations", "definitions",
                                        "definition", "declarations",   "fields",          "members",
                                        "routes",     "handlers",       "module",          "document",
                                        "text",       "entries",        "items",           "properties",
                                        "cases",      "variables",      "constants",       "helpers",
                                        "helper",     "setup"};
constexpr std::string_view kFill[] = {
    "the",     "of",    "is",   "are",  "as",      "for",     "brevity", "in",   "this", "it",
    "be",      "and",   "to",   "with", "a",       "an",      "your",    "was",  "were", "here",
    "above",   "below", "go",   "goes", "clarity", "not",     "shown",   "from", "more", "they",
    "exactly", "that",  "them", "no",   "changes", "changed", "needed",  "else"};

struct Spoken {
  std::string_view words;  // what stands within the signs of a comment, brackets, dashes and dots
  bool signs = false;      // there were any
  bool dots = false;
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
      if (StartsWith(line, sign)) line.remove_prefix(sign.size()), spoken.dots = spoken.signs = again = true;
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

// Dots with a bracket behind them alone end a list of parameters.
bool AreDots(std::string_view line, const Spoken& spoken) {
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

// What stands on the line where a body should: `{ ... }`, `{ /* words */ }`, `pass  # words`.
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

// "rest of the function unchanged": said in words alone.
bool SaysLeftOut(std::string_view lower) {
  auto holds = [&](std::string_view word) { return lower.find(word) != std::string_view::npos; };
  const bool what = holds("rest of the ") || holds("rest of code") || StartsWith(lower, "rest of ") ||
                    StartsWith(lower, "remaining ") || StartsWith(lower, "existing ");
  const bool how = holds("unchanged") || holds("the same") || holds("as before") || holds("omitted") ||
                   EndsWith(lower, " here") || EndsWith(lower, "goes here");
  return what && how;
}

// For lines where a whole file was to be sent; of words that are not certain, lines that are gone decide.
bool MayStandForCode(std::string_view line) {
  return IsBareDots(line) || IsLazyComment(line) || LeftOutIn(line) != LeftOut::kNo;
}

bool StandsForCode(const std::string& path, const Lines& lines, std::size_t at, bool shrinks) {
  if (IsBareDots(lines[at])) return shrinks || DotsAreLeftOut(path, lines, at);
  const LeftOut said = LeftOutIn(lines[at]);
  shrinks = shrinks || (HasNoDots(path) && IsBareDots(InPlaceOfBody(lines[at])));
  return IsLazyComment(lines[at]) || said == LeftOut::kSurely || (said == LeftOut::kMaybe && shrinks);
}

bool NewMayStandForCode(const HunkLine& line) {
  return line.sign == '+' &&
         (IsLazyComment(line.text) || IsDotsOrComment(line.text) || LeftOutIn(line.text) != LeftOut::kNo);
}

// `shrinks`: more lines go than come.
bool NewStandsForCode(const std::string& path, const Lines& lines, std::size_t at, bool shrinks) {
  if (IsDotsOrComment(lines[at]) && !IsLazyComment(lines[at])) return NewDotsAreLeftOut(path, lines, at);
  return shrinks || IsLazyComment(lines[at]) || LeftOutIn(lines[at]) == LeftOut::kSurely ||
         (HasNoDots(path) && IsBareDots(InPlaceOfBody(lines[at])));
}

bool Shrinks(const Hunk& hunk) {
  std::size_t come = 0, go = 0;
  for (const HunkLine& line : hunk.lines)
    if (!Trim(line.text).empty()) come += line.sign == '+', go += line.sign == '-';
  return go > come;
}

std::string Refusal(std::string_view line, std::string_view advice) {
  return "'" + std::string(Trim(line)) + "' stands for code that was left out: send " + std::string(advice);
}

}  // namespace

LeftOut LeftOutIn(std::string_view line) {
  line = Trim(line);
  if (line.empty() || line.size() > 160 || IsBareDots(line)) return LeftOut::kNo;
  if (const std::string_view body = InPlaceOfBody(line); !body.empty()) {
    if (IsBareDots(body)) return LeftOut::kMaybe;
    return IsLazyComment(body) || LeftOutIn(body) != LeftOut::kNo ? LeftOut::kSurely : LeftOut::kNo;
  }
  const Spoken spoken = SpokenIn(line);
  if (!spoken.signs) return LeftOut::kNo;
  if (spoken.words.empty()) return AreDots(line, spoken) ? LeftOut::kSurely : LeftOut::kNo;
  // A program's text may stand in brackets as well; what speaks has none of its signs.
  if (spoken.words.find_first_of("=;{}<>[]\"\\|&$@+") != std::string_view::npos) return LeftOut::kNo;
  bool rest = false, scope = false, thing = false, foreign = false;
  bool kept = Lower(spoken.words).find("no change") != std::string::npos;
  const std::vector<std::string> words = LowerWords(spoken.words);
  for (const std::string& word : words) {
    const bool is_kept = IsOneOf(word, kKept), is_scope = IsOneOf(word, kScope),
               is_thing = IsOneOf(word, kThings);
    kept |= is_kept, scope |= is_scope, thing |= is_thing, rest |= IsOneOf(word, kRest);
    foreign |= !is_kept && !is_scope && !is_thing && !IsOneOf(word, kFill);
  }
  if (words.empty()) return LeftOut::kNo;
  if (!foreign && scope && (kept || spoken.dots)) return LeftOut::kSurely;
  if (!foreign && scope && thing)
    return LeftOut::kMaybe;  // "existing implementation", "other functions here"
  const bool speaks = kept || rest || spoken.dots;
  return speaks && (scope || thing || spoken.dots || !foreign) ? LeftOut::kMaybe : LeftOut::kNo;
}

bool IsLazyComment(std::string_view line) {
  std::string_view text = CommentText(Trim(line));
  if (text.empty() || text.size() > 120) return false;
  if (SaysLeftOut(Lower(text))) return true;
  const bool dots = StartsWith(text, "...") || StartsWith(text, "\xE2\x80\xA6") || EndsWith(text, "...") ||
                    EndsWith(text, "\xE2\x80\xA6");
  if (!dots) return false;
  if (IsBareDots(text)) return true;
  const std::string lower = Lower(text);
  for (std::string_view word : {"rest", "existing", "unchanged", "same", "remain", "other", "omitted",
                                "previous", "code", "as before", "more"})
    if (lower.find(word) != std::string::npos) return true;
  return false;
}

bool IsElision(std::string_view line) {
  return IsBareDots(line) || IsLazyComment(line);
}

bool IsBareDots(std::string_view line) {
  line = Trim(line);
  return line == "..." || line == "\xE2\x80\xA6";
}

bool IsDotsOrComment(std::string_view line) {
  return AreDots(Trim(line), SpokenIn(line));
}

bool DotsAreLeftOut(const std::string& path, const Lines& lines, std::size_t at) {
  if (IsPython(path)) return !IsPythonStatement(lines, at);
  return HasNoDots(path) && !IsParameter(lines, at);
}

bool NewDotsAreLeftOut(const std::string& path, const Lines& lines, std::size_t at) {
  if (IsPython(path) && IsBareDots(lines[at])) return !IsPythonStatement(lines, at);
  return !IsParameter(lines, at);
}

std::string LeftOutAmongNew(const std::string& path, const Hunk& hunk, const FileText& text) {
  if (std::none_of(hunk.lines.begin(), hunk.lines.end(), NewMayStandForCode)) return {};
  const bool shrinks = Shrinks(hunk);
  Lines lines;  // as they would be
  std::vector<std::size_t> found;
  for (const HunkLine& line : hunk.lines) {
    if (line.sign == '-') continue;
    if (NewMayStandForCode(line)) found.push_back(lines.size());
    lines.push_back(line.text);
  }
  for (std::size_t at : found)
    if (NewStandsForCode(path, lines, at, shrinks) && text.index().ids.count(Trim(lines[at])) == 0)
      return Refusal(lines[at], "the code itself");
  return {};
}

std::string LeftOutOfWhole(const std::string& path, const Lines& before, const Lines& after) {
  if (std::none_of(after.begin(), after.end(), [](auto line) { return MayStandForCode(line); })) return {};
  std::unordered_set<std::string_view> there;
  for (std::string_view line : before) there.insert(Trim(line));
  const bool shrinks = CountWritten(after) * 5 <= CountWritten(before) * 4;
  for (std::size_t at = 0; at < after.size(); ++at)
    if (MayStandForCode(after[at]) && there.count(Trim(after[at])) == 0 &&
        StandsForCode(path, after, at, shrinks))
      return Refusal(after[at], "the whole file, or only the lines to change");
  return {};
}

}  // namespace mamc::edit
