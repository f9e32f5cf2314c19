#include "claims.hpp"

#include <mamc/board.h>

#include <utility>

namespace mamc::coordinator {

Claims::Claims(Loop& loop, std::shared_ptr<const Board> board, std::string owner, Milliseconds life)
    : loop_(loop), board_(std::move(board)), owner_(std::move(owner)), life_(life) {}

Json Claims::Input(const std::string& task, const std::string& expected_status) const {
  return {{"id", task}, {"owner", owner_}, {"expected_status", expected_status}, {"ttl_ms", life_.count()}};
}

void Claims::Take(const Json& task, std::function<void(Result<Json>)> done) {
  std::string id = GetString(task, "id");
  auto claimed = [self = shared_from_this(), id, version = GetInt(task, "version"),
                  done = std::move(done)](Result<Json> answer) {
    if (answer.ok()) return done(GetMember(*answer, "task"));
    if (answer.status().code() == Code::kConflict) self->PassOver(id, version);
    done(answer.status());
  };
  board_->Ask(MAMC_BOARD_CLAIM, Input(id, GetString(task, "status")), std::move(claimed));
}

bool Claims::WasRefused(const Json& task) const {
  auto it = refused_.find(GetString(task, "id"));
  return it != refused_.end() && it->second == GetInt(task, "version");
}

void Claims::Keep(const std::string& task, std::function<bool()> may,
                  std::function<void(const std::string& owner)> lost) {
  kept_ = std::make_shared<Kept>(Kept{task, std::move(may), std::move(lost)});
  RenewLater();
}

void Claims::Drop() {
  kept_.reset();
  loop_.Cancel(renewal_);
}

void Claims::RenewLater() {
  loop_.Cancel(renewal_);
  renewal_ = loop_.After(life_ / 3, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (self && self->kept_ && self->kept_->may()) self->Renew(self->kept_);
  });
}

void Claims::Renew(const std::shared_ptr<Kept>& kept) {
  board_->Ask(MAMC_BOARD_CLAIM, Input(kept->task, "in_progress"),
              [weak = weak_from_this(), kept](const Result<Json>& renewed) {
                auto self = weak.lock();
                bool refused = renewed.status().code() == Code::kConflict;
                if (self && refused && self->kept_ == kept) self->LookWhose(kept);
              });
  RenewLater();
}

// A task that has moved on (in_review) needs no claim any more.
void Claims::LookWhose(const std::shared_ptr<Kept>& kept) {
  board_->Ask(MAMC_BOARD_GET, {{"id", kept->task}}, [weak = weak_from_this(), kept](const Result<Json>& got) {
    auto self = weak.lock();
    if (!self || !got.ok() || self->kept_ != kept) return;
    const std::string owner = GetString(GetMember(GetMember(*got, "task"), "claim"), "owner");
    if (owner.empty() || owner == self->owner_) return;
    self->Drop();
    kept->lost(owner);
  });
}

}  // namespace mamc::coordinator
