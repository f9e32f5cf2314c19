#include "another_file.hpp"

#include <vector>

#include "naming.hpp"
#include "sentence.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::string_view kOther[] = {"other", "second", "third", "fourth", "next", "another", "last"};
constexpr std::string_view kFiles[] = {"file", "module", "script", "header", "source"};

bool Announces(std::string_view line) {
  constexpr std::size_t kMost = 120;
  line = TrimEnd(line);
  return line.size() <= kMost &&
         (StartsWith(line, "#") || EndsWith(line, ":") || EndsWith(line, ":**") || IsBold(line));
}

}  // namespace

std::string AnotherFile(std::string_view line) {
  constexpr std::size_t kMostWords = 8;
  if (!Announces(line)) return {};
  const std::vector<std::string_view> words = WordsOf(line);
  if (words.size() > kMostWords) return {};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string word = Lower(Bare(words[i])), next = Lower(Bare(words[i + 1]));
    if (IsOneOf(word, kOther) && IsOneOf(next, kFiles)) return word + " " + next;
    const bool quoted = words[i + 1].find('`') != std::string_view::npos;
    if (quoted && IsOneOf(word, kFiles)) return std::string(Bare(words[i + 1]));
  }
  return {};
}

bool MayBeCalled(const std::string& path, const std::string& name) {
  const std::string stem = path.substr(0, path.rfind('.'));
  std::string dotted = name;
  for (char& c : dotted)
    if (c == '.') c = '/';
  return MayBeSame(stem, name) || MayBeSame(stem, dotted);
}

}  // namespace mamc::edit
