// Sees when a model says the same for ever: the end of its text is one piece, again and again.
//
// Used by one thread.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace lm_studio {

class RepetitionGuard {
 public:
  // So many bytes at the end of the text, made of one piece at least 8 times, are a repetition; 0: none is.
  explicit RepetitionGuard(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  // True once the text repeats itself.
  bool Feed(std::string_view piece);
  // The piece that comes again, shortened; "" unless Feed said so.
  const std::string& repeated() const { return repeated_; }

 private:
  const std::size_t limit_bytes_;
  std::string tail_;
  std::size_t unseen_bytes_ = 0;  // came since the tail was looked at
  std::string repeated_;
};

}  // namespace lm_studio
