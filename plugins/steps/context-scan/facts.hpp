// What one file says, whatever it is called: the names it defines and the words it holds. Facts depend on the
// bytes alone, so they are kept by the id of these (cache.hpp). Words are numbers of one dictionary.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "languages.hpp"

// Words by number, in the order in which they came.
class Dictionary {
 public:
  std::uint32_t NumberOf(std::string_view word);
  const std::string& word(std::uint32_t number) const { return words_[number]; }
  std::size_t size() const { return words_.size(); }

 private:
  std::deque<std::string> words_;  // where the keys of `numbers_` lie
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

struct Symbol {
  std::uint32_t name = 0;
  int line = 0;
  bool operator==(const Symbol&) const = default;
};

struct Use {
  std::uint32_t word = 0;
  std::uint32_t times = 0;
  bool operator==(const Use&) const = default;
};

struct Facts {
  std::vector<Symbol> symbols;  // by line
  std::vector<Use> uses;        // by the first place
  bool operator==(const Facts&) const = default;
};

// No file has more of them, and none is read beyond kMostTextBytes.
inline constexpr std::size_t kMostSymbols = 400;
inline constexpr std::size_t kMostWords = 2000;
inline constexpr std::size_t kMostTextBytes = 256 << 10;

// What is kept as a word: UTF-8, not too short and not too long.
bool IsWord(std::string_view name);
bool IsBinary(std::string_view text);
// The identifiers and words of a text.
std::vector<Use> UsesIn(std::string_view text, Dictionary& dictionary);
// What the lines define, by the patterns of the language.
std::vector<Symbol> SymbolsIn(std::string_view text, const Language& language, Dictionary& dictionary);
