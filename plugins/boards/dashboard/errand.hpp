// One open call of the host: a coroutine that waits for answers of the server and for time, and holds no
// thread while it does.
//
// Thread rule: the HTTP client's worker thread, all of it. Ownership: the board keeps an errand from Start
// until it has ended; what the client still has of it is ignored then.
#pragma once
#include <coroutine>
#include <functional>
#include <mamc/cpp/plugin.hpp>
#include <memory>
#include <string>

#include "mamc/http/client.hpp"

namespace dashboard_board {

using Json = mamc::sdk::Json;
using mamc::sdk::Failure;
using mamc::sdk::Task;

struct Response {
  mamc::http::Head head;
  std::string body;
  mamc::http::End end;
};

// What the host said of a call when it began.
struct CallFacts {
  mamc_ticket ticket = 0;
  std::string op_id;
  std::string token;  // of the API; empty: not set
};

class Errand : public std::enable_shared_from_this<Errand> {
 public:
  Errand(mamc::http::Client& client, CallFacts facts) : client_(client), facts_(std::move(facts)) {}

  const CallFacts& facts() const { return facts_; }

  // Runs the work; `ended` is called once, when the host has been told what it came to.
  void Start(Task<Json> work, std::function<void()> ended);
  // The work ends with MAMC_E_CANCELLED at what it waits for.
  void Cancel();
  void Emit(std::string_view kind, const Json& json);

  class Wait;
  // co_await -> Response, with or without trouble. Throws when the call was cancelled.
  Wait Fetch(mamc::http::Request request);
  // co_await: until the time is over. Throws when the call was cancelled.
  Wait Sleep(mamc::http::Milliseconds time);

 private:
  class Listener;

  void Arrived(std::uint64_t wait, Response response);
  void Resume();
  void End();
  void Tell(mamc_code code, const Json& json);

  mamc::http::Client& client_;
  const CallFacts facts_;
  std::function<void()> ended_;
  bool cancelled_ = false;
  std::uint64_t waits_ = 0;  // the number of the wait that counts
  mamc::http::RequestId request_ = 0;
  Response response_;
  std::coroutine_handle<> waiting_;
  Task<Json> work_;  // last: its frames refer to the members above
};

class Errand::Wait {
 public:
  Wait(Errand& errand, std::function<void()> begin) : errand_(errand), begin_(std::move(begin)) {}

  bool await_ready() const { return errand_.cancelled_; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    errand_.waiting_ = awaiting;
    begin_();
  }
  Response await_resume() {
    if (errand_.cancelled_) throw Failure(MAMC_E_CANCELLED, "The call was cancelled.");
    return std::move(errand_.response_);
  }

 private:
  Errand& errand_;
  std::function<void()> begin_;
};

// Writes a line into the host's log. From any thread.
void Log(int level, std::string_view text);

}  // namespace dashboard_board
