#include "context_window.hpp"

#include <algorithm>
#include <cmath>

namespace mamc::worker {
namespace {

// Texts differ: a prompt of prose says little about the next one, which may be digits.
constexpr double kMargin = 1.15;
constexpr double kLeastRatio = 0.7;
// No tokenizer in use makes less of any text that people write.
constexpr double kLeastPlausible = 0.2;
// No window is smaller: such a count is of what the server did not have in its cache.
constexpr std::int64_t kSmallestWindow = 1024;
constexpr std::int64_t kTooSmallToTell = 500;  // of an estimate: the server's own template weighs too much

bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}

std::int64_t Share(std::size_t bytes, std::size_t each) {
  return static_cast<std::int64_t>((bytes + each - 1) / each);
}

// The end of the characters like the first one of `text`.
template <class IsLike>
std::size_t RunLength(std::string_view text, IsLike is_like) {
  std::size_t end = 0;
  while (end < text.size() && is_like(text[end])) ++end;
  return end;
}

struct Piece {
  std::size_t bytes;
  std::int64_t tokens;
};

// "Word", "word" and "WORD": tokenizers split where the case changes, and know few words in capitals.
Piece Word(std::string_view text) {
  const std::size_t capitals = RunLength(text, IsUpper);
  const std::size_t small = RunLength(text.substr(capitals), IsLower);
  const std::size_t all = capitals + small;
  if (capitals <= 1) return {all, Share(all, 4)};
  return {all, Share(capitals, 2) + Share(small, 4)};
}

// Digits stand alone in many tokenizers, and so do most signs; what is repeated is put together.
Piece FirstPiece(std::string_view text) {
  const char first = text.front();
  const auto byte = static_cast<unsigned char>(first);
  if (IsLower(first) || IsUpper(first)) return Word(text);
  if ((first >= '0' && first <= '9') || first == '\n' || first == '\r' || first == '\t') return {1, 1};
  if (byte >= 0xF0) return {std::min<std::size_t>(4, text.size()), 4};
  if (byte >= 0xE0) return {std::min<std::size_t>(3, text.size()), 2};
  if (byte >= 0x80) return {std::min<std::size_t>(2, text.size()), 1};
  const std::size_t run = RunLength(text, [first](char c) { return c == first; });
  if (first == ' ') return {run, run == 1 ? 0 : Share(run, 16)};  // one belongs to the word behind it
  return {run, Share(run, 4)};
}

}  // namespace

std::int64_t EstimateTokens(std::string_view text) {
  std::int64_t tokens = 0;
  while (!text.empty()) {
    const Piece piece = FirstPiece(text);
    tokens += piece.tokens;
    text.remove_prefix(piece.bytes);
  }
  return tokens;
}

void ContextWindow::LearnCount(std::int64_t estimate, std::int64_t counted_tokens) {
  if (estimate < kTooSmallToTell || counted_tokens <= 0) return;
  const double ratio = static_cast<double>(counted_tokens) / static_cast<double>(estimate);
  if (ratio < kLeastPlausible) return;
  lowest_ratio_ = lowest_ratio_ == 0 ? ratio : std::min(lowest_ratio_, ratio);
  const double with_margin = std::max(kLeastRatio, ratio * kMargin);
  // More than was thought counts at once. Less counts when it is much less: each change moves what is left
  // out of the next prompt, and with it the beginning that a server remembers.
  if (with_margin > tokens_per_estimated_ || with_margin < 0.75 * tokens_per_estimated_)
    tokens_per_estimated_ = with_margin;
}

std::int64_t ContextWindow::TokensOf(std::int64_t estimate) const {
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(estimate) * tokens_per_estimated_));
}

std::optional<std::int64_t> ContextWindow::RoomFor(std::int64_t reply_tokens) const {
  if (length_tokens_ == 0) return std::nullopt;
  const std::int64_t room = length_tokens_ - std::min(reply_tokens, length_tokens_ / 4);
  return static_cast<std::int64_t>(static_cast<double>(room) / tokens_per_estimated_);
}

bool ContextWindow::WasCut(std::int64_t estimate, std::int64_t counted_tokens) const {
  if (estimate < kTooSmallToTell || counted_tokens < kSmallestWindow) return false;
  const double least = std::max(kLeastPlausible, lowest_ratio_ / 2);
  return static_cast<double>(counted_tokens) < least * static_cast<double>(estimate);
}

}  // namespace mamc::worker
