// Whose project it is: this host's as long as it holds the lease.
#include "coordinator_state.hpp"

namespace mamc::coordinator {

void Coordinator::State::WaitForTurn() {
  if (options.alone) return TurnBegins("");
  auto weak = weak_from_this();
  lease->Begin({.on_held =
                    [weak](const std::string& before) {
                      if (auto self = weak.lock()) self->TurnBegins(before);
                    },
                .on_waiting =
                    [weak](const std::string& holder) {
                      if (auto self = weak.lock()) self->SomebodyElses(holder);
                    },
                .on_lost =
                    [weak](const std::string& why) {
                      if (auto self = weak.lock()) self->TurnEnds(why);
                    },
                .on_failed =
                    [weak](const Status& why) {
                      auto self = weak.lock();
                      if (self && self->done)
                        self->EndCritical(
                            why.Within("project " + self->options.project.id + " cannot be taken"));
                    }});
}

// What another host has done since counts: our runs that it has not heard of are not gone on with.
void Coordinator::State::TurnBegins(const std::string& before) {
  ++turn;
  asked_for_orphans = false;
  if (!before.empty() && before != options.owner) {
    Log("engine", LogLevel::kWarn, "project taken over", {{"project", options.project.id}, {"from", before}});
    runs.GiveUpAll("host " + before + " has run the project since");
  }
  told_of.clear();
  // They are answered here now.
  for (Submission& submission : submissions) channel.Forget(std::exchange(submission.from_holder, 0));
  if (!in_round) BeginRound();
}

void Coordinator::State::SomebodyElses(const std::string& holder) {
  for (Submission& submission : submissions) TellHolder(submission);
  if (holder == told_of) return;
  told_of = holder;
  Emit("waiting", "",
       "project " + options.project.id + " is run by " + holder +
           "; this host waits, and takes over when that one ends or is silent for " +
           std::to_string(options.silence_limit_ms / 1000) + " s");
}

void Coordinator::State::TurnEnds(const std::string& why) {
  Emit("warning", "",
       "project " + options.project.id + " is not this host's any more: " + why +
           "; what was under way is parked");
  claims->Drop();
  if (waiting) {
    waiting = in_round = false;
    loop.Cancel(second_look);
  }
  bool under_way = !result.iterations.empty() && !result.iterations.back().run.empty();
  if (under_way) engine.Park(result.iterations.back().run);
}

void Coordinator::State::BeginRound() {
  in_round = true;
  round_of = turn;
  claims_end_ms = loop.clock().UnixMs() + options.silence_limit_ms;
  left_behind = runs.LeftBehind(options.only_task);
  Next();
}

bool Coordinator::State::GoesOn() {
  if (IsHeld() && round_of == turn) return true;
  in_round = false;
  if (IsHeld()) BeginRound();
  return false;
}

std::function<bool()> Coordinator::State::WhileHeld() {
  return [weak = weak_from_this(), its_turn = turn] {
    auto self = weak.lock();
    return self && self->IsHeld() && self->turn == its_turn;
  };
}

}  // namespace mamc::coordinator
