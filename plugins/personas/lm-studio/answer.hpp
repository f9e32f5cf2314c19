// An answer as it comes: gathers the pieces of a chat completion and emits them. Used by one thread.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "endpoint.hpp"
#include "think_splitter.hpp"

namespace lm_studio {

class Answer {
 public:
  // `url` stands in sentences; the context outlives the answer.
  Answer(mamc::sdk::Context& context, std::string url, std::string asked_model);

  // One chunk of a stream, or a whole completion (its choices hold `message` instead of `delta`).
  void Take(const Json& chunk);
  bool has_finish() const { return !finish_.empty(); }
  // The result of ASK. Throws when there is no answer in it.
  Json Finish();

 private:
  using Clock = std::chrono::steady_clock;

  void TakeChoice(const Json& choice);
  void Add(const ThinkSplitter::Parts& parts);
  void Emit(const char* kind, std::string& pending, const std::string& text);
  void Flush(const char* kind, std::string& pending);
  std::int64_t MsSinceStart(Clock::time_point time) const;

  mamc::sdk::Context& context_;
  const std::string url_;
  const std::string asked_model_;
  const Clock::time_point started_ = Clock::now();
  std::optional<Clock::time_point> first_token_;
  Clock::time_point slow_until_ = started_;
  ThinkSplitter splitter_;
  std::string text_, pending_text_;
  std::string reasoning_, pending_reasoning_;
  std::string model_;
  std::string finish_;
  Json usage_;
};

}  // namespace lm_studio
