#include "languages.hpp"

#include <map>

namespace {

constexpr Language kLanguages[] = {
    {"C", "c h", "struct enum union #define", "", true},
    {"C++", "cc cpp cxx hpp hh hxx ipp", "class struct enum union namespace concept #define", "", true},
    {"Rust", "rs", "fn struct enum trait mod union macro_rules!", "type const static"},
    {"Go", "go", "func type", "const var"},
    {"Python", "py pyi pyx", "def class", ""},
    {"JavaScript", "js jsx mjs cjs", "function class", "const let var", true},
    {"TypeScript", "ts tsx mts", "function class interface enum namespace", "type const let", true},
    {"Java", "java", "class interface enum record @interface", "", true},
    {"Kotlin", "kt kts", "fun class interface object", "val var"},
    {"Swift", "swift", "func class struct enum protocol extension", ""},
    {"Ruby", "rb rake", "def class module", ""},
    {"PHP", "php", "function class interface trait", ""},
    {"C#", "cs", "class interface enum struct record namespace", "", true},
    {"Scala", "scala", "def class object trait", ""},
    {"Shell", "sh bash", "function", "", true},
    {"Lua", "lua", "function", ""},
    {"Perl", "pl pm", "sub", "package"},
    {"Zig", "zig", "fn", "const"},
    {"Elixir", "ex exs", "def defp defmodule defmacro", ""},
    {"Haskell", "hs", "data newtype class", ""},
    {"OCaml", "ml mli", "module type", "let"},
    {"Vala", "vala", "class interface enum namespace", "", true},
    {"Objective-C", "m mm", "@interface @implementation @protocol #define", "", true},
    {"R", "r", "", ""},
    {"SQL", "sql", "", ""},
    {"HTML", "html htm", "", ""},
    {"CSS", "css scss less", "", ""},
    {"Vue", "vue", "", ""},
    {"Svelte", "svelte", "", ""},
    {"CMake", "cmake CMakeLists.txt", "", ""},
    {"Make", "mk Makefile GNUmakefile Makefile.am Makefile.in", "", ""},
    {"Markdown", "md", "", ""},
    {"JSON", "json", "", ""},
    {"YAML", "yml yaml", "", ""},
    {"TOML", "toml", "", ""},
    {"XML", "xml", "", ""},
};

template <class Take>
void EachWord(std::string_view words, Take take) {
  for (std::size_t end = 0; !words.empty(); words.remove_prefix(end)) {
    end = words.find(' ');
    take(words.substr(0, end));
    end = end == std::string_view::npos ? words.size() : end + 1;
  }
}

std::map<std::string_view, const Language*> ByEnding() {
  std::map<std::string_view, const Language*> by_ending;
  for (const Language& language : kLanguages)
    EachWord(language.endings, [&](std::string_view ending) { by_ending.emplace(ending, &language); });
  return by_ending;
}

}  // namespace

const Language* LanguageOf(std::string_view path) {
  static const std::map<std::string_view, const Language*> by_ending = ByEnding();
  const std::string_view name = NameOf(path);
  auto found = by_ending.find(name);
  if (const std::size_t dot = name.rfind('.'); found == by_ending.end() && dot != std::string_view::npos)
    found = by_ending.find(name.substr(dot + 1));
  return found == by_ending.end() ? nullptr : found->second;
}

std::string_view NameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string_view FolderOf(std::string_view path) {
  return path.substr(0, path.rfind('/') + 1);
}

bool IsTest(std::string_view path) {
  const auto has = [&](std::string_view part) { return path.find(part) != std::string_view::npos; };
  return path.starts_with("test/") || path.starts_with("tests/") || has("/test/") || has("/tests/") ||
         has("_test.") || has(".test.") || has(".spec.") || NameOf(path).starts_with("test_");
}

bool HasWord(std::string_view words, std::string_view word) {
  bool found = false;
  EachWord(words, [&](std::string_view one) { found = found || one == word; });
  return found;
}
