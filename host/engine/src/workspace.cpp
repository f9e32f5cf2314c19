#include "workspace.hpp"

#include <mamc/workspace.h>

#include "run_state.hpp"

namespace mamc::engine {

Json WorkspaceInfo::ToJson() const {
  return {{"path", path},    {"repo", repo}, {"branch", branch}, {"base", base}, {"base_commit", base_commit},
          {"commit", commit}};
}

RunWorkspace::RunWorkspace(Engine::State& engine, Run& run) : engine_(engine), run_(run) {
  const RunSpec& spec = run.spec();
  info_.repo = spec.repo;
  info_.branch = spec.branch;
  info_.base = spec.base;
  info_.commit = spec.commit;
}

void RunWorkspace::Restore(const Replay& replay) {
  if (std::string commit = GetString(replay.workspace(), "commit"); !commit.empty()) {
    info_.commit = commit;
    info_.tree = GetString(replay.workspace(), "tree");
    used_ = true;
  }
  follow_ = replay.follow();
  undo_ = replay.undo();
  info_.base_commit = GetString(replay.first_workspace(), "base_commit");
  // The base that the workspace chose when none was named.
  if (info_.base.empty()) info_.base = GetString(replay.first_workspace(), "base");
  if (!used_) return;
  // Recorded as retired, but perhaps never told so.
  if (replay.retired()) return TellRetired();
  if (!WriterWasInterrupted(replay)) return;
  run_.Record(journal::RecordKind::kRetire, "", "", Json::object());
  TellRetired();
}

bool RunWorkspace::WriterWasInterrupted(const Replay& replay) const {
  for (const std::string& id : replay.InterruptedTypes()) {
    auto type = engine_.catalog.Find(plugin::Kind::kStep, id);
    if (type.ok() && type->type->access == plugin::Access::kWrite && !type->type->composite) return true;
  }
  return false;
}

plugin::Ticket RunWorkspace::Call(std::uint32_t verb, Json input, std::function<void(Result<Json>)> done) {
  auto workspace = engine_.Workspace();
  if (!workspace.ok()) {
    done(workspace.status());
    return 0;
  }
  input["id"] = run_.spec().id;
  return plugin::Call(
      engine_.calls, *workspace, verb, input,
      [alive = run_.shared_from_this(), done = std::move(done)](Result<Json> result) {
        done(std::move(result));
      },
      engine_.options.workspace_context);
}

void RunWorkspace::Ensure(Ready ready) {
  if (prepared_ && !preparing_) return ready(info_);
  waiting_.push_back(std::move(ready));
  // The old one first: retired while the fresh one is made, the fresh one could be hit.
  if (!preparing_ && !retiring_) Prepare();
}

void RunWorkspace::Prepare() {
  if (info_.repo.empty())
    return Finish(
        Status(Code::kPermission,
               "No repository remote URL available: task " + GetString(run_.spec().task, "id") +
                   " and its project name no repository; set projects.<id>.repo or the task's --repo"));
  preparing_ = true;
  Json input = {{"repo", info_.repo}, {"base", info_.base}, {"branch", info_.branch}};
  if (!info_.commit.empty()) input["commit"] = info_.commit;
  if (!info_.tree.empty()) input["tree"] = info_.tree;
  if (fresh_) input["fresh"] = true;
  if (follow_) input["follow"] = true;
  if (undo_) input["undo"] = GetString(run_.spec().task, "id");
  for (const char* member : {"ma", "ma_branch"})
    if (std::string value = GetString(run_.spec().project, member); !value.empty()) input[member] = value;
  preparation_ = Call(MAMC_WORKSPACE_PREPARE, std::move(input), [this](Result<Json> result) {
    preparing_ = false;
    if (!result.ok()) return Finish(result.status().Within("workspace"));
    bool first = !used_ || fresh_ || follow_ || undo_;
    info_.path = GetString(*result, "path");
    info_.commit = GetString(*result, "commit");
    info_.tree = GetString(*result, "tree");
    info_.base = GetString(*result, "base", info_.base);
    summary_ = GetString(*result, "summary");
    if (info_.base_commit.empty()) info_.base_commit = GetString(*result, "base_commit");
    prepared_ = used_ = true;
    fresh_ = follow_ = undo_ = false;
    if (first)
      run_.Record(journal::RecordKind::kWorkspace, "", "",
                  {{"commit", info_.commit},
                   {"tree", info_.tree},
                   {"base", info_.base},
                   {"base_commit", info_.base_commit}});
    Finish(info_);
  });
}

void RunWorkspace::CancelPreparation() {
  if (preparing_ && preparation_ != 0) engine_.calls.Cancel(preparation_, Code::kCancelled);
}

void RunWorkspace::Finish(Result<WorkspaceInfo> outcome) {
  std::vector<Ready> waiting;
  waiting.swap(waiting_);
  for (Ready& ready : waiting) ready(outcome);
}

void RunWorkspace::Verify(std::function<void(Result<WorkspaceInfo>)> done) {
  Call(MAMC_WORKSPACE_VERIFY, Json::object(), [this, done = std::move(done)](Result<Json> result) {
    if (!result.ok()) return done(result.status().Within("workspace"));
    info_.commit = GetString(*result, "commit");
    info_.tree = GetString(*result, "tree");
    summary_ = GetString(*result, "summary");
    dirty_ = !GetMember(*result, "changed").empty();
    done(info_);
  });
}

void RunWorkspace::MoveTo(const std::string& commit) {
  if (commit == info_.commit && !dirty_) return;
  info_.commit = commit;
  info_.tree.clear();
  dirty_ = false;
  prepared_ = false;
}

void RunWorkspace::Retire() {
  if (!prepared_ && !preparing_) return;
  run_.Record(journal::RecordKind::kRetire, "", "", Json::object());
  TellRetired();
}

void RunWorkspace::TellRetired() {
  prepared_ = false;
  fresh_ = true;
  retiring_ = true;
  Call(MAMC_WORKSPACE_RETIRE, Json::object(), [this](Result<Json> result) {
    retiring_ = false;
    if (!result.ok())
      engine_.Emit(
          {run_.spec().id, "warning", "", "the workspace was not retired: " + result.status().message()});
    if (!waiting_.empty() && !preparing_) Prepare();
  });
}

void RunWorkspace::Change(std::size_t max_bytes, std::function<void(Result<Json>)> done) {
  Ensure([this, max_bytes, done = std::move(done)](Result<WorkspaceInfo> ready) {
    if (!ready.ok()) return done(ready.status());
    Call(MAMC_WORKSPACE_DIFF, {{"from", info_.base_commit}, {"max_bytes", max_bytes}}, done);
  });
}

void RunWorkspace::Remove(std::function<void()> done) {
  if (!used_ && !preparing_) return done();
  Call(MAMC_WORKSPACE_REMOVE, Json::object(), [this, done = std::move(done)](Result<Json> result) {
    if (!result.ok())
      engine_.Emit(
          {run_.spec().id, "warning", "", "the workspace was not removed: " + result.status().message()});
    done();
  });
}

}  // namespace mamc::engine
