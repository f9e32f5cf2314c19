#include "question.hpp"

namespace lm_studio {
namespace {

using mamc::sdk::Failure;

// What the persona's options tell this backend, and no server.
constexpr const char* kPin = "endpoint";

}  // namespace

Question::Question(const Json& input)
    : options(input.value("options", Json::object())),
      messages(Member(input, "messages")),
      limits(Json::object()),
      schema(Member(input, "schema")),
      model(TextOf(input, "model")),
      prompt_tokens(CountOf(input, "prompt_tokens")),
      reply_tokens(CountOf(input, "reply_tokens")) {
  if (!options.is_object()) throw Failure(MAMC_E_INVALID, "'options' must be an object.");
  if (!messages.is_array() || messages.empty())
    throw Failure(MAMC_E_INVALID, "'messages' must be a list with at least one message.");
  for (const char* member : {"max_tokens", "temperature"})
    if (const Json value = Member(input, member); !value.is_null()) limits[member] = value;
  if (!schema.is_object()) schema = nullptr;
  if (!options.contains(kPin)) return;
  if (!options[kPin].is_string())
    throw Failure(MAMC_E_INVALID, "'options.endpoint' must be the address of one of the servers.");
  pinned = BaseUrl(options[kPin].get<std::string>());
  options.erase(kPin);
}

Json Question::Body(const std::string& asked_model, bool with_schema, std::int64_t context_tokens) const {
  Json body = options;
  body["messages"] = messages;
  body["stream"] = true;
  body["stream_options"] = {{"include_usage", true}};
  if (!asked_model.empty()) body["model"] = asked_model;
  body.update(limits);
  // A server that lets old text go to make room would never end.
  if (context_tokens > 0 && !body.contains("max_tokens")) body["max_tokens"] = context_tokens;
  if (with_schema) {
    const Json named = {{"name", "answer"}, {"strict", true}, {"schema", schema}};
    body["response_format"] = {{"type", "json_schema"}, {"json_schema", named}};
  }
  return body;
}

}  // namespace lm_studio
