// An attempt that was under way when its host ended: run again, or not.
#include "activation.hpp"

namespace mamc::engine {

using journal::RecordKind;

namespace {

std::string Listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

// Before the plugin is even loaded: it may be that which ends the host.
bool Activation::EndsHosts() {
  const Deaths& deaths = run_.replay().deaths();
  const int count = deaths.Of(path_);
  if (count < kMostDeathsOfStep) return false;
  auto found = engine_.catalog.Find(plugin::Kind::kStep, def_->type, def_->range);
  const std::string plugin = found.ok() ? ", plugin " + found->plugin->file.string() : "";
  const std::vector<std::string> others = deaths.Beside(path_);
  const std::string whose = run_.spec().kind == "work" ? " of persona " + run_.spec().work_persona : "";
  Fail(Code::kPermission,
       "the host died " + std::to_string(count) + " times while step '" + path_ + "'" + whose + " (type " +
           def_->type + plugin + ") was running, and the step came no further in between" +
           (others.empty() ? "" : "; " + Listed(others) + " ran at the same time and may be the cause") +
           ". It is not run again. If the plugin crashes, mend it or take it away; if the machine was at "
           "fault (power, memory), nothing is to be mended. Then unblock the task");
  return true;
}

bool Activation::MayStartAfterInterruption() {
  bool interrupted = recorded_ != nullptr && recorded_->start && !type_->manifest->composite;
  if (!interrupted || type_->manifest->after_interruption != plugin::AfterInterruption::kFail) return true;
  Fail(Code::kPermission,
       "step " + path_ + " (" + def_->type +
           ") was interrupted and its effect is unknown; look at what it did, then unblock the task");
  return false;
}

// Several steps may have been running when the host died, and one of them ended it: before another death
// would count against all of them they run one at a time, in whatever runs they are. What waits for its turn
// has not begun, so nothing counts against it. A composite step does not wait: it may hold up what has the
// turn.
void Activation::CallAgain() {
  bool suspected = run_.replay().deaths().Of(path_) + 1 >= kMostDeathsOfStep;
  if (!suspected || type_->manifest->composite) return RecordAgain();
  auto granted = [self = shared_from_this()] { self->engine_.loop.Post([self] { self->RecordAgain(); }); };
  auto turn =
      engine_.suspected.Acquire(run_.spec().id + "/" + path_, workflow::Access::kWrite, std::move(granted));
  if (!turn.ok()) return Fail(turn.status().code(), turn.status().message());
  turn_ = *turn;
}

void Activation::RecordAgain() {
  if (ended_) return;
  if (cancelled_) return Fail(Code::kCancelled, "cancelled");
  run_.Record(RecordKind::kAgain, path_, "", Json::object());
  engine_.journal.AfterCommit([self = shared_from_this()] { self->CallPlugin(); });
}

}  // namespace mamc::engine
