#include "naming.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "another_file.hpp"
#include "sentence.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::string_view kLabels[] = {
    "a",        "add",          "adding",        "adjust",    "also",     "an",
    "and",      "apply",        "archivo",       "are",       "arquivo",  "as",
    "at",       "below",        "change",        "changed",   "changes",  "code",
    "complete", "content",      "contents",      "create",    "created",  "datei",
    "do",       "edit",         "edited",        "editing",   "edits",    "entire",
    "existing", "extend",       "fichier",       "file",      "filename", "filepath",
    "files",    "final",        "finally",       "first",     "fix",      "fixed",
    "for",      "full",         "here",          "here's",    "i'll",     "in",
    "inside",   "is",           "lastly",        "let",       "likewise", "make",
    "me",       "modification", "modifications", "modified",  "modify",   "name",
    "need",     "new",          "next",          "now",       "of",       "open",
    "part",     "patch",        "path",          "please",    "refactor", "replace",
    "rewrite",  "save",         "second",        "similarly", "simplify", "so",
    "step",     "the",          "then",          "third",     "this",     "to",
    "update",   "updated",      "updates",       "updating",  "version",  "we",
    "whole",    "within",       "you",           "you'll"};
constexpr std::string_view kVerbs[] = {"in",     "update", "edit",  "modify",  "change", "fix",
                                       "create", "add",    "patch", "rewrite", "inside", "within"};
constexpr std::string_view kDenials[] = {
    "not",     "no",         "nothing", "never",     "unchanged", "without",   "stays",
    "stay",    "remains",    "remain",  "untouched", "but",       "instead",   "like",
    "already", "unaffected", "cannot",  "none",      "unlike",    "otherwise", "previously"};
constexpr std::string_view kDeletionWords[] = {
    "delete",  "remove", "the",    "file",    "unused", "obsolete",   "old",     "now",    "then", "and",
    "finally", "also",   "next",   "deleted", "step",   "removed",    "files",   "whole",  "you",  "can",
    "should",  "must",   "safely", "it",      "is",     "no",         "longer",  "needed", "used", "required",
    "anymore", "be",     "since",  "because", "as",     "completely", "entirely"};
constexpr std::string_view kRenameWords[] = {"rename", "renamed", "move", "moved",       "as",
                                             "into",   "->",      "=>",   "\xE2\x86\x92"};

// The signs of Chinese and Japanese sentences, as those of others.
constexpr std::pair<std::string_view, std::string_view> kWideSigns[] = {
    {"\xEF\xBC\x9A", ": "}, {"\xEF\xBC\x8C", ", "}, {"\xEF\xBC\x88", " ("},
    {"\xEF\xBC\x89", ") "}, {"\xE3\x80\x82", ". "}, {"\xE3\x80\x81", ", "}};

// Without what makes words bold.
std::string PlainText(std::string_view line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto wide = std::find_if(std::begin(kWideSigns), std::end(kWideSigns),
                                   [&](const auto& sign) { return line.substr(i, 3) == sign.first; });
    if (wide != std::end(kWideSigns))
      text += wide->second, i += 2;
    else if (line.substr(i, 2) == "**")
      ++i;
    else
      text += line[i];
  }
  return text;
}

// "- ", "2. ", "### ", "// " before the words, and the end of a comment behind them.
std::string_view WithoutSigns(std::string_view text, bool& listed) {
  for (bool again = true; again;) {
    again = false;
    text = Trim(text);
    std::size_t digits = 0;
    while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) ++digits;
    if (digits > 0 && digits < 4 && digits + 1 < text.size() &&
        (text[digits] == '.' || text[digits] == ')') && text[digits + 1] == ' ') {
      text.remove_prefix(digits + 2);
      listed = again = true;
    }
    for (std::string_view sign :
         {"- ", "* ", "+ ", "\xE2\x80\xA2 ", "#", "// ", "<!-- ", "/* ", "-- ", "; ", "> "})
      if (StartsWith(text, sign)) {
        listed |= sign == "- " || sign == "* " || sign == "+ " || sign == "\xE2\x80\xA2 ";
        text.remove_prefix(sign.size());
        again = true;
      }
    for (std::string_view sign : {" -->", " */"})
      if (EndsWith(text, sign)) text.remove_suffix(sign.size());
  }
  return text;
}

bool IsLabel(std::string_view word) {
  const std::string lower = Lower(Bare(word));
  const bool number =
      std::all_of(lower.begin(), lower.end(), [](unsigned char c) { return std::isalpha(c) == 0; });
  return number || IsOneOf(lower, kLabels);
}

bool Denies(const std::vector<std::string_view>& words, std::size_t begin) {
  for (std::size_t i = begin; i < words.size(); ++i) {
    const std::string lower = Lower(Bare(words[i]));
    if (IsOneOf(lower, kDenials) || EndsWith(lower, "n't") || EndsWith(lower, "n\xE2\x80\x99t")) return true;
    if (EndsWith(words[i], ".") && i + 1 < words.size()) return true;  // another sentence
  }
  return false;
}

bool BeginsNote(std::string_view word) {
  for (std::string_view sign : {"(", "[", "-", "\xE2\x80\x93", "\xE2\x80\x94", "#", "//", "\xE2\x86\x90"})
    if (StartsWith(word, sign)) return true;
  return false;
}

// The words of a sentence that says where something is, and not what is there by another file.
constexpr std::string_view kElsewhere[] = {
    "use",       "uses",    "used",     "using", "like",       "similar",  "from",    "imported", "that",
    "which",     "defined", "declared", "found", "see",        "as",       "call",    "calls",    "called",
    "with",      "where",   "because",  "since", "was",        "were",     "before",  "if",       "current",
    "currently", "old",     "original", "is",    "are",        "when",     "matches", "how",      "what",
    "by",        "does",    "example",  "usage", "references", "reference"};

// "Now the port in `a.c`:", "The port (`a.c`):"
bool IsPlace(const std::vector<std::string_view>& words, std::size_t at) {
  constexpr std::size_t kMost = 12;
  const bool last = at + 1 == words.size() || (at + 2 == words.size() && Bare(words[at + 1]) == "file");
  if (at == 0 || !last || words.size() > kMost || !EndsWith(words.back(), ":")) return false;
  const bool other =
      std::any_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at), [](auto word) {
        const std::string lower = Lower(Bare(word));
        return IsOneOf(lower, kElsewhere) || IsOneOf(lower, kDenials) || EndsWith(lower, "n't");
      });
  const std::size_t before = at > 1 && Lower(words[at - 1]) == "the" ? at - 2 : at - 1;
  const bool within =
      StartsWith(words[at], "(") || IsOneOf(Lower(words[before]), {"in", "inside", "within", "to"});
  return within && !other;
}

Naming::Form FormOf(const std::vector<std::string_view>& words, std::size_t at) {
  for (std::size_t i = 0; i < at; ++i)
    if (!IsLabel(words[i])) return IsPlace(words, at) ? Naming::Form::kPlace : Naming::Form::kMention;
  if (Denies(words, at + 1)) return Naming::Form::kMention;
  const bool alone = at + 1 == words.size();
  if (alone || EndsWith(words[at], ":") || words[at + 1] == ":" || BeginsNote(words[at + 1]))
    return Naming::Form::kTight;
  const bool verb = std::any_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at),
                                [](std::string_view word) { return IsOneOf(Lower(Bare(word)), kVerbs); });
  return verb || EndsWith(words.back(), ":") ? Naming::Form::kLoose : Naming::Form::kMention;
}

// The words of a sentence that may be told from an order; none: it is too long for one.
std::vector<std::string_view> SpokenWords(const std::string& plain) {
  constexpr std::size_t kMost = 24;
  bool listed = false;
  std::vector<std::string_view> words = WordsOf(WithoutSigns(plain, listed));
  if (words.size() > kMost) words.clear();
  return words;
}

// Behind a path in quotes only a note may stand: more words make another sentence of it.
bool SaysMore(std::string_view text) {
  const std::size_t end = StartsWith(text, "`") ? text.find('`', 1) : std::string_view::npos;
  if (end == std::string_view::npos) return false;
  const std::string_view behind = Trim(text.substr(end + 1));
  return !behind.empty() && behind != ":" && behind != "." && !BeginsNote(behind);
}

// `bin/tool` is a file where nothing but labels stands around it; in a sentence it may be anything.
Naming NamingOfQuoted(const std::vector<std::string_view>& words, bool listed) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = Bare(words[i]);
    const bool path = StartsWith(words[i], "`") && word.find('/') != std::string_view::npos &&
                      word[0] != '/' && word.find_first_of(" \t<>\"'(){};=@*|,:") == std::string_view::npos;
    if (path && FormOf(words, i) == Naming::Form::kTight)
      return {Naming::Form::kTight, {std::string(word)}, listed, {}};
  }
  return {Naming::Form::kNone, {}, listed, {}};
}

// What may stand between the order and the path, and behind it.
constexpr std::string_view kOldFile[] = {"the",    "this",   "old",       "unused",     "obsolete", "whole",
                                         "entire", "file",   "files",     "module",     "script",   "legacy",
                                         "empty",  "header", "duplicate", "deprecated", "redundant"};
constexpr std::string_view kBeforeOrder[] = {"please", "also",     "then", "and",    "finally", "now", "next",
                                             "you",    "can",      "to",   "should", "must",    "i",   "i've",
                                             "safely", "remember", "step", "lastly", "we",      "need"};
constexpr std::string_view kBehindDeletion[] = {"which",      "because", "since", "as",  "after",
                                                "once",       "when",    "and",   "too", "entirely",
                                                "completely", "now",     "that",  "it"};
constexpr std::string_view kTrees[] = {"project",  "repository", "repo",   "tree",
                                       "codebase", "disk",       "sources"};

// Whether the words from `at` on, behind the path of a deletion, are of its reason and not of a part that
// goes.
bool GivesReason(const std::vector<std::string_view>& words, std::size_t at) {
  if (at >= words.size() || std::string_view(",.;:").find(words[at - 1].back()) != std::string_view::npos)
    return true;
  const std::string lower = Lower(Bare(words[at]));
  if (lower == "from") return IsOneOf(Lower(Bare(words[std::min(at + 2, words.size() - 1)])), kTrees);
  const bool other = at + 1 < words.size() && IsFileName(Bare(words[at + 1]));
  return BeginsNote(words[at]) || (IsOneOf(lower, kBehindDeletion) && !other);
}

// The path of a sentence that begins with the order to delete it, and says more: "Remove `a.c`, which ...".
std::string OrderedDeletion(std::string_view line) {
  if (line.size() > 1000) return {};
  if (line.find("elete") == line.npos && line.find("emove") == line.npos) return {};
  const std::string plain = PlainText(Trim(line));
  bool listed = false, deletes = false;
  const std::vector<std::string_view> words = WordsOf(WithoutSigns(plain, listed));
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view bare = Bare(words[i]);
    const std::string lower = Lower(bare);
    const bool forget = i + 1 < words.size() && Lower(words[i + 1]) == "forget";
    if (deletes && IsFileName(bare)) {
      const bool owner = EndsWith(words[i], "'s") || EndsWith(words[i], "\xE2\x80\x99s");
      return !owner && GivesReason(words, i + 1) ? std::string(bare) : std::string();
    }
    if (!deletes && IsOneOf(lower, {"delete", "remove", "deleted", "removed"}))
      deletes = true;
    else if (deletes ? !IsOneOf(lower, kOldFile)
                     : !IsOneOf(lower, kBeforeOrder) && !forget && lower != "forget")
      return {};
  }
  return {};
}

// Those of a sentence that says nothing else.
std::vector<std::string> DeletionsOnly(std::string_view line) {
  const std::string plain = PlainText(Trim(line));
  std::vector<std::string> paths;
  const bool heading = StartsWith(plain, "#");
  bool deletes = false, to_be = false;  // "should be deleted"; a heading leaves out "to be"
  for (std::string_view word : SpokenWords(plain)) {
    const std::string_view bare = Bare(word);
    const std::string lower = Lower(bare);
    deletes |= lower == "delete" || lower == "remove" ||
               ((heading || to_be) && (lower == "deleted" || lower == "removed"));
    to_be = lower == "be";
    if (IsFileName(bare))
      paths.emplace_back(bare);
    else if (!IsLabel(word) && !IsOneOf(lower, kDeletionWords))
      return {};
  }
  return deletes ? paths : std::vector<std::string>();
}

}  // namespace

Naming NamingOf(std::string_view line) {
  Naming naming;
  if (line.size() > 2000) return naming;
  const std::string plain = PlainText(Trim(line));
  const std::vector<std::string_view> words = WordsOf(WithoutSigns(plain, naming.listed));
  std::size_t at = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = Bare(words[i]);
    if (!IsFileName(word)) continue;
    if (std::find(naming.paths.begin(), naming.paths.end(), word) != naming.paths.end()) continue;
    if (naming.paths.empty()) at = i;
    naming.paths.emplace_back(word);
  }
  if (naming.paths.empty()) {
    Naming quoted = NamingOfQuoted(words, naming.listed);
    if (quoted.paths.empty()) quoted.another = AnotherFile(Trim(line));
    return quoted;
  }
  naming.form = naming.paths.size() == 1 ? FormOf(words, at) : Naming::Form::kMention;
  return naming;
}

std::string NamedOnLine(std::string_view line, const Naming& naming) {
  std::string named = NamedFile(line);
  if (named.empty()) named = BarePath(line);
  return named.empty() && naming.form == Naming::Form::kTight ? naming.paths[0] : named;
}

bool MayBeSame(std::string_view path, std::string_view other) {
  if (path.size() > other.size()) std::swap(path, other);
  if (path.empty() || !EndsWith(other, path)) return false;
  return path.size() == other.size() || other[other.size() - path.size() - 1] == '/';
}

std::string DeletedFile(std::string_view line) {
  bool listed = false;
  const std::string plain = PlainText(Trim(line));
  const std::string_view text = WithoutSigns(plain, listed);
  if (Lower(text.substr(0, 7)) != "delete:") return {};
  std::string_view behind = Trim(text.substr(7));
  if (EndsWith(behind, "`.")) behind.remove_suffix(1);
  if (SaysMore(behind)) return {};
  const std::string named = NamedFile("FILE:" + std::string(behind));
  const bool said = StartsWith(text, "DELETE:") || StartsWith(behind, "`");
  return said || LooksNamed(named) ? named : std::string();
}

std::vector<std::string> SpokenDeletions(std::string_view line) {
  std::vector<std::string> paths = DeletionsOnly(line);
  if (std::string path = paths.empty() ? OrderedDeletion(line) : std::string(); !path.empty())
    paths.push_back(std::move(path));
  return paths;
}

bool DeletesThis(std::string_view line) {
  const std::string plain = PlainText(Trim(line));
  bool deletes = false, file = false, to_be = false;
  const std::vector<std::string_view> words = SpokenWords(plain);
  for (std::string_view word : words) {
    const std::string lower = Lower(Bare(word));
    const bool deleted = lower == "deleted" || lower == "removed";
    deletes |= lower == "delete" || lower == "remove" || (deleted && (to_be || words.size() == 1));
    file |= lower == "file";
    to_be = lower == "be";
    if (!IsLabel(word) && !IsOneOf(lower, kDeletionWords) && lower != "this") return false;
  }
  return deletes && (file || words.size() == 1);
}

bool BeginsDeletions(std::string_view line) {
  const std::string plain = PlainText(Trim(line));
  if (!EndsWith(TrimEnd(plain), ":") && !StartsWith(plain, "#")) return false;
  bool deletes = false;
  for (std::string_view word : SpokenWords(plain)) {
    const std::string lower = Lower(Bare(word));
    deletes |= IsOneOf(lower, {"delete", "remove", "deleted", "removed", "deletions"});
    if (!IsLabel(word) && !IsOneOf(lower, kDeletionWords) &&
        !IsOneOf(lower, {"these", "following", "be", "deletions"}))
      return false;
  }
  return deletes;
}

std::string SpokenRename(std::string_view line) {
  const std::string plain = PlainText(Trim(line));
  std::vector<std::string_view> paths;
  bool renames = false;
  for (std::string_view word : SpokenWords(plain)) {
    const std::string lower = Lower(Bare(word));
    renames |= IsOneOf(lower, {"rename", "move", "renamed", "moved"});
    if (IsFileName(Bare(word)))
      paths.push_back(Bare(word));
    else if (!IsLabel(word) && !IsOneOf(lower, kDeletionWords) && !IsOneOf(lower, kRenameWords) &&
             !IsOneOf(lower, {"has", "been", "was", "i", "i've"}))
      return {};
  }
  return renames && paths.size() == 2 ? std::string(paths[0]) : std::string();
}

}  // namespace mamc::edit
