#include "answer.hpp"

#include "endpoint.hpp"

namespace lm_studio {
namespace {

using mamc::sdk::Failure;

// A host that is behind gets fewer and larger pieces.
constexpr std::chrono::milliseconds kSlowPace(50);

std::string TextOf(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

}  // namespace

Answer::Answer(mamc::sdk::Context& context, std::string url, std::string asked_model)
    : context_(context), url_(std::move(url)), asked_model_(std::move(asked_model)) {}

void Answer::Take(const Json& chunk) {
  if (!chunk.is_object())
    throw Failure(MAMC_E_TIMEOUT, mamc::http::ShownUrl(url_) + " sent a piece that is not a JSON object.");
  if (const std::string error = chunk.contains("error") ? ErrorText(chunk) : ""; !error.empty())
    throw ServerFailure(error, url_);
  if (model_.empty()) model_ = TextOf(chunk, "model");
  if (const auto usage = chunk.find("usage"); usage != chunk.end() && usage->is_object()) usage_ = *usage;
  const auto choices = chunk.find("choices");
  if (choices == chunk.end() || !choices->is_array() || choices->empty()) return;
  if (choices->front().is_object()) TakeChoice(choices->front());
}

void Answer::TakeChoice(const Json& choice) {
  const Json message = choice.value("delta", choice.value("message", Json()));
  if (message.is_object()) {
    std::string reasoning = TextOf(message, "reasoning_content");
    if (reasoning.empty()) reasoning = TextOf(message, "reasoning");
    Add({.text = "", .reasoning = reasoning});
    Add(splitter_.Feed(TextOf(message, "content")));
  }
  if (const std::string finish = TextOf(choice, "finish_reason"); !finish.empty()) finish_ = finish;
}

void Answer::Add(const ThinkSplitter::Parts& parts) {
  if (!first_token_ && !(parts.text.empty() && parts.reasoning.empty())) first_token_ = Clock::now();
  reasoning_ += parts.reasoning;
  text_ += parts.text;
  Emit("reasoning", pending_reasoning_, parts.reasoning);
  Emit("delta", pending_text_, parts.text);
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
  if (answer < 0) throw Stopped(url_);
}

Json Answer::Finish() {
  Add(splitter_.Finish());
  Flush("reasoning", pending_reasoning_);
  Flush("delta", pending_text_);
  if (reasoning_.empty()) SplitUnopened(text_, reasoning_);
  if (IsBlank(text_)) {
    throw Failure(MAMC_E_FAILED,
                  mamc::http::ShownUrl(url_) + " gave an empty answer" +
                      (finish_ == "length" ? ": the limit of tokens was reached before it began" : "") +
                      (IsBlank(reasoning_)
                           ? "."
                           : "; all it wrote was reasoning. Raise max_tokens or choose another model."));
  }
  const bool other_instance =
      model_.starts_with(asked_model_ + ":");  // LM Studio numbers the copies of a loaded model
  if (!model_.empty() && !asked_model_.empty() && model_ != asked_model_ && !other_instance) {
    context_.Log(MAMC_LOG_WARN, "asked the model " + asked_model_ + ", answered by " + model_);
  }
  Json result = {{"text", text_},
                 {"model", model_.empty() ? asked_model_ : model_},
                 {"finish", finish_ == "length" ? "length" : "stop"}};
  if (!reasoning_.empty()) result["reasoning"] = reasoning_;
  if (!usage_.is_null()) {
    result["usage"] = {{"prompt_tokens", usage_.value("prompt_tokens", Json(0))},
                       {"completion_tokens", usage_.value("completion_tokens", Json(0))}};
  }
  result["timings"] = {{"first_token_ms", MsSinceStart(first_token_.value_or(started_))},
                       {"total_ms", MsSinceStart(Clock::now())}};
  return result;
}

std::int64_t Answer::MsSinceStart(Clock::time_point time) const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time - started_).count();
}

}  // namespace lm_studio
