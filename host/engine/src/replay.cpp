#include "replay.hpp"

#include <algorithm>

namespace mamc::engine {

using journal::Record;
using journal::RecordKind;

namespace {

// Of the step: "qa" of "rework@1/then/qa@2".
std::string IdOf(const std::string& path) {
  std::string last = path.substr(path.rfind('/') + 1);
  return last.substr(0, last.find('@'));
}

}  // namespace

Replay::Replay(const std::vector<Record>& records) {
  for (const Record& record : records) {
    auto body = ParseJson(record.body);
    Add(record, body.ok() ? *body : Json::object());
    deaths_.Add(record, body.ok() ? *body : Json::object());
  }
  deaths_.Close();
  CollectWrites();
}

void Replay::CollectWrites() {
  for (const auto& [path, step] : steps_) {
    if (!step.receipt && step.children.empty()) continue;
    auto& writes = writes_[EnvironmentOf(path)];
    if (const Json& state = step.receipt ? GetMember(*step.receipt, "state") : Json(); state.is_object())
      writes.push_back({state, "", path, step.receipt_seq});
    for (const RecordedChild& child : step.children)
      if (!child.persona.empty() && child.receipt && GetInt(*child.receipt, "code", -1) == 0)
        writes.push_back(
            {GetMember(*child.receipt, "result"), child.persona, path + "/persona", child.receipt_seq});
  }
  // As they were written: each then goes to the end of its key's versions.
  for (auto& [prefix, writes] : writes_)
    std::sort(writes.begin(), writes.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
}

// The innermost sub-workflow that `path` is in.
std::string Replay::EnvironmentOf(const std::string& path) const {
  if (environments_.empty()) return {};
  for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    std::string prefix = path.substr(0, slash + 1);
    if (environments_.contains(prefix)) return prefix;
  }
  return {};
}

const std::vector<RecordedWrite>& Replay::WritesOf(const std::string& prefix) const {
  static const std::vector<RecordedWrite> none;
  auto it = writes_.find(prefix);
  return it == writes_.end() ? none : it->second;
}

void Replay::Add(const Record& record, const Json& body) {
  switch (record.kind) {
    case RecordKind::kStart:
      if (EnvironmentOf(record.path).empty()) begun_.insert(IdOf(record.path));
      steps_[record.path].start = body;
      steps_[record.path].start_seq = record.seq;
      return;
    case RecordKind::kReceipt:
      steps_[record.path].receipt = body;
      steps_[record.path].receipt_seq = record.seq;
      steps_[record.path].receipt_ms = record.at_ms;
      MoveWorkspace(body);
      return;
    case RecordKind::kSkip:
      if (EnvironmentOf(record.path).empty()) begun_.erase(IdOf(record.path));
      steps_[record.path].skipped = true;
      return;
    case RecordKind::kChild:
      return AddChild(record, body);
    case RecordKind::kChildReceipt:
      return AddChildReceipt(record, body);
    case RecordKind::kTry: {
      RecordedStep& step = steps_[record.path];
      auto it = step.by_key.find(record.key);
      if (it != step.by_key.end()) step.children[it->second].tries.push_back(body);
      return;
    }
    case RecordKind::kWorkspace:
      if (first_workspace_.is_null()) first_workspace_ = body;
      MoveWorkspace(body);
      retired_ = false;
      follow_ = undo_ = false;
      return;
    case RecordKind::kSignal:
      if (GetString(body, "what") == "cancel") cancelled_ = true;
      if (GetString(body, "what") == "resume") cancelled_ = false;
      return;
    case RecordKind::kRetire:
      retired_ = true;
      return;
    case RecordKind::kDiscard:
      Discard(GetMember(body, "steps").get<std::vector<std::string>>());
      // The files go back to where they stood before the first of the discarded steps.
      workspace_ = GetMember(body, "workspace");
      if (workspace_.is_null()) MoveWorkspace(first_workspace_);
      follow_ = GetBool(body, "follow");
      undo_ = GetBool(body, "undo");
      if (const Json& now = GetMember(body, "project"); now.is_object()) project_ = now;
      cancelled_ = false;
      ++generation_;
      return;
    case RecordKind::kAgain:
      return;
  }
}

void Replay::AddChild(const Record& record, const Json& body) {
  RecordedStep& step = steps_[record.path];
  step.by_key[record.key] = step.children.size();
  std::string service = GetString(body, "service");
  if (service == "workflow.run") environments_.insert(record.path + "/" + record.key + "/");
  std::string persona =
      service == "persona.request" ? GetString(GetMember(body, "input"), "persona") : std::string();
  step.children.push_back({record.key, service, GetString(body, "hash"), persona, {}, {}, 0});
}

void Replay::AddChildReceipt(const Record& record, const Json& body) {
  RecordedStep& step = steps_[record.path];
  auto it = step.by_key.find(record.key);
  if (it == step.by_key.end()) return;
  step.children[it->second].receipt = body;
  step.children[it->second].receipt_seq = record.seq;
  if (!GetBool(body, "dropped")) step.receipts.push_back(it->second);
  MoveWorkspace(GetMember(body, "result"));
}

void Replay::MoveWorkspace(const Json& body) {
  std::string commit = GetString(body, "commit");
  if (commit.empty()) return;
  workspace_ = {{"commit", commit}, {"tree", GetString(body, "tree")}};
}

void Replay::Discard(const std::vector<std::string>& ids) {
  for (const std::string& id : ids)
    std::erase_if(steps_, [&](const auto& entry) {
      return entry.first.starts_with(id.ends_with("/") ? id : id + "@");
    });
}

std::vector<std::string> Replay::InterruptedTypes() const {
  std::vector<std::string> types;
  for (const auto& [path, step] : steps_)
    if (step.start && !step.receipt) types.push_back(GetString(*step.start, "type"));
  return types;
}

const RecordedStep* Replay::Find(const std::string& path) const {
  auto it = steps_.find(path);
  return it == steps_.end() ? nullptr : &it->second;
}

}  // namespace mamc::engine
