// An answer as it comes: gathers the pieces of a chat completion and emits them. Used by one thread.
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "endpoint.hpp"
#include "repetition_guard.hpp"
#include "think_splitter.hpp"

namespace lm_studio {

class Answer {
 public:
  struct Asked {
    std::string url;    // stands in sentences
    std::string model;  // "": whichever is loaded
    bool with_schema = false;
    std::size_t repetition_limit_bytes = 0;
  };

  // The context outlives the answer.
  Answer(mamc::sdk::Context& context, Asked asked);

  // One chunk of a stream, or a whole completion (its choices hold `message` instead of `delta`).
  void Take(const Json& chunk);
  // Whether anything of it, or of the reasoning before it, has come.
  bool has_begun() const { return first_token_.has_value(); }
  bool has_reasoning() const { return !reasoning_.empty(); }
  // The result of ASK. Throws when there is no answer in it.
  Json Finish();

 private:
  void TakeChoice(const Json& choice);
  void TakeToolCalls(const Json& calls);
  void TakeStats(const Json& chunk);
  void Add(const ThinkSplitter::Parts& parts);
  void GuardAgainstRepetition(const ThinkSplitter::Parts& parts);
  void Emit(const char* kind, std::string& pending, const std::string& text);
  void Flush(const char* kind, std::string& pending);
  void ThrowIfStopped() const;
  bool RecoverFromReasoning();
  void WarnOfOtherModel();
  Json UsageOf() const;
  Json TimingsOf() const;
  std::string EmptySentence() const;
  std::int64_t MsSinceStart(Clock::time_point time) const;

  mamc::sdk::Context& context_;
  const Asked asked_;
  const Clock::time_point started_ = Clock::now();
  std::optional<Clock::time_point> first_token_;
  Clock::time_point slow_until_ = started_;
  ThinkSplitter splitter_;
  RepetitionGuard text_guard_, reasoning_guard_;
  std::string text_, pending_text_;
  std::string reasoning_, pending_reasoning_;
  std::map<std::int64_t, std::string> tool_names_;  // by index
  std::string model_;
  std::string finish_;
  std::string stop_reason_;  // LM Studio's own, which says more than `finish_reason`
  double told_tokens_per_s_ = 0;
  Json usage_;
};

}  // namespace lm_studio
