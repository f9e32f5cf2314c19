#include "claims.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "words.hpp"

namespace mamc::edit {
namespace {

struct Token {
  std::string word;    // small, without the signs around it
  bool name = false;   // of a part of a program or of a file
  bool path = false;   // of a file
  bool ends = false;   // a sign behind it ends what belongs together
  bool stops = false;  // the sentence as well
};

// The first word of a sentence is great whatever it is.
bool IsName(std::string_view raw, std::string_view bare, bool first_word) {
  const bool quoted = raw.find('`') != std::string_view::npos;
  const auto first = static_cast<unsigned char>(bare[0]);
  if (quoted) return std::isalpha(first) != 0 || first == '_';
  return (std::isupper(first) != 0 && !first_word) || bare.find('_') != std::string_view::npos ||
         EndsWith(raw, "()");
}

Token TokenOf(std::string_view raw, bool first_word) {
  constexpr std::string_view kAround = "`*_\"'()[]#-.,:;!?";
  Token token;
  std::string_view bare = raw;
  while (!bare.empty() && kAround.find(bare.back()) != std::string_view::npos) {
    token.ends |= std::string_view("),.:;!?").find(bare.back()) != std::string_view::npos;
    token.stops |= std::string_view(".;!?").find(bare.back()) != std::string_view::npos;
    bare.remove_suffix(1);
  }
  while (!bare.empty() && kAround.find(bare.front()) != std::string_view::npos) bare.remove_prefix(1);
  if (bare.empty()) return token;
  token.word = Lower(bare);
  token.name = IsName(raw, bare, first_word);
  token.path = LooksNamed(bare);
  return token;
}

using Tokens = std::vector<Token>;

// A bracket begins a sentence of its own.
std::vector<Tokens> SentencesOf(std::string_view line) {
  constexpr std::size_t kMost = 400;
  line = line.substr(0, kMost);
  std::vector<Tokens> sentences(1);
  while (!(line = Trim(line)).empty()) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    Token token = TokenOf(line.substr(0, end), sentences.back().empty());
    if (line[0] == '(' && !sentences.back().empty()) sentences.emplace_back();
    line.remove_prefix(end);
    const bool stops = token.stops;
    if (!token.word.empty())
      sentences.back().push_back(std::move(token));
    else if (!sentences.back().empty())
      sentences.back().back().ends = true;
    if (stops) sentences.emplace_back();
  }
  return sentences;
}

bool Denies(const Token& token) {
  return EndsWith(token.word, "n't") || EndsWith(token.word, "n\xE2\x80\x99t") ||
         IsOneOf(token.word, {"not", "cannot", "never", "without", "nothing", "nor", "none"});
}

bool IsArticle(const Token& token) {
  return IsOneOf(token.word, {"the", "a", "an", "your", "my", "its", "this", "that", "our", "these"});
}

// ---- whole files

bool IsFileWord(const Token& token) {
  return token.path || IsOneOf(token.word, {"file", "files"});
}

bool IsContentWord(const Token& token) {
  return IsOneOf(token.word, {"content", "contents", "code", "source", "text", "version", "listing"});
}

bool IsOnTheWay(const Token& token) {
  return IsArticle(token) ||
         IsOneOf(token.word, {"updated", "new", "modified", "corrected", "revised", "final", "fixed",
                              "rewritten", "resulting", "replacement", "current"});
}

// Where the words for the file that begin at `at` end; 0: they are not for a file. A content is one of a
// file, unless the line has named one already.
std::size_t EndOfFileWords(const Tokens& tokens, std::size_t at, bool named) {
  auto skip = [&](auto is) {
    const std::size_t begin = at;
    while (at < tokens.size() && is(tokens[at])) ++at;
    return at > begin;
  };
  skip(IsOnTheWay);
  if (skip(IsFileWord)) {
    skip(IsContentWord);
    return at;
  }
  if (!skip(IsContentWord)) return 0;
  if (at < tokens.size() && IsOneOf(tokens[at].word, {"of", "for", "in"})) {
    ++at;
    skip(IsOnTheWay);
    return skip(IsFileWord) ? at : 0;
  }
  return named ? at : 0;
}

bool MayStandBefore(const Token& token) {
  return token.path ||
         IsOneOf(token.word, {"is",        "are",     "here",      "here's",    "here\xE2\x80\x99s",
                              "below",     "with",    "send",      "sending",   "give",
                              "giving",    "return",  "returning", "provide",   "providing",
                              "write",     "writing", "replace",   "replacing", "replaced",
                              "overwrite", "rewrote", "rewrite",   "see",       "show",
                              "showing",   "be"});
}

bool MayStandBehind(const Token& token) {
  return IsOneOf(token.word, {"with", "after", "including", "incorporating", "that", "which", "now", "below",
                              "here", "follows", "again", "for", "of", "at", "as", "and", "in"});
}

bool LimitsWhole(const Token& token) {
  return Denies(token) || IsOneOf(token.word, {"no", "only", "just", "instead", "rather", "except", "unless",
                                               "too", "would", "could", "if", "unchanged", "part", "parts",
                                               "snippet", "excerpt", "relevant", "section", "sections"});
}

Whole SaysWhole(const Tokens& tokens, bool named) {
  const bool limited = std::any_of(tokens.begin(), tokens.end(), LimitsWhole);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!IsOneOf(tokens[i].word, {"whole", "complete", "full", "entire"})) continue;
    const std::size_t end = EndOfFileWords(tokens, i + 1, named);
    if (end == 0) continue;
    if (limited) return Whole::kDenied;
    std::size_t before = i;
    while (before > 0 && IsArticle(tokens[before - 1])) --before;
    const bool begins = before == 0 || tokens[before - 1].ends || MayStandBefore(tokens[before - 1]);
    const bool follows =
        end == tokens.size() || tokens[end - 1].ends || MayStandBehind(tokens[end]) ||
        (tokens[end].word == "is" && (end + 1 == tokens.size() || MayStandBehind(tokens[end + 1])));
    if (begins && follows) return Whole::kSaid;
  }
  return Whole::kUnsaid;
}

// ---- parts that go

bool IsPart(const Token& token) {
  constexpr std::string_view kParts[] = {
      "function",   "functions",   "method",      "methods",      "class",    "classes",    "import",
      "imports",    "constant",    "constants",   "section",      "sections", "block",      "blocks",
      "code",       "helper",      "helpers",     "type",         "types",    "struct",     "structs",
      "enum",       "enums",       "interface",   "interfaces",   "variable", "variables",  "test",
      "tests",      "route",       "routes",      "handler",      "handlers", "endpoint",   "endpoints",
      "component",  "components",  "module",      "modules",      "job",      "jobs",       "service",
      "services",   "stage",       "stages",      "target",       "targets",  "dependency", "dependencies",
      "definition", "definitions", "declaration", "declarations", "wrapper",  "wrappers",   "implementation",
      "script",     "scripts"};
  return IsOneOf(token.word, kParts);
}

// What a program may remove as well: a part of a file only when it has a name, or is said to be of no use.
bool IsThing(const Token& token) {
  return IsOneOf(token.word,
                 {"file", "files", "line", "lines", "entry", "entries", "item", "items", "key", "keys",
                  "field", "fields", "rule", "rules", "step", "steps", "property", "properties"});
}

bool IsUseless(const Token& token) {
  return IsOneOf(token.word, {"unused", "dead", "obsolete", "unneeded", "redundant", "deprecated"});
}

// The words [begin, end) belong together; the last says what it is.
bool IsOfFile(const Tokens& tokens, std::size_t begin, std::size_t end) {
  if (begin >= end) return false;
  const Token& head = tokens[end - 1];
  if (head.name || head.path || IsPart(head)) return true;
  const auto first = tokens.begin() + static_cast<std::ptrdiff_t>(begin),
             last = tokens.begin() + static_cast<std::ptrdiff_t>(end);
  return IsThing(head) &&
         std::any_of(first, last, [](auto& token) { return token.name || token.path || IsUseless(token); });
}

bool EndsThing(const Token& token) {
  return IsOneOf(token.word, {"and", "or",      "from",  "in",      "of",      "which",   "that", "for",
                              "to",  "because", "since", "as",      "at",      "with",    "is",   "are",
                              "was", "were",    "so",    "on",      "by",      "has",     "have", "been",
                              "be",  "now",     "no",    "removed", "deleted", "dropped", "gone"});
}

constexpr std::size_t kMostWords = 10;  // for one part

bool RemovesBehind(const Tokens& tokens, std::size_t verb) {
  std::size_t begin = verb + 1;
  while (begin < tokens.size() && (IsArticle(tokens[begin]) || tokens[begin].word == "of")) ++begin;
  std::size_t end = begin;
  while (end < std::min(begin + kMostWords, tokens.size()) && !EndsThing(tokens[end]) &&
         (end == begin || !tokens[end - 1].ends))
    ++end;
  return IsOfFile(tokens, begin, end);
}

// "The `Store` class was removed".
bool IsRemovedBefore(const Tokens& tokens, std::size_t verb) {
  std::size_t end = verb;
  while (end > 0 &&
         IsOneOf(tokens[end - 1].word, {"is", "are", "was", "were", "has", "have", "been", "be", "now"}))
    --end;
  std::size_t begin = end;
  while (begin > 0 && end - begin < kMostWords && !EndsThing(tokens[begin - 1]) && !tokens[begin - 1].ends)
    --begin;
  return IsOfFile(tokens, begin, end);
}

bool SaysRemoved(const Tokens& tokens) {
  if (std::any_of(tokens.begin(), tokens.end(), Denies)) return false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string& word = tokens[i].word;
    const bool done = IsOneOf(word, {"removed", "deleted", "dropped"});
    const bool does = IsOneOf(word, {"remove", "removes", "removing", "delete", "deletes", "deleting", "drop",
                                     "drops", "dropping", "rid"});
    const bool gone = word == "gone" || (word == "longer" && i > 0 && tokens[i - 1].word == "no");
    if ((done || does) && RemovesBehind(tokens, i)) return true;
    if ((done || gone) && IsRemovedBefore(tokens, gone && word == "longer" ? i - 1 : i)) return true;
  }
  return false;
}

}  // namespace

Whole SaysWhole(std::string_view line) {
  Whole said = Whole::kUnsaid;
  bool named = false;
  for (const Tokens& tokens : SentencesOf(line)) {
    const Whole here = SaysWhole(tokens, named);
    if (here == Whole::kDenied) return here;
    if (here == Whole::kSaid) said = here;
    named = named || std::any_of(tokens.begin(), tokens.end(), [](auto& token) { return token.path; });
  }
  return said;
}

bool SaysRemoved(std::string_view line) {
  const std::vector<Tokens> sentences = SentencesOf(line);
  return std::any_of(sentences.begin(), sentences.end(),
                     [](const Tokens& tokens) { return SaysRemoved(tokens); });
}

void Claims::Hear(std::string_view text, std::size_t line, std::size_t found) {
  const Whole whole = SaysWhole(text);
  if (whole != Whole::kUnsaid) whole_ = {whole == Whole::kSaid, line, found};
  if (SaysRemoved(text)) removed_ = {true, line, found};
}

}  // namespace mamc::edit
