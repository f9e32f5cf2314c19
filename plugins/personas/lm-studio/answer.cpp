#include "answer.hpp"

#include "models.hpp"
#include "trouble.hpp"

namespace lm_studio {
namespace {

using mamc::http::ShownUrl;

// A host that is behind gets fewer and larger pieces.
constexpr Milliseconds kSlowPace(50);
constexpr const char* kBlank = " \t\r\n";

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(kBlank) == std::string::npos;
}

// The JSON object that `text` is, alone or in a fence; "" when it is something else.
std::string OnlyObjectIn(const std::string& text) {
  const std::size_t open = text.find('{');
  const std::size_t close = text.rfind('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return "";
  const std::string before = text.substr(0, open);
  const bool is_alone = IsBlank(before) || before.find("```") != std::string::npos;
  const std::string object = text.substr(open, close - open + 1);
  return is_alone && Json::accept(object) ? object : "";
}

}  // namespace

Answer::Answer(mamc::sdk::Context& context, Asked asked)
    : context_(context),
      asked_(std::move(asked)),
      text_guard_(asked_.repetition_limit_bytes),
      reasoning_guard_(asked_.repetition_limit_bytes) {}

void Answer::Take(const Json& chunk) {
  if (!chunk.is_object())
    throw AskFailure(Trouble::kMalformed, ShownUrl(asked_.url) + " sent a piece that is not a JSON object.");
  if (const std::string error = chunk.contains("error") ? ErrorText(chunk) : ""; !error.empty())
    throw FailureOf(Refusal{.body = Written(chunk)}, asked_.url, context_);
  if (model_.empty()) model_ = TextOf(chunk, "model");
  if (const Json usage = Member(chunk, "usage"); usage.is_object()) usage_ = usage;
  TakeStats(chunk);
  const Json choices = Member(chunk, "choices");
  if (!choices.is_array() || choices.empty()) return;
  if (choices.front().is_object()) TakeChoice(choices.front());
}

void Answer::TakeChoice(const Json& choice) {
  const Json message = choice.value("delta", choice.value("message", Json()));
  if (message.is_object()) {
    std::string reasoning = TextOf(message, "reasoning_content");
    if (reasoning.empty()) reasoning = TextOf(message, "reasoning");
    Add({.text = "", .reasoning = reasoning});
    Add(splitter_.Feed(TextOf(message, "content")));
    TakeToolCalls(Member(message, "tool_calls"));
  }
  if (const std::string finish = TextOf(choice, "finish_reason"); !finish.empty()) finish_ = finish;
}

// Personas are offered no tools; a model that calls one all the same is told of by its name.
void Answer::TakeToolCalls(const Json& calls) {
  if (!calls.is_array()) return;
  for (const Json& call : calls)
    tool_names_[CountOf(call, "index")] += TextOf(Member(call, "function"), "name");
}

void Answer::TakeStats(const Json& chunk) {
  const Json stats = Member(chunk, "stats");
  if (const std::string reason = TextOf(stats, "stop_reason"); !reason.empty()) stop_reason_ = reason;
  if (const Json rate = Member(stats, "tokens_per_second"); rate.is_number())
    told_tokens_per_s_ = rate.get<double>();
}

void Answer::Add(const ThinkSplitter::Parts& parts) {
  if (!first_token_ && !(parts.text.empty() && parts.reasoning.empty())) first_token_ = Clock::now();
  reasoning_ += parts.reasoning;
  text_ += parts.text;
  Emit("reasoning", pending_reasoning_, parts.reasoning);
  Emit("delta", pending_text_, parts.text);
  GuardAgainstRepetition(parts);
}

void Answer::GuardAgainstRepetition(const ThinkSplitter::Parts& parts) {
  const bool text_repeats = text_guard_.Feed(parts.text);
  const bool reasoning_repeats = reasoning_guard_.Feed(parts.reasoning);
  if (!text_repeats && !reasoning_repeats) return;
  const RepetitionGuard& guard = text_repeats ? text_guard_ : reasoning_guard_;
  throw AskFailure(Trouble::kRepetition,
                   ShownUrl(asked_.url) + ": the model says the same again and again: '" + guard.repeated() +
                       "'. Its answer was stopped. When that goes on, choose another "
                       "model or set repeat_penalty in the persona's options.");
}

void Answer::Emit(const char* kind, std::string& pending, const std::string& text) {
  pending += text;
  if (Clock::now() >= slow_until_) Flush(kind, pending);
}

void Answer::Flush(const char* kind, std::string& pending) {
  if (pending.empty()) return;
  const mamc_code answer = context_.Emit(kind, Json{{"text", pending}});
  pending.clear();
  if (answer == MAMC_AGAIN) slow_until_ = Clock::now() + kSlowPace;
  if (answer < 0) throw Cancelled();
}

Json Answer::Finish() {
  Add(splitter_.Finish());
  Flush("reasoning", pending_reasoning_);
  Flush("delta", pending_text_);
  if (reasoning_.empty()) SplitUnopened(text_, reasoning_);
  ThrowIfStopped();
  if (IsBlank(text_) && !RecoverFromReasoning()) throw AskFailure(Trouble::kEmptyAnswer, EmptySentence());
  WarnOfOtherModel();
  const bool context_full = stop_reason_ == "contextLengthReached";
  const bool cut = finish_ == "length" || context_full || stop_reason_ == "maxPredictedTokensReached";
  Json result = {{"text", text_},
                 {"model", model_.empty() ? asked_.model : model_},
                 {"finish", cut ? "length" : "stop"}};
  if (cut) result["cut_by"] = context_full ? "context" : "output";
  if (!reasoning_.empty()) result["reasoning"] = reasoning_;
  if (!usage_.is_null()) result["usage"] = UsageOf();
  result["timings"] = TimingsOf();
  return result;
}

// What is said beside a finish reason of "stop".
void Answer::ThrowIfStopped() const {
  const std::string what = ShownUrl(asked_.url) + " stopped its answer in the middle: ";
  if (stop_reason_ == "modelUnloaded" || stop_reason_ == "failed")
    throw AskFailure(Trouble::kModelCrashed,
                     what + "the model was unloaded or failed (" + stop_reason_ + ").");
  if (stop_reason_ == "userStopped")
    throw AskFailure(Trouble::kTruncated, what + "somebody stopped it at the server.");
}

// With a schema the answer of some servers lands in the reasoning.
bool Answer::RecoverFromReasoning() {
  const std::string object = asked_.with_schema ? OnlyObjectIn(reasoning_) : "";
  if (object.empty()) return false;
  context_.Log(MAMC_LOG_WARN, "the answer came as reasoning and is taken from there: " + asked_.url);
  text_ = object;
  return true;
}

std::string Answer::EmptySentence() const {
  const std::string what = ShownUrl(asked_.url) + " gave an empty answer" +
                           (finish_ == "length" ? ": the limit of tokens was reached before it began" : "");
  if (!IsBlank(reasoning_))
    return what + "; all it wrote was reasoning. Raise max_tokens or choose another model.";
  if (tool_names_.empty()) return what + ".";
  const std::string name = tool_names_.begin()->second;
  return what + "; it called the tool '" + name +
         "', and none was offered. Choose another model, or a chat template without tools.";
}

void Answer::WarnOfOtherModel() {
  if (model_.empty() || asked_.model.empty() || IsSameModel(asked_.model, model_)) return;
  context_.Log(MAMC_LOG_WARN, "asked the model " + asked_.model + ", answered by " + model_ + " at " +
                                  ShownUrl(asked_.url) + ": load the one that was asked for there");
}

Json Answer::UsageOf() const {
  Json usage = {{"prompt_tokens", usage_.value("prompt_tokens", Json(0))},
                {"completion_tokens", usage_.value("completion_tokens", Json(0))}};
  const Json details = Member(usage_, "completion_tokens_details");
  if (const std::int64_t tokens = CountOf(details, "reasoning_tokens"); tokens > 0)
    usage["reasoning_tokens"] = tokens;
  return usage;
}

Json Answer::TimingsOf() const {
  const std::int64_t first_ms = MsSinceStart(first_token_.value_or(started_));
  const std::int64_t total_ms = MsSinceStart(Clock::now());
  Json timings = {{"first_token_ms", first_ms}, {"total_ms", total_ms}};
  const double tokens = static_cast<double>(CountOf(usage_, "completion_tokens"));
  if (told_tokens_per_s_ > 0)
    timings["tokens_per_s"] = told_tokens_per_s_;
  else if (tokens > 0 && total_ms > first_ms)
    timings["tokens_per_s"] = tokens * 1000 / static_cast<double>(total_ms - first_ms);
  return timings;
}

std::int64_t Answer::MsSinceStart(Clock::time_point time) const {
  return std::chrono::duration_cast<Milliseconds>(time - started_).count();
}

}  // namespace lm_studio
