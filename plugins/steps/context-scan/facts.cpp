#include "facts.hpp"

#include <algorithm>

#include "mamc/base/text.hpp"
#include "words.hpp"

namespace {

constexpr std::size_t kLeastWordBytes = 2, kMostWordBytes = 64;
constexpr std::size_t kMostLineBytes = 400;  // longer ones are data, or made by a program
constexpr std::string_view kNoFunctions =
    "if for while switch return else catch sizeof do case defined using throw new delete assert typeof "
    "function "
    "foreach until elif";
constexpr std::string_view kMayFollow = "final extends implements with where for is struct interface";

// The next identifier at or behind `at`, which moves behind it; empty: the text has no more.
std::string_view NextName(std::string_view text, std::size_t* at) {
  std::size_t begin = *at;
  while (begin < text.size() && !StartsName(text[begin])) ++begin;
  std::size_t end = begin;
  while (end < text.size() && ContinuesName(text[end])) ++end;
  *at = end;
  return text.substr(begin, end - begin);
}

std::size_t BehindSpaces(std::string_view text, std::size_t at) {
  while (at < text.size() && IsSpace(text[at])) ++at;
  return at;
}

// "struct name {" defines the name, "struct name other;" and "struct name *f()" do not.
bool Defines(std::string_view line, std::size_t behind_name) {
  std::size_t at = BehindSpaces(line, behind_name);
  if (at == line.size()) return true;
  if (StartsName(line[at])) return behind_name < at && HasWord(kMayFollow, NextName(line, &at));
  return std::string_view("*&;,)").find(line[at]) == std::string_view::npos;
}

// The name behind a keyword of the language, as `fn` in "pub(crate) fn open<T>(path: T)".
std::string_view NameBehindKeyword(std::string_view line, const Language& language) {
  const std::size_t begin = BehindSpaces(line, 0);
  const bool is_macro = line.substr(begin).starts_with("#define ");
  if (is_macro && HasWord(language.keywords, "#define")) {
    std::size_t at = begin + 8;
    return NextName(line, &at);
  }
  std::size_t at = begin;
  for (int words = 0; words < 6; ++words) {
    std::string_view word = NextName(line, &at);
    if (word.empty()) return {};
    const std::size_t start = static_cast<std::size_t>(word.data() - line.data());
    if (start > 0 && line[start - 1] == '@') word = line.substr(start - 1, word.size() + 1);
    if (at < line.size() && line[at] == '!') word = line.substr(start, word.size() + 1);
    const bool at_start = begin == 0 && HasWord(language.at_start, word);
    if (!at_start && !HasWord(language.keywords, word)) continue;
    const bool is_alone = at < line.size() && (IsSpace(line[at]) || line[at] == '!');
    if (!is_alone) return {};
    std::size_t next = BehindSpaces(line, at + (line[at] == '!' ? 1 : 0));
    if (next < line.size() && line[next] == '(')  // func (receiver *Type) Name
      next = std::min(line.find(')', next), line.size() - 1) + 1;
    next = BehindSpaces(line, next);
    if (next == line.size() || !StartsName(line[next])) continue;
    const std::string_view name = NextName(line, &next);
    if (HasWord(language.keywords, name)) continue;  // enum class Name
    return Defines(line, next) || at_start ? name : std::string_view();
  }
  return {};
}

// The name before the first parenthesis of a function's head: it stands at the start of a line, or the line
// opens a block.
std::string_view FunctionName(std::string_view line) {
  const std::size_t open = line.find('(');
  if (open == std::string_view::npos || open == 0) return {};
  const std::size_t last = line.find_last_not_of(" \t\r");
  const bool opens = line[last] == '{';
  const bool is_head = StartsName(line[0]) && (line[last] == ')' || line[last] == ',' || line[last] == '(');
  if (!opens && !is_head) return {};
  std::size_t end = open;
  while (end > 0 && IsSpace(line[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && ContinuesName(line[begin - 1])) --begin;
  if (begin == end || !StartsName(line[begin])) return {};
  const std::string_view before = line.substr(0, begin);
  if (before.find_first_of("=\"'#.") != std::string_view::npos) return {};
  std::size_t at = 0;
  if (HasWord(kNoFunctions, NextName(line, &at))) return {};
  return line.substr(begin, end - begin);
}

std::string_view DefinedIn(std::string_view line, const Language& language) {
  if (line.size() > kMostLineBytes) return {};
  const std::string_view name = NameBehindKeyword(line, language);
  if (!name.empty() || !language.braces || line.empty()) return name;
  const std::string_view function = FunctionName(line);
  return HasWord(kNoFunctions, function) ? std::string_view() : function;
}

}  // namespace

std::uint32_t Dictionary::NumberOf(std::string_view word) {
  if (auto known = numbers_.find(word); known != numbers_.end()) return known->second;
  words_.emplace_back(word);
  const auto number = static_cast<std::uint32_t>(words_.size() - 1);
  numbers_.emplace(words_.back(), number);
  return number;
}

bool IsWord(std::string_view name) {
  return name.size() >= kLeastWordBytes && name.size() <= kMostWordBytes && mamc::IsUtf8(name);
}

bool IsBinary(std::string_view text) {
  return text.substr(0, 8000).find('\0') != std::string_view::npos;
}

std::vector<Use> UsesIn(std::string_view text, Dictionary& dictionary) {
  text = text.substr(0, kMostTextBytes);
  std::vector<Use> uses;
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t at = 0;;) {
    const std::string_view word = NextName(text, &at);
    if (word.empty()) return uses;
    if (auto seen = places.find(word); seen != places.end()) {
      ++uses[seen->second].times;
    } else if (uses.size() < kMostWords && IsWord(word)) {
      places.emplace(word, uses.size());
      uses.push_back({dictionary.NumberOf(word), 1});
    }
  }
}

std::vector<Symbol> SymbolsIn(std::string_view text, const Language& language, Dictionary& dictionary) {
  text = text.substr(0, kMostTextBytes);
  std::vector<Symbol> symbols;
  for (int number = 1; !text.empty() && symbols.size() < kMostSymbols; ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view name = DefinedIn(text.substr(0, end), language);
    if (IsWord(name)) symbols.push_back({dictionary.NumberOf(name), number});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return symbols;
}
