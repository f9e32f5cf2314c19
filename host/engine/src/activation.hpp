// One attempt of one step, from its hold on the workspace to its receipt.
//
//   hold → workspace → parameters → start record → plugin call ⇄ child calls → receipt → frame
//
// A composite step that was under way at a crash is started again; its child calls must be those that were
// recorded, and their recorded results are handed to it in the order of their receipts, live ones only after
// the last recorded one. The same holds for what a leaf that is run again asks of a model.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "frame.hpp"

namespace mamc::engine {

class Activation final : public plugin::CallObserver, public std::enable_shared_from_this<Activation> {
 public:
  Activation(std::shared_ptr<Frame> frame, std::size_t at, std::shared_ptr<const workflow::StepDef> def,
             std::string path, int attempt);
  ~Activation() override;

  void Start();
  // Idempotent; the frame still gets AttemptEnded.
  void Cancel(Code reason);
  // Lets go of its children without a word.
  void Dismantle();

  // ---- plugin::CallObserver ----
  void OnComplete(plugin::Ticket ticket, plugin::Outcome outcome, bool abandoned) override;
  void OnEmit(plugin::Ticket ticket, std::string kind, std::string json) override;
  void OnChildCall(plugin::Ticket ticket, std::string key, std::string service, std::string input) override;
  void OnCancelChild(plugin::Ticket ticket, std::string key) override;

 private:
  // A child call that has not been delivered.
  struct Child {
    std::string service;
    Json input;                         // of a Service: the call has it
    std::shared_ptr<ServiceCall> call;  // of a Service
    std::shared_ptr<Service> handler;
    std::shared_ptr<Frame> frame;  // step.run, workflow.run
    TimerId timer = 0;
    HoldId hold = 0;
    bool dropped = false;    // nobody waits for it
    bool timed_out = false;  // its steps are being stopped because the step's time is over
  };
  struct Ended {
    std::string key;
    Code code;
    Json result;
  };

  void TakeReceipt(const Json& receipt);
  void OnHold();
  bool WantsPulledSummary() const;
  void BeginWithSummary();
  void Begin(const WorkspaceInfo* workspace);
  std::int64_t Deadline() const;
  Result<Json> Params() const;
  bool EndsHosts();
  bool MayStartAfterInterruption();
  void CallAgain();
  void RecordAgain();
  void CallPlugin();
  std::string Input(const WorkspaceInfo* workspace) const;
  Json WithLists(Json params) const;
  Json ListsInput() const;

  bool IsRecorded(const std::string& service) const;
  bool CheckRecorded(const std::string& key, const std::string& service, const std::string& hash);
  void StartChild(const std::string& key, bool reattached, std::vector<Json> tries);
  void StartService(const std::string& key, Child& child, bool reattached, std::vector<Json> tries);
  void StartSteps(const std::string& key, Child& child);
  void StartWorkflow(const std::string& key, Child& child);
  void StartTimer(const std::string& key, Child& child);
  Result<workflow::StepList> StepsOf(const Json& input) const;
  void RunFrame(const std::string& key, Child& child, std::shared_ptr<Environment> environment,
                workflow::StepList steps, std::shared_ptr<Frame> outer, bool single);
  void ArmFrameTimeout(const std::string& key, Child& child);
  void ChildEnded(const std::string& key, Code code, Json result);
  void DeliverRecorded();
  void RecordAndDeliver(Ended ended);
  void Deliver(const std::string& key, Code code, const Json& result);
  void RememberPersona(const Child& child, Code code, const Json& result, std::int64_t seq);
  void StopChild(const std::string& key);
  bool RanOutOfTime(Code code) const;
  std::string TimeoutText() const;
  void CheckAllReplayed();
  void NotDeterministic(const std::string& what);

  void Fail(Code code, std::string message, Json details = {});
  void Conclude();
  void VerifyWorkspace();
  bool EvaluateOutputs();
  bool CheckStateKeys(const Json& state);
  std::int64_t WriteReceipt();
  void End();

  std::shared_ptr<Frame> frame_;
  std::size_t at_;
  std::shared_ptr<const workflow::StepDef> def_;
  std::string path_;
  int attempt_;
  Run& run_;
  Engine::State& engine_;
  StepTypeEntry* type_ = nullptr;
  const RecordedStep* recorded_ = nullptr;

  HoldId hold_ = 0;
  HoldId turn_ = 0;  // of those that may have ended the host
  StateStore::Version version_ = 0;
  std::int64_t started_ms_ = 0;  // of the first start of this attempt
  Json params_;
  std::string input_;
  plugin::CallInfo info_;
  plugin::Ticket ticket_ = 0;
  bool called_ = false;     // the plugin has the ticket
  bool completed_ = false;  // the plugin has completed it
  bool cancelled_ = false;
  bool ended_ = false;
  bool left_behind_ = false;  // with the workspace that it wrote to: what is found there does not count

  std::map<std::string, Child> children_;
  std::size_t calls_made_ = 0;
  std::size_t receipts_delivered_ = 0;
  std::vector<Ended> early_;  // live results that wait for the recorded ones

  std::shared_ptr<Failure> failure_;
  Json result_;
  Json outputs_ = Json::object();
  Json state_ = Json::object();
  std::string commit_, tree_;
};

}  // namespace mamc::engine
