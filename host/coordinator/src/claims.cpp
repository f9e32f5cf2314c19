#include "claims.hpp"

#include <mamc/board.h>

#include <utility>

namespace mamc::coordinator {

Claims::Claims(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> board, std::string owner)
    : loop_(loop), calls_(calls), board_(std::move(board)), owner_(std::move(owner)) {}

Json Claims::Input(const std::string& task, const std::string& expected_status) const {
  return {
      {"id", task}, {"owner", owner_}, {"expected_status", expected_status}, {"ttl_ms", kClaimLife.count()}};
}

void Claims::Take(const Json& task, std::function<void(Result<Json>)> done) {
  std::string id = GetString(task, "id");
  auto claimed = [self = shared_from_this(), id, version = GetInt(task, "version"),
                  done = std::move(done)](Result<Json> answer) {
    if (answer.ok()) return done(GetMember(*answer, "task"));
    if (answer.status().code() == Code::kConflict) self->refused_[id] = version;
    done(answer.status());
  };
  plugin::Call(calls_, board_, MAMC_BOARD_CLAIM, Input(id, GetString(task, "status")), std::move(claimed));
}

bool Claims::WasRefused(const Json& task) const {
  auto it = refused_.find(GetString(task, "id"));
  return it != refused_.end() && it->second == GetInt(task, "version");
}

void Claims::Keep(const std::string& task) {
  Drop();
  renewal_ = loop_.After(kClaimLife / 3, [weak = weak_from_this(), task] {
    auto self = weak.lock();
    if (!self) return;
    // A task that has moved on (in_review) needs no claim any more.
    plugin::Call(self->calls_, self->board_, MAMC_BOARD_CLAIM, self->Input(task, "in_progress"),
                 [](Result<Json>) {});
    self->Keep(task);
  });
}

}  // namespace mamc::coordinator
