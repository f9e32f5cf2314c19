#include "sentence.hpp"

#include "words.hpp"

namespace mamc::edit {
namespace {

// Endings by which a word in a sentence is a file; others are members and methods as often.
constexpr std::string_view kEndings[] = {
    "c",    "h",   "cc",    "cpp",    "cxx",   "hh",   "hpp",  "hxx",    "py",    "pyi", "js",
    "jsx",  "mjs", "cjs",   "ts",     "tsx",   "go",   "rs",   "java",   "kt",    "kts", "rb",
    "php",  "sh",  "bash",  "zsh",    "pl",    "pm",   "lua",  "md",     "rst",   "txt", "json",
    "yaml", "yml", "toml",  "ini",    "cfg",   "conf", "xml",  "html",   "htm",   "css", "scss",
    "less", "sql", "proto", "gradle", "cmake", "mk",   "vue",  "svelte", "swift", "cs",  "scala",
    "ex",   "exs", "erl",   "hs",     "dart",  "zig",  "nix",  "tf",     "el",    "vim", "csv",
    "svg",  "po",  "ipynb", "am",     "ac",    "in",   "adoc", "bat",    "ps1"};
constexpr std::string_view kFileNames[] = {
    ".gitignore",  ".dockerignore", ".npmignore", ".env.example",  ".npmrc",      ".editorconfig",
    ".prettierrc", ".eslintrc",     ".flake8",    ".clang-format", ".clang-tidy", ".pylintrc",
    "go.mod",      "go.sum",        "go.work",    "CODEOWNERS",    "Pipfile",     "Brewfile"};
constexpr std::string_view kProducts[] = {"node.js", "next.js",    "vue.js",   "react.js",
                                          "nuxt.js", "express.js", "three.js", "asp.net"};

// `a.c:12` and `a.c:12-20` are the file.
std::string_view WithoutLine(std::string_view word) {
  const std::size_t mark = word.find(':');
  const std::string_view path = word.substr(0, mark);
  const bool numbers = mark != std::string_view::npos && mark + 1 < word.size() &&
                       word.find_first_not_of("0123456789-:", mark + 1) == std::string_view::npos;
  return numbers && LooksNamed(path) ? path : word;
}

}  // namespace

std::vector<std::string_view> WordsOf(std::string_view text) {
  std::vector<std::string_view> words;
  for (text = Trim(text); !text.empty(); text = Trim(text)) {
    std::size_t end = 0;
    bool quoted = false;
    for (; end < text.size() && (quoted || (text[end] != ' ' && text[end] != '\t')); ++end)
      quoted ^= text[end] == '`';
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

std::string_view Bare(std::string_view word) {
  const std::size_t tag = StartsWith(word, "<") ? word.find('>') : std::string_view::npos;
  if (tag != std::string_view::npos) {
    word.remove_prefix(tag + 1);
    word = word.substr(0, word.find("</"));
  }
  // A particle of another script may hang on a word in quotes.
  const std::size_t quoted = StartsWith(word, "`") ? word.find('`', 1) : std::string_view::npos;
  if (quoted != std::string_view::npos && quoted + 1 < word.size() &&
      static_cast<unsigned char>(word[quoted + 1]) >= 0x80)
    word = word.substr(0, quoted);
  while (!word.empty() && std::string_view("`\"'([{<*").find(word.front()) != std::string_view::npos)
    word.remove_prefix(1);
  for (bool owned = true; owned;) {
    while (!word.empty() && std::string_view("`\"')]}>*_,;:.!?").find(word.back()) != std::string_view::npos)
      word.remove_suffix(1);
    owned = false;
    for (std::string_view owner : {"'s", "\xE2\x80\x99s"})
      if (!owned && EndsWith(word, owner)) {
        word.remove_suffix(owner.size());
        owned = true;
      }
  }
  while (StartsWith(word, "./")) word.remove_prefix(2);
  return WithoutLine(word);
}

bool IsFileName(std::string_view word) {
  if (word.empty() || word[0] == '/' || word.find("://") != std::string_view::npos) return false;
  if (word.find_first_of(" \t<>\"'(){};=@*|`,") != std::string_view::npos) return false;
  const std::size_t slash = word.rfind('/'), dot = word.rfind('.');
  if (IsOneOf(word.substr(slash + 1), kFileNames)) return true;
  if (!LooksNamed(word)) return false;
  if (slash != std::string_view::npos)
    return LooksNamed(word.substr(slash + 1));  // with an ending, or a name such as Makefile
  if (dot == std::string_view::npos) return true;
  const std::string lower = Lower(word);
  return IsOneOf(std::string_view(lower).substr(dot + 1), kEndings) && !IsOneOf(lower, kProducts);
}

}  // namespace mamc::edit
