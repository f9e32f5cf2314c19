#include "errand.hpp"

#include <mamc/cpp/host.hpp>

namespace dashboard_board {

namespace host = mamc::sdk::detail;

void Log(int level, std::string_view text) {
  host::WriteLog(0, level, text);
}

// Gathers a response for the errand that waits for it.
class Errand::Listener final : public mamc::http::Handler {
 public:
  Listener(std::weak_ptr<Errand> errand, std::uint64_t wait) : errand_(std::move(errand)), wait_(wait) {}

  void OnHead(const mamc::http::Head& head) override { response_.head = head; }
  void OnBody(std::string_view bytes) override { response_.body.append(bytes); }
  void OnEnd(const mamc::http::End& end) override {
    response_.end = end;
    if (const auto errand = errand_.lock()) errand->Arrived(wait_, std::move(response_));
  }

 private:
  std::weak_ptr<Errand> errand_;
  std::uint64_t wait_;
  Response response_;
};

void Errand::Start(Task<Json> work, std::function<void()> ended) {
  ended_ = std::move(ended);
  work_ = std::move(work);
  work_.Start();
  if (work_.finished()) End();
}

void Errand::Cancel() {
  cancelled_ = true;
  ++waits_;
  if (request_ != 0) client_.Cancel(request_);
  Resume();
}

void Errand::Emit(std::string_view kind, const Json& json) {
  const mamc_complete* service = host::TheServices().complete;
  if (!MAMC_HAS(service, mamc_complete, emit)) return;
  // Its answer matters to streams of messages; here the next change says all again.
  service->emit(service->context, facts_.ticket, host::Str(kind), host::Str(host::Dump(json)));
}

Errand::Wait Errand::Fetch(mamc::http::Request request) {
  return Wait(*this, [this, request = std::move(request)]() mutable {
    request_ = client_.Start(std::move(request), std::make_shared<Listener>(weak_from_this(), ++waits_));
  });
}

Errand::Wait Errand::Sleep(mamc::http::Milliseconds time) {
  return Wait(*this, [this, time] {
    client_.After(time, [weak = weak_from_this(), wait = ++waits_] {
      if (const auto errand = weak.lock()) errand->Arrived(wait, {});
    });
  });
}

void Errand::Arrived(std::uint64_t wait, Response response) {
  if (wait != waits_) return;
  request_ = 0;
  response_ = std::move(response);
  Resume();
}

void Errand::Resume() {
  if (!waiting_) return;
  std::exchange(waiting_, {}).resume();
  if (work_.finished()) End();
}

void Errand::End() {
  const host::Outcome outcome = host::Guarded([this] { return work_.Take(); });
  work_ = {};
  Tell(outcome.code, outcome.json);
  const std::function<void()> ended = std::move(ended_);
  ended();
}

void Errand::Tell(mamc_code code, const Json& json) {
  const mamc_complete* service = host::TheServices().complete;
  if (!MAMC_HAS(service, mamc_complete, complete)) return;
  const std::string text = host::Dump(json);
  const mamc_code answer = service->complete(service->context, facts_.ticket, code, host::Str(text));
  if (answer >= 0 || answer == MAMC_E_STALE) return;
  const std::string refused =
      host::Dump({{"message", "The host refused the board's answer of " + std::to_string(text.size()) +
                                  " bytes with code " + std::to_string(answer) + "."}});
  service->complete(service->context, facts_.ticket, answer, host::Str(refused));
}

}  // namespace dashboard_board
