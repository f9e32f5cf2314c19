// libFuzzer: any bytes as an answer. scripts/fuzz-edit builds and runs it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "mamc/edit/parse.hpp"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const auto lines = static_cast<std::size_t>(std::count(input.begin(), input.end(), '\n')) + 1;
  const auto answer = mamc::edit::ParseAnswer(input);
  for (const auto& edit : answer.edits) Require(edit.line > 0 && edit.line <= lines && !edit.path.empty());
  for (const auto& problem : answer.problems)
    Require(problem.line > 0 && problem.line <= lines + 1 && !problem.text.empty());
  // A block that is cut is told of, whatever stands before it.
  Require(!mamc::edit::ParseAnswer(input + "\n\na.c\n<<<<<<< SEARCH\na\n=======\nb\n").problems.empty());
  return 0;
}
