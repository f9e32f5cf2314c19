// libFuzzer: any bytes as an answer. scripts/fuzz-edit builds and runs it.
#include <cstdint>
#include <cstdlib>

#include "mamc/edit/parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto whole = mamc::edit::ParseAnswer(input);
  for (const auto& edit : whole.edits)
    if (edit.line == 0) std::abort();
  // What was cut is never taken for whole.
  if (mamc::edit::ParseAnswer(input, mamc::edit::Finish::kCut).problems.empty()) std::abort();
  return 0;
}
