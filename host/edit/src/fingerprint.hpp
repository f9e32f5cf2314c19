// Tells edits and answers apart by what they ask for, wherever it stands in an answer; no proof against a
// forger.
#pragma once
#include <cstdint>
#include <string_view>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

class Fingerprint {
 public:
  void Add(const Edit& edit);
  std::uint64_t value() const { return value_; }

 private:
  void Add(std::string_view text);
  void AddWord(std::uint64_t word);

  std::uint64_t value_ = 0xCBF29CE484222325ull;
};

// Whether both ask for the same.
bool SameRequest(const Edit& a, const Edit& b);

}  // namespace mamc::edit
