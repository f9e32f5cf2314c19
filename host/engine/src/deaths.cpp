#include "deaths.hpp"

#include <algorithm>

namespace mamc::engine {

using journal::Record;
using journal::RecordKind;

void Deaths::Add(const Record& record, const Json& body) {
  switch (record.kind) {
    case RecordKind::kStart:
      Progress(record.path);
      return Begun(record.path, record.seq);
    case RecordKind::kAgain:
      return Begun(record.path, record.seq);
    case RecordKind::kReceipt:
      Progress(record.path);
      ForgetBelow(record.path);
      steps_.erase(record.path);
      return;
    case RecordKind::kChild:
      Progress(record.path);
      if (GetString(body, "service") == "persona.request") steps_[record.path].asked.insert(record.key);
      return;
    case RecordKind::kChildReceipt:
      Progress(record.path);
      steps_[record.path].asked.erase(record.key);
      return ForgetBelow(record.path + "/" + record.key);
    case RecordKind::kDiscard:
      steps_.clear();
      of_run_ = 0;
      return;
    case RecordKind::kSignal:
      return Signal(GetString(body, "what"));
    case RecordKind::kSkip:
    case RecordKind::kTry:
      return Progress(record.path);
    case RecordKind::kWorkspace:  // prepared again by every process
    case RecordKind::kRetire:
      return;
  }
}

void Deaths::Signal(const std::string& what) {
  if (what == kSignalAgain) ++of_run_;
  if (what == "resume") {
    steps_.clear();
    of_run_ = 0;
  }
  if (what != kSignalLeft) return;
  of_run_ = std::max(0, of_run_ - 1);
  for (auto& [path, step] : steps_) step.running = false;
}

// Begun again without an end in between: the process that had begun it is dead.
void Deaths::Begun(const std::string& path, std::int64_t seq) {
  Step& step = steps_[path];
  if (step.running) Died(path, step);
  step.running = true;
  step.begun_seq = seq;
}

void Deaths::Close() {
  for (auto& [path, step] : steps_)
    if (step.running) Died(path, step);
}

void Deaths::Died(const std::string& path, Step& step) const {
  if (!Waited(path, step)) ++step.deaths;
}

// Steps below it that were begun after it were begun by the same process.
bool Deaths::Waited(const std::string& path, const Step& step) const {
  if (!step.asked.empty()) return true;
  const std::string below = path + "/";
  for (auto it = steps_.lower_bound(below); it != steps_.end() && it->first.starts_with(below); ++it)
    if (it->second.running && it->second.begun_seq > step.begun_seq) return true;
  return false;
}

// Something of the step, and so of those around it, has become durable: the next host begins further on.
void Deaths::Progress(const std::string& path) {
  of_run_ = 0;
  for (std::size_t end = path.size(); end != std::string::npos && end > 0; end = path.rfind('/', end - 1))
    if (auto it = steps_.find(path.substr(0, end)); it != steps_.end()) it->second.deaths = 0;
}

// What was begun there and has left no receipt was stopped.
void Deaths::ForgetBelow(const std::string& path) {
  const std::string below = path + "/";
  auto first = steps_.lower_bound(below), last = first;
  while (last != steps_.end() && last->first.starts_with(below)) ++last;
  steps_.erase(first, last);
}

int Deaths::Of(const std::string& path) const {
  auto it = steps_.find(path);
  return it == steps_.end() ? 0 : it->second.deaths;
}

std::vector<std::string> Deaths::UnderWay() const {
  std::vector<std::string> paths;
  for (const auto& [path, step] : steps_)
    if (step.running) paths.push_back(path);
  return paths;
}

std::vector<std::string> Deaths::Beside(const std::string& path) const {
  std::vector<std::string> others;
  for (const auto& [other, step] : steps_) {
    bool around = path.starts_with(other + "/") || other.starts_with(path + "/");
    if (other != path && step.deaths > 0 && !around) others.push_back(other);
  }
  return others;
}

}  // namespace mamc::engine
