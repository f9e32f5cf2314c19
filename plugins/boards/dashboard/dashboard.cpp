// The board `dashboard`: tasks of a project dashboard, over its HTTP API.
//
// Implementation: every call is handed to the HTTP client's worker thread, which owns all state and ends the
// call by its ticket. The coroutine of the host's call only waits to be released.
#include <coroutine>
#include <map>
#include <memory>
#include <stop_token>

#include "board.hpp"

namespace dashboard_board {
namespace {

using mamc::sdk::Context;

class DashboardBoard final : public mamc::sdk::Type {
 public:
  explicit DashboardBoard(const Json& settings)
      : board_(settings), client_(std::make_unique<mamc::http::Client>()) {}
  ~DashboardBoard() override { client_.reset(); }  // its thread, before what it works with

  Task<Json> Call(Context& context, Json input) override {
    const mamc_ticket ticket = context.ticket();
    CallFacts facts{ticket, context.op_id(), context.Secret("DASHBOARD_API_TOKEN").value_or("")};
    Post([this, facts = std::move(facts), verb = context.verb(), input = std::move(input)] {
      Begin(facts, verb, input);
    });
    const std::stop_callback on_cancel(context.stop_token(),
                                       [this, ticket] { Post([this, ticket] { Cancel(ticket); }); });
    co_await std::suspend_always();
    co_return nullptr;
  }

 private:
  void Post(std::function<void()> work) { client_->After(mamc::http::Milliseconds(0), std::move(work)); }

  // ---- the worker's thread ----
  void Begin(const CallFacts& facts, std::uint32_t verb, const Json& input) {
    const auto errand = std::make_shared<Errand>(*client_, facts);
    errands_.emplace(facts.ticket, errand);
    errand->Start(board_.Do(*errand, verb, input), [this, ticket = facts.ticket] { errands_.erase(ticket); });
  }

  void Cancel(mamc_ticket ticket) {
    const auto found = errands_.find(ticket);
    if (found == errands_.end()) return;
    const std::shared_ptr<Errand> errand = found->second;
    errand->Cancel();
  }

  Board board_;
  std::map<mamc_ticket, std::shared_ptr<Errand>> errands_;
  std::unique_ptr<mamc::http::Client> client_;
};

}  // namespace
}  // namespace dashboard_board

MAMC_PLUGIN(mamc::sdk::Provide<dashboard_board::DashboardBoard>("board", "dashboard"))
