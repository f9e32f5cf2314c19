// How much of a prompt a model takes: the window that it is loaded with, and how its server counts tokens.
// Both are learnt from what the server says; before that no limit is known, and our own count is a high one.
//
// Thread rule: the loop's thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace mamc::worker {

// About as many tokens as the tokenizers in use make of `text`, or more: 1.1 to 1.6 times what they make of
// source code and prose, up to 3 times of Chinese and Russian. Random letters (base64) are more than it says.
std::int64_t EstimateTokens(std::string_view text);

class ContextWindow {
 public:
  // The server counted `counted_tokens` of a prompt that EstimateTokens takes for `estimate`.
  void LearnCount(std::int64_t estimate, std::int64_t counted_tokens);
  // The model is loaded with a window of `tokens`.
  void LearnLength(std::int64_t tokens) { length_tokens_ = tokens; }

  // What the server will count, with a margin.
  std::int64_t TokensOf(std::int64_t estimate) const;
  // The largest estimate that fits and leaves `reply_tokens`, or a quarter of a window that is small, to the
  // answer. None: the window is not known.
  std::optional<std::int64_t> RoomFor(std::int64_t reply_tokens) const;
  // Whether `counted_tokens` are so few that the server has left out a part of the prompt without a word.
  bool WasCut(std::int64_t estimate, std::int64_t counted_tokens) const;

  std::int64_t length_tokens() const { return length_tokens_; }

 private:
  std::int64_t length_tokens_ = 0;   // 0: not known
  double tokens_per_estimated_ = 1;  // the margin included
  double lowest_ratio_ = 0;          // that was ever counted; 0: none was
};

}  // namespace mamc::worker
