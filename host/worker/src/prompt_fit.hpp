// Makes a prompt fit: what is worth least goes first, and the persona is told of it.
#pragma once
#include <optional>

#include "prompt.hpp"

namespace mamc::worker {

struct FittedPrompt {
  Json messages;
  std::int64_t estimate = 0;      // of the messages, as EstimateTokens counts
  Json left_out = Json::array();  // [{"part", "tokens": of the whole, "kept": tokens}]
};

// `room`: the largest estimate of all messages together; none: there is no limit. No value: not even what a
// question cannot be without has room; SmallestEstimate says how much that is.
std::optional<FittedPrompt> FitPrompt(const Prompt& prompt, std::optional<std::int64_t> room);

// Of the system prompt, the task, the instructions, the latest turn and the note on what is left out.
std::int64_t SmallestEstimate(const Prompt& prompt);

}  // namespace mamc::worker
