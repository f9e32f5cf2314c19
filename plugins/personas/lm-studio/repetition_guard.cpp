#include "repetition_guard.hpp"

#include <algorithm>
#include <vector>

namespace lm_studio {
namespace {

constexpr std::size_t kTimes = 8;

// The length of the shortest piece that `text` is made of, the last one maybe in part: the text less its
// longest border, which is a beginning that is also its end (Knuth, Morris and Pratt).
std::size_t PeriodOf(std::string_view text) {
  std::vector<std::size_t> border(text.size() + 1, 0);
  std::size_t length = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    while (length > 0 && text[i] != text[length]) length = border[length];
    if (text[i] == text[length]) ++length;
    border[i + 1] = length;
  }
  return text.size() - border[text.size()];
}

// A byte of UTF-8 that continues a sign.
bool IsWithinSign(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

}  // namespace

bool RepetitionGuard::Feed(std::string_view piece) {
  if (limit_bytes_ == 0) return false;
  tail_ += piece;
  unseen_bytes_ += piece.size();
  if (tail_.size() < limit_bytes_ || unseen_bytes_ < limit_bytes_ / 8) return false;
  unseen_bytes_ = 0;
  tail_.erase(0, tail_.size() - limit_bytes_);
  const std::size_t period = PeriodOf(tail_);
  if (period > limit_bytes_ / kTimes) return false;
  std::size_t begin = tail_.size() - std::min<std::size_t>(period, 80);
  while (begin < tail_.size() && IsWithinSign(tail_[begin])) ++begin;
  repeated_ = tail_.substr(begin);
  return true;
}

}  // namespace lm_studio
