// What the journal has recorded of a run, by step path: read once when a run is resumed.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "deaths.hpp"
#include "mamc/base/json.hpp"
#include "mamc/journal/journal.hpp"

namespace mamc::engine {

// One recorded child call.
struct RecordedChild {
  std::string key;
  std::string service;
  std::string hash;
  std::string persona;  // asked by a persona.request
  std::vector<Json> tries;
  std::optional<Json> receipt;  // {"code", "result"} or {"dropped": true}
  std::int64_t receipt_seq = 0;
};

// What one record wrote to the state of its environment.
struct RecordedWrite {
  Json values;
  std::string persona;  // not empty: the values are the answer of this persona
  std::string writer;
  std::int64_t seq;
};

// One attempt of one step.
struct RecordedStep {
  std::optional<Json> start;
  std::int64_t start_seq = 0, receipt_seq = 0;  // numbers of their records
  std::optional<Json> receipt;
  std::int64_t receipt_ms = 0;  // when it was written
  bool skipped = false;
  std::vector<RecordedChild> children;  // in the order of their calls
  std::vector<std::size_t>
      receipts;  // indexes into children, in the order of their receipts (dropped ones left out)
  std::unordered_map<std::string, std::size_t> by_key;
};

class Replay {
 public:
  Replay() = default;
  explicit Replay(const std::vector<journal::Record>& records);

  // The records of one attempt; null when there are none. Valid as long as this object.
  const RecordedStep* Find(const std::string& path) const;
  // What was written in the environment of the sub-workflow whose step paths begin with `prefix`, or in the
  // outermost one (empty). Also what steps wrote within a composite that has ended and is not run again.
  const std::vector<RecordedWrite>& WritesOf(const std::string& prefix) const;
  // Where the workspace stood at the last record: null, or {"commit", "tree"}.
  const Json& workspace() const { return workspace_; }
  const Json& first_workspace() const { return first_workspace_; }
  // Types of the steps that had started and have no receipt.
  std::vector<std::string> InterruptedTypes() const;
  bool cancelled() const { return cancelled_; }
  bool retired() const { return retired_; }
  // The files are to go on from what the remote's branch has.
  bool follow() const { return follow_; }
  // What the run has pushed since its workspace stood there is to be taken back.
  bool undo() const { return undo_; }
  // As it was set up when steps were last discarded; null when nothing has told.
  const Json& project() const { return project_; }
  // Ids of the steps that were begun, also of those that were discarded since and of nested ones, and were
  // not skipped when their turn came again. Steps of sub-workflows are left out.
  const std::set<std::string>& begun() const { return begun_; }
  // How often records were discarded so that steps are done again.
  int generation() const { return generation_; }
  // Of the host, while it ran the run.
  const Deaths& deaths() const { return deaths_; }

 private:
  void Add(const journal::Record& record, const Json& body);
  void AddChild(const journal::Record& record, const Json& body);
  void AddChildReceipt(const journal::Record& record, const Json& body);
  void Discard(const std::vector<std::string>& ids);
  void MoveWorkspace(const Json& body);
  void CollectWrites();
  std::string EnvironmentOf(const std::string& path) const;

  std::map<std::string, RecordedStep> steps_;
  std::set<std::string> begun_;
  std::unordered_set<std::string> environments_;                        // prefixes of sub-workflows
  std::unordered_map<std::string, std::vector<RecordedWrite>> writes_;  // by prefix
  Json workspace_;
  Json first_workspace_;
  Json project_;
  bool cancelled_ = false;
  bool retired_ = false;
  bool follow_ = false;
  bool undo_ = false;
  int generation_ = 0;
  Deaths deaths_;
};

}  // namespace mamc::engine
