#include "asked.hpp"

#include <algorithm>

#include "sentence.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::size_t kMostWords = 60;

constexpr std::string_view kChangeVerbs[] = {"add",     "append",  "bump",   "change", "create",  "edit",
                                             "extend",  "fix",     "insert", "modify", "prepend", "register",
                                             "replace", "rewrite", "update", "paste",  "include"};
// Nouns and what is told of as well, but where a sentence begins.
constexpr std::string_view kOrders[] = {"set",     "put",      "write", "define",  "declare",
                                        "switch",  "make",     "wire",  "mention", "document",
                                        "updated", "modified", "added", "changed", "created"};
constexpr std::string_view kBefore[] = {"then",   "also", "and",  "please", "finally", "now",  "next",
                                        "lastly", "i",    "i've", "we",     "we've",   "have", "step"};
constexpr std::string_view kDeterminers[] = {"the", "this", "that", "a", "an", "any", "each", "these", "my"};
constexpr std::string_view kUses[] = {
    "run",        "running",    "usage",         "example", "examples", "prints",   "print",
    "output",     "outputs",    "gives",         "returns", "result",   "results",  "shows",
    "execute",    "invoke",     "verify",        "try",     "test",     "call",     "before",
    "previously", "consider",   "original",      "old",     "current",  "revert",   "undo",
    "if",         "optionally", "alternatively", "could",   "might",    "currently"};
// What may be done, or is done elsewhere.
constexpr std::string_view kMay[] = {
    "use",      "uses",    "used",     "using", "like",   "similar", "can",     "would",   "may",
    "import",   "imports", "imported", "calls", "called", "calling", "imagine", "suppose", "instance",
    "optional", "see",     "where",    "was",   "were",   "why",     "because", "runs",    "interactive"};
// What says of a file that it stands there as it is to be, what may stand between that and its path, and what
// is a part of one.
constexpr std::string_view kAsItIsToBe[] = {"updated",   "complete",   "full",     "whole",   "entire",
                                            "corrected", "modified",   "fixed",    "revised", "final",
                                            "rewritten", "refactored", "improved", "new"};
constexpr std::string_view kOfFile[] = {"file", "files", "version", "code", "content", "contents", "source",
                                        "text", "of",    "for",     "the",  "in",      "new"};
constexpr std::string_view kParts[] = {"function", "functions", "method", "methods", "class",   "classes",
                                       "section",  "sections",  "part",   "parts",   "snippet", "excerpt",
                                       "block",    "lines",     "line",   "imports", "changes", "only",
                                       "fragment", "diff",      "patch",  "relevant"};
// `a.c` "should now look like this:"
constexpr std::string_view kLooksSo[] = {"this", "like",  "look",    "looks", "should",
                                         "now",  "below", "follows", "as"};
constexpr std::string_view kBehindNew[] = {"with",    "the",  "this",     "following",  "content", "contents",
                                           "code",    "that", "contains", "containing", "its",     "as",
                                           "follows", "in",   "project",  "root",       "at",      "of"};

std::vector<std::string> LowerWords(const Words& words) {
  std::vector<std::string> lower;
  for (std::string_view word : words) lower.push_back(Lower(Bare(word)));
  return lower;
}

Words SentenceWords(std::string_view sentence) {
  Words words = WordsOf(sentence);
  if (words.size() > kMostWords) words.clear();
  return words;
}

// The one file among the words; none: there is none, or there are several.
std::string OneFile(const Words& words) {
  std::string file;
  for (std::string_view word : words) {
    const std::string_view bare = Bare(word);
    if (!IsFileName(bare) || StartsWith(bare, "~")) continue;
    if (!file.empty() && file != bare) return {};
    file = bare;
  }
  return file;
}

bool IsFirst(const std::vector<std::string>& words, std::size_t at) {
  return std::all_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at),
                     [](const std::string& word) {
                       return IsOneOf(word, kBefore) || word.find_first_not_of("0123456789") == word.npos;
                     });
}

bool SaysHowItIs(const std::vector<std::string>& words, std::size_t at) {
  const std::string& word = words[at];
  const std::string& next = at + 1 < words.size() ? words[at + 1] : word;
  return ((word == "look" || word == "looks") && next == "like") || word == "becomes" ||
         (word == "should" && IsOneOf(next, {"be", "contain", "read", "have", "become"})) ||
         (word == "now" && IsOneOf(next, {"contains", "reads", "has"}));
}

enum class Tells { kNothing, kChange, kUse };

Tells TellsBy(const std::vector<std::string>& words, std::size_t at) {
  const std::string& word = words[at];
  if (IsOneOf(word, kUses)) return Tells::kUse;
  if (IsOneOf(word, kOrders) && IsFirst(words, at)) return Tells::kChange;
  if (SaysHowItIs(words, at)) return Tells::kChange;
  const bool noun = at > 0 && IsOneOf(words[at - 1], kDeterminers);
  return IsOneOf(word, kChangeVerbs) && !noun ? Tells::kChange : Tells::kNothing;
}

bool DeniesChange(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool forget = i + 1 < words.size() && words[i + 1] == "forget";
    if (IsOneOf(words[i], {"not", "never", "unchanged", "untouched", "nothing", "already"}) && !forget)
      return true;
    if (EndsWith(words[i], "n't") && !forget) return true;
  }
  return false;
}

// What is told of first: "To test it, update ..." shows no update.
Tells FirstTold(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (const Tells tells = TellsBy(words, i); tells != Tells::kNothing) return tells;
  return Tells::kNothing;
}

bool IsScript(std::string_view name) {
  return IsOneOf(name.substr(name.rfind('.') + 1), {"sh", "bash", "zsh", "ksh", "ps1", "bat", "cmd"});
}

// A file that models show in a fence marked as a shell's.
bool IsSettings(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == 0 || dot == std::string_view::npos || EndsWith(name, ".txt") || EndsWith(name, ".mod") ||
         EndsWith(name, ".example");
}

bool BeginsCommand(std::string_view line) {
  const std::string_view word = Trim(line).substr(0, Trim(line).find(' '));
  return StartsWith(word, "./") ||
         IsOneOf(word,
                 {"pip",    "pip3",   "npm",    "npx",     "yarn",   "pnpm", "cargo", "go",    "make", "cd",
                  "git",    "docker", "python", "python3", "pytest", "curl", "apt",   "brew",  "bash", "sh",
                  "poetry", "uv",     "source", "export",  "sudo",   "node", "cmake", "ninja", "touch"});
}

// Whether the word at `path` is all that the words before or behind it call updated, complete or the like.
bool IsCalledAsItIsToBe(const std::vector<std::string>& words, std::size_t path) {
  std::size_t before = path;
  while (before > 0 && IsOneOf(words[before - 1], kOfFile) && !IsOneOf(words[before - 1], kAsItIsToBe))
    --before;
  const bool done = before > 1 && IsOneOf(words[before - 2], {"i", "we", "i've", "we've", "i'll", "have",
                                                              "has", "was", "is", "been", "be", "just"});
  if (before > 0 && IsOneOf(words[before - 1], kAsItIsToBe)) return !done;  // "I updated `a.c`" tells of it
  return path == 0 && words.size() > 1 && IsOneOf(words[1], kAsItIsToBe) &&
         std::all_of(words.begin() + 2, words.end(), [](const std::string& word) {
           return word.empty() || IsOneOf(word, kAsItIsToBe) || IsOneOf(word, kOfFile);
         });
}

}  // namespace

std::string SentenceAbove(const std::vector<std::string_view>& lines, std::size_t fence) {
  constexpr std::size_t kMostLines = 6;
  std::size_t end = fence;
  while (end > 0 && fence - end < kMostLines && Trim(lines[end - 1]).empty()) --end;
  std::size_t begin = end;
  while (begin > 0 && end - begin < kMostLines) {
    const std::string_view line = Trim(lines[begin - 1]);
    if (line.empty() || line.size() > 1000 || OpenedBy(line).sign != 0 || EndsBlock(line)) break;
    --begin;
  }
  std::string text;
  for (std::size_t i = begin; i < end; ++i) text.append(Trim(lines[i])).append(" ");
  std::erase(text, '*');
  const std::size_t stop = text.size() < 3 ? text.npos : text.rfind(". ", text.size() - 3);
  return stop == text.npos ? text : text.substr(stop + 2);
}

std::string AskedFile(std::string_view sentence) {
  const Words words = SentenceWords(sentence);
  const std::vector<std::string> lower = LowerWords(words);
  const Tells told = FirstTold(lower);
  // "Then there is `c.py`:" asks by what follows.
  const bool ends = !words.empty() && EndsWith(words.back(), ":") && IsFileName(Bare(words.back()));
  const bool asks = told == Tells::kChange || (ends && told == Tells::kNothing);
  return asks && !DeniesChange(lower) ? OneFile(words) : std::string();
}

bool AsksToInsert(std::string_view sentence) {
  const Words words = SentenceWords(sentence);
  const std::vector<std::string> lower = LowerWords(words);
  if (FirstTold(lower) != Tells::kChange || DeniesChange(lower)) return false;
  // What is no file of the repository.
  for (std::string_view place : {"~/", "`.env", "environment", "crontab", "shell"})
    if (sentence.find(place) != std::string_view::npos) return false;
  if (!EndsWith(TrimEnd(sentence), ":")) return false;
  // "Also add the import at the top:", "Update the `f` function as follows:"
  std::size_t verb = 0;
  while (verb < lower.size() && IsOneOf(lower[verb], kBefore)) ++verb;
  if (verb < lower.size() && IsOneOf(lower[verb], kChangeVerbs)) return true;
  for (std::size_t i = 0; i + 1 < lower.size(); ++i) {
    const bool follows = lower[i + 1] == "this" || lower[i + 1] == "these" ||
                         (lower[i + 1] == "the" && i + 2 < lower.size() && lower[i + 2] == "following");
    const bool named = EndsWith(words[i + 1], ":") || i + 2 < lower.size();
    if (follows && named && IsOneOf(lower[i], {"add", "insert", "append", "prepend", "paste", "put"}))
      return true;
  }
  return false;
}

bool SpeaksOfUse(std::string_view sentence) {
  const std::string lower = Lower(sentence);
  for (std::string_view words : {"usage", "how to use", "use it", "test it", "try it", "to test", "example"})
    if (lower.find(words) != lower.npos) return true;
  return false;
}

std::string AskedNewFile(std::string_view sentence, const Naming& naming) {
  if (naming.form != Naming::Form::kTight && naming.form != Naming::Form::kLoose) return {};
  bool made = false, behind = false;
  std::string last;
  for (std::string_view word : WordsOf(sentence)) {
    const std::string lower = Lower(Bare(word));
    if (behind && naming.form == Naming::Form::kLoose && !IsOneOf(lower, kBehindNew)) return {};
    if (behind && StartsWith(word, "(new")) made = true;
    made |=
        !behind && (IsOneOf(lower, {"create", "creating", "created"}) || (last == "new" && lower == "file"));
    if (Bare(word) == naming.paths[0]) {
      behind = true;
      made |= last == "add" || last == "new";
    }
    if (!lower.empty()) last = lower;
  }
  return made ? naming.paths[0] : std::string();
}

std::string EmptyFile(std::string_view line) {
  if (line.size() > 400 || line.find("mpty") == line.npos) return {};
  std::string file;
  bool empty = false;
  for (std::string_view word : WordsOf(line)) {
    const std::string lower = Lower(Bare(word));
    empty |= lower == "empty";
    if (IsFileName(Bare(word)) && file.empty())
      file = Bare(word);
    else if (!lower.empty() && lower.find_first_not_of("0123456789-#") != lower.npos &&
             !IsOneOf(lower, {"empty", "create", "add", "an", "the", "a", "new", "file", "also", "then",
                              "and", "finally", "to", "make", "intentionally"}))
      return {};
  }
  return empty ? file : std::string();
}

bool SaysEmpty(std::string_view line) {
  std::string words = Lower(Trim(line).substr(0, 60));
  std::erase_if(words,
                [](char c) { return std::string_view("()[]*_.<>`#").find(c) != std::string_view::npos; });
  return IsOneOf(Trim(words),
                 {"empty", "empty file", "this file is empty", "this file is intentionally empty",
                  "an empty file", "intentionally empty", "file is empty"});
}

bool ShowsUse(const Fence& fence, const std::string& path, std::string_view sentence,
              std::string_view first) {
  const std::string name = path.substr(path.rfind('/') + 1);
  if (StartsWith(Trim(first), "$ ") || StartsWith(Trim(first), ">>> ")) return true;
  if (IsShell(fence.info) && (first.find(name) != first.npos || (!IsScript(name) && !IsSettings(name))))
    return true;
  if (IsShell(fence.info)) return !IsScript(name) && BeginsCommand(first);
  if (!fence.info.empty() && !IsOneOf(fence.info, {"text", "txt", "plaintext", "output", "log", "http"}))
    return false;
  const std::vector<std::string> words = LowerWords(SentenceWords(sentence));
  return std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return IsOneOf(word, kUses); });
}

std::string NamedForCode(const Fence& fence, std::string_view sentence) {
  const Words words = SentenceWords(sentence);
  const std::vector<std::string> lower = LowerWords(words);
  const bool code = !fence.info.empty() && !IsShell(fence.info) &&
                    !IsOneOf(fence.info, {"text", "txt", "plaintext", "output", "log", "http", "tree"});
  const bool made = std::find(lower.begin(), lower.end(), "new") != lower.end();
  if ((!code && !(made && fence.info.empty())) || SpeaksOfUse(sentence) || DeniesChange(lower)) return {};
  for (std::size_t i = 0; i < lower.size(); ++i) {
    const bool test = lower[i] == "test" && i > 0 && IsOneOf(lower[i - 1], kDeterminers);
    if ((IsOneOf(lower[i], kUses) && !test) || IsOneOf(lower[i], kMay)) return {};
  }
  return OneFile(words);
}

std::string UpdatedFile(const Fence& fence, std::string_view sentence) {
  if (!EndsWith(TrimEnd(sentence), ":") || SpeaksOfUse(sentence)) return {};
  Words words = SentenceWords(sentence);
  while (!words.empty() && IsOneOf(Lower(Bare(words.back())), kLooksSo)) words.pop_back();
  const std::vector<std::string> lower = LowerWords(words);
  const std::string file = OneFile(words);
  if (file.empty() || DeniesChange(lower) || (IsShell(fence.info) && !IsScript(file))) return {};
  const bool other = std::any_of(lower.begin(), lower.end(), [](const std::string& word) {
    return IsOneOf(word, kUses) || IsOneOf(word, kMay) || IsOneOf(word, kParts);
  });
  if (other) return {};
  const auto named = std::find_if(words.begin(), words.end(), [&](auto word) { return Bare(word) == file; });
  const bool ends = named + 1 == words.end() || Bare(words.back()) == "file";
  // What stands in a fence without a word may be what the file prints.
  if (fence.info.empty() && !ends) return {};
  return IsCalledAsItIsToBe(lower, static_cast<std::size_t>(named - words.begin())) ? file : std::string();
}

std::string OrderedChange(std::string_view line, const std::string& spoken) {
  constexpr std::size_t kLongest = 300;
  if (line.size() > kLongest) return {};
  const Words words = SentenceWords(line);
  const std::vector<std::string> lower = LowerWords(words);
  if (DeniesChange(lower)) return {};
  const std::string named = OneFile(words);
  std::size_t verb = 0;
  const auto leads = [&](std::size_t i) {
    return IsOneOf(lower[i], kBefore) || lower[i] == "in" || lower[i] == "file" || lower[i] == "the" ||
           lower[i] == Lower(named) || lower[i].find_first_not_of("0123456789#-") == std::string::npos;
  };
  while (verb < lower.size() && leads(verb)) ++verb;
  if (verb == lower.size() || !IsOneOf(lower[verb], {"replace", "change", "set"})) return {};
  if (std::any_of(lower.begin(), lower.end(), [](const std::string& word) { return IsOneOf(word, kMay); }))
    return {};
  for (std::size_t i = verb + 2; i + 1 < words.size(); ++i) {
    const bool line_number =
        lower[i - 2] == "line" && lower[i - 1].find_first_not_of("0123456789") == std::string::npos;
    const bool from = StartsWith(words[i - 1], "`") || line_number;
    const bool to =
        StartsWith(words[i + 1], "`") ||
        (!lower[i + 1].empty() && lower[i + 1].find_first_not_of("0123456789") == std::string::npos);
    if (from && to && IsOneOf(lower[i], {"with", "by", "to"})) return named.empty() ? spoken : named;
  }
  return {};
}

}  // namespace mamc::edit
