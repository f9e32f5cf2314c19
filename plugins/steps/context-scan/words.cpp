#include "words.hpp"

#include <algorithm>
#include <iterator>

#include "mamc/base/text.hpp"

namespace {

constexpr std::string_view kSayNothing[] = {
    "about", "add",     "after", "all",  "also",  "an",    "and",  "any",   "are",   "as",     "at",
    "be",    "because", "been",  "but",  "by",    "can",   "do",   "does",  "for",   "from",   "had",
    "has",   "have",    "how",   "if",   "in",    "into",  "is",   "it",    "its",   "make",   "may",
    "more",  "no",      "not",   "of",   "on",    "only",  "or",   "our",   "out",   "should", "so",
    "some",  "than",    "that",  "the",  "their", "them",  "then", "there", "these", "they",   "this",
    "to",    "up",      "use",   "used", "uses",  "using", "was",  "we",    "were",  "what",   "when",
    "where", "which",   "while", "will", "with",  "would", "you",  "your"};

// Not what a linguist would say: the same for "header", "headers"; "parse", "parsed", "parsing", "parser".
std::string Stem(std::string word) {
  const auto cut = [&](std::string_view end, std::size_t least) {
    if (word.size() < end.size() + least || !word.ends_with(end)) return false;
    word.resize(word.size() - end.size());
    return true;
  };
  if (!word.ends_with("ss")) cut("s", 3);
  cut("ing", 3) || cut("ed", 3) || cut("er", 4);
  cut("e", 3);
  return word;
}

bool SaysNothing(const std::string& word) {
  return word.size() < 2 ||
         std::binary_search(std::begin(kSayNothing), std::end(kSayNothing), std::string_view(word));
}

// Where the word that begins at `begin` ends: before a capital behind a small letter, before the last capital
// of several ("HTTPServer"), before what is no letter or digit.
std::size_t EndOfWord(std::string_view text, std::size_t begin) {
  std::size_t at = begin + 1;
  for (; at < text.size() && ContinuesName(text[at]) && text[at] != '_'; ++at) {
    const bool after_small = IsUpper(text[at]) && !IsUpper(text[at - 1]);
    const bool before_small = IsUpper(text[at]) && at + 1 < text.size() && IsLower(text[at + 1]);
    if (after_small || before_small) break;
  }
  return at;
}

}  // namespace

std::vector<std::string> StemsOf(std::string_view text) {
  std::vector<std::string> stems;
  for (std::size_t at = 0; at < text.size();) {
    if (!ContinuesName(text[at]) || text[at] == '_') {
      ++at;
      continue;
    }
    const std::size_t end = EndOfWord(text, at);
    std::string word = mamc::Lower(text.substr(at, end - at));
    if (!SaysNothing(word)) stems.push_back(Stem(std::move(word)));
    at = end;
  }
  return stems;
}
