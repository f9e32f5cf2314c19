#include "languages.hpp"

#include "words.hpp"

namespace mamc::edit {

bool HasEnding(const std::string& path, std::initializer_list<std::string_view> endings) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string::npos) return false;
  return IsOneOf(Lower(std::string_view(path).substr(dot + 1)), endings);
}

bool IsPython(const std::string& path) {
  return HasEnding(path, {"py", "pyi", "pyx", "pyw"});
}

bool IsJson(const std::string& path) {
  return HasEnding(path, {"json", "jsonl", "ipynb", "webmanifest", "geojson"});
}

bool IsMarkdown(const std::string& path) {
  return HasEnding(path, {"md", "mdx", "markdown"});
}

bool HasNoDots(const std::string& path) {
  return HasEnding(path, {"c",    "h",    "cc",    "cpp",   "cxx", "hh",   "hpp",  "hxx", "m",     "mm",
                          "java", "kt",   "kts",   "cs",    "go",  "rs",   "js",   "jsx", "mjs",   "cjs",
                          "ts",   "tsx",  "swift", "php",   "lua", "dart", "zig",  "sql", "css",   "scss",
                          "less", "json", "toml",  "scala", "rb",  "sh",   "bash", "vue", "svelte"});
}

bool HasSpread(const std::string& path) {
  return HasEnding(path, {"js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "php", "svelte",
                          "astro", "dart", "html", "graphql", "gql", "coffee", "mdx"});
}

bool IsForeignSign(const std::string& path, std::string_view sign) {
  if (IsJson(path)) return true;
  const bool hash = HasEnding(path, {"py", "pyi", "rb", "sh", "bash", "zsh", "pl", "r", "yml", "yaml", "toml",
                                     "mk", "cmake", "ex", "exs", "jl", "nim"});
  const bool slashes = HasEnding(
      path, {"c",  "h",  "cc",  "cpp", "cxx", "hh", "hpp", "hxx",   "java", "kt",  "cs",   "go",
             "rs", "js", "jsx", "mjs", "cjs", "ts", "tsx", "swift", "dart", "zig", "scss", "scala"});
  if (hash) return sign != "#";
  return slashes && sign != "//" && sign != "/*";
}

}  // namespace mamc::edit
