// The child calls of a step: recorded, replayed, started, stopped.
#include "activation.hpp"
#include "mamc/base/text.hpp"
#include "scope.hpp"

namespace mamc::engine {

using journal::RecordKind;

namespace {

bool MayCall(bool composite, const std::string& service) {
  if (service == "timer" || service == "board" || service == "model.ask") return true;
  if (!composite) return service == "spawn";
  return service == "persona.request" || service == "step.run" || service == "workflow.run";
}

// Whoever nests more than this runs itself without end.
constexpr std::size_t kMaxWorkflowDepth = 16;

std::string TooDeep(const std::vector<std::string>& workflows) {
  std::string chain;
  for (const std::string& name : workflows) chain += (chain.empty() ? "" : " -> ") + name;
  return "sub-workflows are nested more than " + std::to_string(kMaxWorkflowDepth) + " deep: " + chain +
         "; a workflow that runs itself has no end, so give its step a condition that becomes false or name "
         "another "
         "workflow";
}

// A failure tells what became of the steps within, which may tell the same of theirs: what lies deeper than
// this is left out, or the story of a deeply nested failure could not be handed on as JSON.
constexpr int kMaxToldLevels = 32;

void CutBelow(Json& value, int levels) {
  if (!value.is_structured()) return;
  if (levels == 0) {
    value = nullptr;
    return;
  }
  for (Json& member : value) CutBelow(member, levels - 1);
}

}  // namespace

void Activation::OnChildCall(plugin::Ticket, std::string key, std::string service, std::string input) {
  if (completed_ || cancelled_ || !run_.MayGoOn()) return;
  auto parsed = ParseJson(input);
  if (!parsed.ok()) return Deliver(key, Code::kInvalid, ErrorJson(parsed.status().message()));
  bool composite = type_->manifest->composite;
  children_[key] = {.service = service, .input = std::move(*parsed)};
  if (!MayCall(composite, service)) {
    children_.erase(key);
    return Deliver(key, Code::kClass,
                   ErrorJson("a " + std::string(composite ? "composite" : "leaf") + " step may not call '" +
                             service + "'"));
  }
  if (!IsRecorded(service)) return StartChild(key, false, {});

  std::string hash = Sha256(service + "\n" + Dump(children_[key].input));
  bool known = recorded_ != nullptr && calls_made_ < recorded_->children.size();
  if (known && !CheckRecorded(key, service, hash)) return;
  if (known) {
    const RecordedChild& recorded = recorded_->children[calls_made_++];
    if (!recorded.receipt) return StartChild(key, true, recorded.tries);
    if (GetBool(*recorded.receipt, "dropped")) children_[key].dropped = true;
    return DeliverRecorded();
  }
  ++calls_made_;
  run_.Record(RecordKind::kChild, path_, key,
              {{"service", service}, {"hash", hash}, {"input", children_[key].input}});
  engine_.journal.AfterCommit([self = shared_from_this(), key] { self->StartChild(key, false, {}); });
}

// All calls of a composite step. Those of a leaf are part of its own effect, which is done again as a whole;
// only a model that has answered is not asked again.
bool Activation::IsRecorded(const std::string& service) const {
  return type_->manifest->composite || service == "model.ask";
}

bool Activation::CheckRecorded(const std::string& key, const std::string& service, const std::string& hash) {
  const RecordedChild& recorded = recorded_->children[calls_made_];
  std::string what;
  if (recorded.key != key || recorded.service != service)
    what = "it called " + service + " \"" + key + "\" where it had called " + recorded.service + " \"" +
           recorded.key + "\"";
  else if (recorded.hash != hash)
    what = "it called " + service + " \"" + key + "\" with another input";
  if (what.empty()) return true;
  children_.erase(key);
  NotDeterministic(what);
  engine_.calls.Cancel(ticket_, Code::kCancelled);
  return false;
}

void Activation::StartChild(const std::string& key, bool reattached, std::vector<Json> tries) {
  auto it = children_.find(key);
  if (it == children_.end() || it->second.dropped || !run_.MayGoOn()) return;
  Child& child = it->second;
  if (child.service == "timer") return StartTimer(key, child);
  // Part of a leaf's own effect, so it is not recorded.
  if (child.service == "spawn")
    return engine_.calls.ServeChild(ticket_, key, "spawn", Dump(child.input), run_.workspace().path());
  if (child.service == "step.run") return StartSteps(key, child);
  if (child.service == "workflow.run") return StartWorkflow(key, child);
  StartService(key, child, reattached, std::move(tries));
}

void Activation::StartTimer(const std::string& key, Child& child) {
  Milliseconds delay(GetInt(child.input, "delay_ms"));
  child.timer = engine_.loop.After(
      delay, [self = shared_from_this(), key] { self->ChildEnded(key, Code::kOk, Json::object()); });
}

void Activation::StartService(const std::string& key, Child& child, bool reattached,
                              std::vector<Json> tries) {
  auto found = engine_.services.find(child.service);
  if (found == engine_.services.end())
    return ChildEnded(key, Code::kUnsupported,
                      ErrorJson("this host has no service '" + child.service + "' here"));
  auto call = std::make_shared<ServiceCall>();
  call->run = run_.spec().id;
  call->path = path_;
  call->key = key;
  call->op_id = run_.OpId(path_ + "/" + key);
  call->service = child.service;
  call->input = std::move(child.input);
  call->timeout_ms = def_->timeout_ms;
  call->retries = def_->retries;
  call->deadline_unix_ms = run_.deadline_unix_ms();
  call->reattached = reattached;
  call->tries = std::move(tries);
  call->view = run_.shared_from_this();
  call->record_try = [self = shared_from_this(), key](Json body) {
    self->run_.Record(RecordKind::kTry, self->path_, key, body);
  };
  call->done = [self = shared_from_this(), key](Code code, Json result) {
    self->engine_.loop.Post(
        [self, key, code, result = std::move(result)] { self->ChildEnded(key, code, result); });
  };
  child.call = call;
  child.handler = found->second;
  workflow::Access access = child.handler->AccessOf(*call);
  if (access != workflow::Access::kRead && access != workflow::Access::kWrite)
    return child.handler->Start(call);
  auto granted = [self = shared_from_this(), key] {
    self->engine_.loop.Post([self, key] {
      auto waiting = self->children_.find(key);
      if (waiting != self->children_.end() && !waiting->second.dropped && self->run_.MayGoOn())
        waiting->second.handler->Start(waiting->second.call);
    });
  };
  auto hold = run_.holds().Acquire(path_ + "/" + key, access, std::move(granted));
  if (!hold.ok()) return ChildEnded(key, hold.status().code(), ErrorJson(hold.status().message()));
  child.hold = *hold;
}

Result<workflow::StepList> Activation::StepsOf(const Json& input) const {
  if (std::string type = GetString(input, "type"); !type.empty()) {
    auto step = std::make_shared<workflow::StepDef>();
    step->id = step->name = step->type = type;
    step->place = def_->place;
    step->params = workflow::Template::Literal(GetMember(input, "params"));
    if (input.contains("retries")) step->retries = static_cast<int>(GetInt(input, "retries"));
    return workflow::StepList{step};
  }
  std::string name = GetString(input, "list");
  auto list = def_->lists.find(name);
  if (list == def_->lists.end()) return workflow::StepList{};
  const Json& index = GetMember(input, "index");
  if (index.is_null()) return list->second;
  if (!index.is_number_unsigned() || index.get<std::size_t>() >= list->second.size())
    return Invalid("step.run: list '" + name + "' has no step " + Dump(index));
  return workflow::StepList{list->second[index.get<std::size_t>()]};
}

void Activation::StartSteps(const std::string& key, Child& child) {
  auto steps = StepsOf(child.input);
  if (!steps.ok()) return ChildEnded(key, steps.status().code(), ErrorJson(steps.status().message()));
  auto environment = frame_->environment();
  if (const Json& variables = GetMember(child.input, "variables"); variables.is_object()) {
    environment = std::make_shared<Environment>(*environment);
    environment->variables.update(variables);
  }
  bool single = child.input.contains("index") || child.input.contains("type");
  RunFrame(key, child, std::move(environment), std::move(*steps), frame_, single);
}

void Activation::StartWorkflow(const std::string& key, Child& child) {
  std::string name = GetString(child.input, "workflow");
  auto found = run_.definitions().workflows.find(name);
  if (found == run_.definitions().workflows.end())
    return ChildEnded(key, Code::kNotFound, ErrorJson("this run has no workflow '" + name + "'"));
  auto environment = std::make_shared<Environment>();
  environment->workflows = frame_->environment()->workflows;
  environment->workflows.push_back(name);
  if (environment->workflows.size() > kMaxWorkflowDepth)
    return ChildEnded(key, Code::kInvalid, ErrorJson(TooDeep(environment->workflows)));
  environment->state = run_.StateOf(path_ + "/" + key + "/");
  environment->variables = found->second->variables;
  if (const Json& inputs = GetMember(child.input, "inputs"); inputs.is_object())
    environment->variables.update(inputs);
  RunFrame(key, child, std::move(environment), found->second->steps, nullptr, false);
}

void Activation::RunFrame(const std::string& key, Child& child, std::shared_ptr<Environment> environment,
                          workflow::StepList steps, std::shared_ptr<Frame> outer, bool single) {
  bool workflow = child.service == "workflow.run";
  std::string only = single && !steps.empty() ? steps[0]->id : std::string();
  auto done = [self = shared_from_this(), key, environment, workflow,
               only](std::shared_ptr<Failure> failure) {
    self->engine_.loop.Post([self, key, environment, workflow, only, failure] {
      auto it = self->children_.find(key);
      if (it == self->children_.end()) return;
      Json summary = it->second.frame->Summary();
      if (failure || it->second.timed_out) CutBelow(summary, kMaxToldLevels);
      self->engine_.loop.Cancel(it->second.timer);
      if (it->second.timed_out)
        return self->ChildEnded(key, Code::kTimeout,
                                {{"message", "did not end within its timeout of " +
                                                 std::to_string(*self->def_->timeout_ms) + " ms"},
                                 {"steps", summary}});
      if (failure)
        return self->ChildEnded(key, failure->code,
                                {{"message", failure->message}, {"path", failure->path}, {"steps", summary}});
      Json result = {{"status", "done"}, {"steps", summary}};
      if (workflow) result["state"] = environment->state->Snapshot(environment->state->version());
      if (!only.empty()) {
        result["status"] = GetString(summary[only], "status");
        result["result"] = GetMember(summary[only], "result");
      }
      self->ChildEnded(key, Code::kOk, std::move(result));
    });
  };
  child.frame = std::make_shared<Frame>(frame_->shared_run(), std::move(environment), std::move(steps),
                                        path_ + "/" + key + "/", std::move(outer), std::move(done));
  ArmFrameTimeout(key, child);
  auto frame = child.frame;
  frame->Start();
}

// The time of a step with steps of its own is theirs together, counted from its first start.
void Activation::ArmFrameTimeout(const std::string& key, Child& child) {
  if (!def_->timeout_ms) return;
  std::int64_t left_ms =
      std::max<std::int64_t>(0, started_ms_ + *def_->timeout_ms - engine_.loop.clock().UnixMs());
  child.timer = engine_.loop.After(Milliseconds(left_ms), [self = shared_from_this(), key] {
    auto it = self->children_.find(key);
    if (it == self->children_.end() || it->second.dropped) return;
    it->second.timed_out = true;
    auto late = it->second.frame;  // erased from children_ when it has ended
    late->Cancel();
  });
}

void Activation::ChildEnded(const std::string& key, Code code, Json result) {
  auto it = children_.find(key);
  if (it == children_.end()) return;
  run_.holds().Release(it->second.hold);
  it->second.hold = 0;
  if (it->second.dropped || completed_) {
    children_.erase(it);
    return Conclude();
  }
  bool replaying = recorded_ != nullptr && receipts_delivered_ < recorded_->receipts.size();
  if (replaying && IsRecorded(it->second.service)) {
    early_.push_back({key, code, std::move(result)});
    return;
  }
  RecordAndDeliver({key, code, std::move(result)});
}

// Hands out recorded results in the order of their receipts, as far as their calls have been made again.
void Activation::DeliverRecorded() {
  while (recorded_ != nullptr && receipts_delivered_ < recorded_->receipts.size()) {
    const RecordedChild& recorded = recorded_->children[recorded_->receipts[receipts_delivered_]];
    auto it = children_.find(recorded.key);
    if (it == children_.end()) return;
    ++receipts_delivered_;
    Code code = static_cast<Code>(GetInt(*recorded.receipt, "code"));
    const Json& result = GetMember(*recorded.receipt, "result");
    children_.erase(it);
    Deliver(recorded.key, code, result);
  }
  std::vector<Ended> early;
  early.swap(early_);
  for (Ended& ended : early) RecordAndDeliver(std::move(ended));
}

void Activation::RecordAndDeliver(Ended ended) {
  auto it = children_.find(ended.key);
  if (it == children_.end() || it->second.dropped) return;
  if (IsRecorded(it->second.service)) {
    Json receipt = {{"code", static_cast<int>(ended.code)}, {"result", ended.result}};
    std::int64_t seq = run_.Record(RecordKind::kChildReceipt, path_, ended.key, receipt);
    RememberPersona(it->second, ended.code, ended.result, seq);
    if (std::string commit = GetString(ended.result, "commit"); it->second.call && !commit.empty())
      run_.workspace().MoveTo(commit);
  }
  children_.erase(it);
  Deliver(ended.key, ended.code, ended.result);
}

void Activation::Deliver(const std::string& key, Code code, const Json& result) {
  engine_.calls.ChildDone(ticket_, key, code, Dump(result));
}

// `personas.ID.result` is the last answer of that persona in this run.
void Activation::RememberPersona(const Child& child, Code code, const Json& result, std::int64_t seq) {
  if (child.service != "persona.request" || code != Code::kOk) return;
  auto persona = run_.FindPersona(GetString(child.call->input, "persona"));
  if (persona)
    frame_->environment()->state->Write({{PersonaStateKey(persona->id), result}}, path_ + "/persona", seq);
}

void Activation::OnCancelChild(plugin::Ticket, std::string key) {
  auto it = children_.find(key);
  if (it == children_.end() || completed_) return;
  // Recorded, so that a replay neither starts nor delivers it.
  bool recorded = it->second.dropped;
  if (IsRecorded(it->second.service) && !recorded)
    run_.Record(RecordKind::kChildReceipt, path_, key, {{"dropped", true}});
  StopChild(key);
}

void Activation::StopChild(const std::string& key) {
  auto it = children_.find(key);
  if (it == children_.end()) return;
  Child& child = it->second;
  child.dropped = true;
  if (child.frame) {
    engine_.loop.Cancel(child.timer);
    auto frame = child.frame;  // erased from children_ when it has ended
    return frame->Cancel();
  }
  if (child.timer != 0) engine_.loop.Cancel(child.timer);
  if (child.service == "spawn") engine_.calls.DropChild(ticket_, key);
  if (child.call && child.handler) child.handler->Cancel(child.call);
  run_.holds().Release(child.hold);
  children_.erase(key);
}

}  // namespace mamc::engine
