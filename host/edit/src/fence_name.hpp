// How a fence names the file that stands in it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "markers.hpp"

namespace mamc::edit {

struct FenceName {
  std::string path{};       // empty: none is named
  bool by_heading = false;  // in words that stand above snippets as well
  bool said_new = false;    // they say that there is no such file yet
  bool snippet = false;     // named by the fence itself, as snippets are
  bool by_words = false;    // named by a sentence alone
  std::string head{};       // the comment that names it
  std::size_t first = 0;    // the file's first line, when a line of the fence names it
};

// By the first line of a fence, `FILE: a.c`, `// a.c` or, where the fence has a word, `src/a.c`.
FenceName NameByFirstLine(const std::vector<std::string_view>& lines, const Fence& fence, std::size_t first);

}  // namespace mamc::edit
