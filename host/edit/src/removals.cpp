#include "removals.hpp"

#include <algorithm>

#include "claims.hpp"
#include "sentence.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

// "I removed the unused `os` import.": nothing but imports is said to go.
bool SpeaksOfImportsAlone(std::string_view text) {
  bool imports = false;
  for (std::string_view each : WordsOf(text)) {
    const std::string word = Lower(Bare(each));
    imports |= IsOneOf(word, {"import", "imports", "include", "includes"});
    if (IsOneOf(word, {"function", "functions", "method", "methods", "class", "classes", "code", "helper",
                       "helpers", "and", "constant", "constants", "type", "types", "test", "tests"}))
      return false;
  }
  return imports;
}

}  // namespace

void Removals::Hear(std::string_view text, std::size_t found) {
  if (!SaysRemoved(text)) return;
  imports_ = SpeaksOfImportsAlone(text) && (imports_ || found_ != found);
  found_ = found;
}

}  // namespace mamc::edit
