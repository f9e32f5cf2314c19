#include "ask.hpp"

#include <variant>

#include "answer.hpp"
#include "mamc/http/sse.hpp"

namespace lm_studio {
namespace {

using mamc::http::Exchange;
using mamc::http::Head;
using mamc::http::Problem;
using mamc::sdk::Context;
using mamc::sdk::Failure;

constexpr const char* kPath = "/v1/chat/completions";
constexpr std::size_t kMaxErrorBytes = 64 << 10;
constexpr std::size_t kMaxBodyBytes = std::size_t{32} << 20;

Json BodyFor(const Json& question, bool with_schema) {
  Json body = question.value("options", Json::object());
  if (!body.is_object()) throw Failure(MAMC_E_INVALID, "'options' must be an object.");
  const Json messages = question.value("messages", Json());
  if (!messages.is_array() || messages.empty())
    throw Failure(MAMC_E_INVALID, "'messages' must be a list with at least one message.");
  body["messages"] = messages;
  body["stream"] = true;
  body["stream_options"] = {{"include_usage", true}};
  const Json model = question.value("model", Json(""));
  if (model.is_string() && model != "") body["model"] = model;
  for (const char* member : {"max_tokens", "temperature"}) {
    if (question.contains(member) && !question[member].is_null()) body[member] = question[member];
  }
  if (with_schema) {
    Json schema = {{"name", "answer"}, {"strict", true}, {"schema", question["schema"]}};
    body["response_format"] = {{"type", "json_schema"}, {"json_schema", std::move(schema)}};
  }
  return body;
}

// The answer in a body that is no stream: a server that does not stream, or an error under status 200.
Json TakeWhole(Answer& answer, const std::string& body, const std::string& url) {
  const Json whole = Json::parse(body, nullptr, false);
  if (whole.is_discarded() || !whole.is_object()) {
    throw Failure(MAMC_E_FAILED,
                  mamc::http::ShownUrl(url) + " did not answer like a chat server: " + body.substr(0, 200));
  }
  answer.Take(whole);
  return answer.Finish();
}

Json TakeStream(Answer& answer, Exchange& exchange, const std::string& url, std::stop_token stop) {
  bool done = false;
  mamc::http::SseParser parser;
  const auto take = [&](const mamc::http::SseEvent& event) {
    if (done) return;
    done = event.data == "[DONE]";
    if (done) return;
    const Json chunk = Json::parse(event.data, nullptr, false);
    if (event.event == "error")
      throw ServerFailure(ErrorText(chunk).empty() ? event.data : ErrorText(chunk), url);
    if (chunk.is_discarded())
      throw Failure(MAMC_E_TIMEOUT, mamc::http::ShownUrl(url) + " sent a piece that is not JSON.");
    answer.Take(chunk);
  };
  while (!done) {
    const auto piece = exchange.NextPiece(stop);
    if (!piece) break;
    if (!parser.Feed(*piece, take))
      throw Failure(MAMC_E_FAILED, mamc::http::ShownUrl(url) + " sent a piece over the limit of size.");
  }
  if (done || (answer.has_finish() && !stop.stop_requested())) return answer.Finish();
  if (stop.stop_requested() || exchange.end().problem != Problem::kNone) throw FailureOf(exchange.end(), url);
  throw Failure(MAMC_E_TIMEOUT,
                mamc::http::ShownUrl(url) +
                    " ended its answer in the middle: neither a finish reason nor [DONE] came.");
}

struct Refused {
  Head head;
  std::string body;
};

// The result, or the response that was not 200.
std::variant<Json, Refused> Try(mamc::http::Client& client, mamc::http::Request request, Context& context,
                                const std::string& model) {
  const std::string url = request.url;
  const std::stop_token stop = context.stop_token();
  Answer answer(context, url, model);
  Exchange exchange(client, std::move(request));
  const Head* head = exchange.WaitHead(stop);
  if (head == nullptr) throw FailureOf(exchange.end(), url);
  if (head->status != 200) {
    std::string body = exchange.Rest(kMaxErrorBytes, stop);
    return Refused{*head, std::move(body)};
  }
  if (head->Header("content-type").find("text/event-stream") != std::string::npos)
    return TakeStream(answer, exchange, url, stop);
  const std::string body = exchange.Rest(kMaxBodyBytes, stop);
  if (stop.stop_requested() || exchange.end().problem != Problem::kNone) throw FailureOf(exchange.end(), url);
  return TakeWhole(answer, body, url);
}

bool RefusesSchema(const Refused& refused) {
  return refused.head.status == 400 && refused.body.find("response_format") != std::string::npos;
}

}  // namespace

Json Ask(mamc::http::Client& client, const Endpoint& endpoint, Context& context, const Json& question) {
  bool with_schema = question.value("schema", Json()).is_object();
  const Json model = question.value("model", Json(""));
  for (;;) {
    mamc::http::Request request = endpoint.To(kPath, context);
    request.method = "POST";
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = BodyFor(question, with_schema).dump(-1, ' ', false, Json::error_handler_t::replace);
    request.max_body_bytes = kMaxBodyBytes;
    auto tried = Try(client, std::move(request), context, model.is_string() ? model.get<std::string>() : "");
    if (Json* result = std::get_if<Json>(&tried)) return std::move(*result);
    const Refused& refused = std::get<Refused>(tried);
    if (context.cancelled()) throw Stopped(endpoint.base() + kPath);
    if (!with_schema || !RefusesSchema(refused))
      throw FailureOf(refused.head, refused.body, endpoint.base() + kPath, context);
    context.Log(MAMC_LOG_WARN,
                endpoint.base() + " refuses response_format; asking once more without a schema");
    with_schema = false;
  }
}

}  // namespace lm_studio
