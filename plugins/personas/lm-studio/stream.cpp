#include "stream.hpp"

#include <algorithm>

#include "liveness.hpp"
#include "mamc/http/sse.hpp"
#include "trouble.hpp"

namespace lm_studio {
namespace {

using mamc::http::Exchange;
using mamc::http::Head;
using mamc::http::Problem;
using mamc::http::ShownUrl;

constexpr std::size_t kMaxErrorBytes = 64 << 10;
constexpr std::size_t kMaxBodyBytes = std::size_t{32} << 20;

mamc::http::Request RequestFor(const Endpoint& endpoint, mamc::sdk::Context& context, const Json& body,
                               const Deadline& deadline) {
  mamc::http::Request request = endpoint.To(kChatPath, context, deadline);
  request.method = "POST";
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = Written(body);
  request.max_body_bytes = kMaxBodyBytes;
  // A server may say that it is there - a head, a comment, a role - long before it has read the prompt.
  request.idle_timeout = std::max(request.idle_timeout, request.first_byte_timeout);
  return request;
}

class Reading {
 public:
  Reading(mamc::http::Client& client, const Endpoint& endpoint, mamc::sdk::Context& context, const Json& body,
          const Deadline& deadline, Answer& answer)
      : context_(context),
        deadline_(deadline),
        idle_timeout_(endpoint.times().idle),
        answer_(answer),
        url_(endpoint.base() + kChatPath),
        alive_(client, endpoint.Quick("/v1/models", context, deadline), endpoint.times().liveness_interval,
               context.stop_token()),
        exchange_(client, RequestFor(endpoint, context, body, deadline)) {}

  Json Read() {
    const Head* head = exchange_.WaitHead(alive_.token());
    if (head == nullptr) ThrowWhyItEnded();
    alive_.Tell();
    if (head->status != 200) {
      const std::string body = exchange_.Rest(kMaxErrorBytes, alive_.token());
      if (context_.cancelled()) throw Cancelled();
      throw FailureOf(Refusal{head->status, body, head->Header("retry-after")}, url_, context_);
    }
    if (head->Header("content-type").find("text/event-stream") != std::string::npos) return ReadStream();
    return ReadWhole();
  }

 private:
  Json ReadStream() {
    while (!done_) {
      const auto piece = exchange_.NextPiece(alive_.token());
      if (!piece) break;
      alive_.Tell();
      Feed(*piece);
    }
    return FinishStream();
  }

  // A server that does not stream, one that streams and calls it something else, or an error under 200.
  Json ReadWhole() {
    std::string body;
    while (const auto piece = exchange_.NextPiece(alive_.token())) {
      alive_.Tell();
      body += *piece;
    }
    if (context_.cancelled() || !alive_.gone().empty() || exchange_.end().problem != Problem::kNone)
      ThrowWhyItEnded();
    if (body.starts_with("data:") || body.starts_with("event:") || body.starts_with(":")) {
      Feed(body);
      return FinishStream();
    }
    const Json whole = Json::parse(body, nullptr, false);
    if (whole.is_discarded() || !whole.is_object()) {
      throw AskFailure(Trouble::kBadUrl,
                       ShownUrl(url_) + " did not answer like a chat server: " + body.substr(0, 200));
    }
    answer_.Take(whole);
    return answer_.Finish();
  }

  Json FinishStream() {
    if (!done_) ThrowWhyItEnded();
    return answer_.Finish();
  }

  void Feed(const std::string& piece) {
    const auto take = [&](const mamc::http::SseEvent& event) { TakeEvent(event); };
    if (!parser_.Feed(piece, take))
      throw AskFailure(Trouble::kRefused, ShownUrl(url_) + " sent a piece over the limit of size.");
  }

  void TakeEvent(const mamc::http::SseEvent& event) {
    if (done_) return;
    done_ = event.data == "[DONE]";
    if (done_) return;
    const Json chunk = Json::parse(event.data, nullptr, false);
    if (event.event == "error") throw FailureOf(Refusal{.body = event.data}, url_, context_);
    if (chunk.is_discarded())
      throw AskFailure(Trouble::kMalformed, ShownUrl(url_) + " sent a piece that is not JSON.");
    const bool had_begun = answer_.has_begun();
    answer_.Take(chunk);
    if (!had_begun && answer_.has_begun()) exchange_.SetIdleTimeout(idle_timeout_);
  }

  [[noreturn]] void ThrowWhyItEnded() {
    if (context_.cancelled()) throw Cancelled();
    if (const std::string gone = alive_.gone(); !gone.empty()) {
      throw AskFailure(Trouble::kLost,
                       ShownUrl(url_) + " took the question and went away before it had answered: " + gone);
    }
    const mamc::http::End end = exchange_.end();
    if (end.problem == Problem::kTimeout && deadline_ && Clock::now() >= deadline_->at) {
      throw AskFailure(Trouble::kTimeout, ShownUrl(url_) + " did not finish its answer within " +
                                              std::to_string(deadline_->whole.count()) + " ms.");
    }
    if (end.problem != Problem::kNone) throw FailureOf(end);
    throw AskFailure(Trouble::kTruncated,
                     ShownUrl(url_) + " ended its answer in the middle: its end, [DONE], did not come.");
  }

  mamc::sdk::Context& context_;
  const Deadline deadline_;
  const Milliseconds idle_timeout_;
  Answer& answer_;
  const std::string url_;
  Liveness alive_;
  Exchange exchange_;
  mamc::http::SseParser parser_;
  bool done_ = false;
};

}  // namespace

Json Stream(mamc::http::Client& client, const Endpoint& endpoint, mamc::sdk::Context& context,
            const Json& body, const Deadline& deadline, Answer& answer) {
  return Reading(client, endpoint, context, body, deadline, answer).Read();
}

}  // namespace lm_studio
