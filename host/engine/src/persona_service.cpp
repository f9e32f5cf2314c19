#include "mamc/engine/persona_service.hpp"

#include "mamc/base/text.hpp"

namespace mamc::engine {
namespace {

constexpr std::size_t kMostNamesBytes = 1000;

// What is missing of a change that was cut, as a sentence; empty: nothing. No line of a file begins as the
// heading of one does, and the headings have the order of the list of files.
std::string NotShown(const Json& change, std::size_t max_bytes) {
  if (!GetBool(change, "truncated")) return {};
  constexpr std::string_view kHeading = "\ndiff --git ";
  const std::string text = "\n" + GetString(change, "text");
  std::size_t begun = 0;
  for (std::size_t at = text.find(kHeading); at != std::string::npos; at = text.find(kHeading, at + 1))
    ++begun;
  std::vector<std::string> files;
  for (const Json& file : GetMember(change, "files"))
    if (file.is_string()) files.push_back(file);
  std::string names;
  for (std::size_t i = begun; i < files.size(); ++i) names += (names.empty() ? "" : ", ") + files[i];
  std::string sentence =
      "The change is too long to be shown whole (limits.change is " + std::to_string(max_bytes) + " bytes).";
  if (begun > 0 && begun <= files.size()) sentence += " It is cut off within " + files[begun - 1] + ".";
  if (!names.empty()) sentence += " Not shown at all: " + HeadAndTail(names, kMostNamesBytes);
  return sentence;
}

// A worker that has begun ends by itself when its time is up, and says what did not end: it is waited for
// that much longer. Our own words are for a request that nobody took up, and for a worker that is gone.
constexpr std::int64_t kWorkerGraceMs = 15000;

// The base is looked at in a working tree of its own, whose branch is nobody's.
constexpr char kAtBase[] = "-at-base";

// One request with all its attempts.
class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(Loop& loop, journal::Journal& journal, messaging::Channel& channel,
               const PersonaServiceOptions& options, std::shared_ptr<ServiceCall> call,
               std::shared_ptr<const workflow::Persona> persona)
      : loop_(loop),
        journal_(journal),
        channel_(channel),
        options_(options),
        call_(std::move(call)),
        persona_(std::move(persona)) {
    timeout_ms_ =
        GetInt(call_->input, "timeout_ms", call_->timeout_ms.value_or(options.timeout_ms(*persona_)));
    retries_ =
        static_cast<int>(GetInt(call_->input, "retries", call_->retries.value_or(options.max_retries)));
  }

  void Start() {
    std::int64_t total_ms = WrapperTimeoutMs(timeout_ms_, retries_, options_.backoff_increment_ms) +
                            (retries_ + 1) * kWorkerGraceMs;
    wrapper_ = loop_.After(Milliseconds(total_ms), [self = shared_from_this()] {
      const std::string& last = self->last_error_;
      self->Finish(Code::kTimeout, ErrorJson("persona " + self->persona_->id +
                                             " did not answer in all the time its attempts have" +
                                             (last.empty() ? "" : "; the last one failed: " + last)));
    });
    ComposePayload();
  }

  // A run that is parked is gone on with: what it has asked for is still wanted then, and taken. What was not
  // sent yet nobody works on.
  void Cancel() {
    if (!call_) return;
    if (!corr_id_.empty() && call_->view->MayGoOn()) Send("cancel");
    Close();
  }

 private:
  // ---- what is asked ----
  void ComposePayload() {
    const RunSpec& spec = call_->view->spec();
    payload_ = GetMember(call_->input, "payload");
    if (!payload_.is_object()) payload_ = Json::object();
    if (!payload_.contains("task")) {
      Json task = Json::object();
      for (const char* member : {"id", "title", "description", "type", "labels", "earlier_attempt"})
        if (spec.task.contains(member)) task[member] = spec.task[member];
      payload_["task"] = std::move(task);
    }
    std::string summary = call_->view->ContextSummary();
    if (!payload_.contains("context") && !payload_.contains("context_summary") && !summary.empty())
      payload_["context"] = std::move(summary);
    intent_ = GetString(call_->input, "intent", "work");
    const bool about_change = intent_ == "review" || intent_ == "summarize";
    judges_ = intent_ == "review" || GetBool(call_->input, "judges");
    const std::string at = GetString(call_->input, "at");
    if (!at.empty() && at != "base")
      return Finish(Code::kInvalid,
                    ErrorJson("a persona is asked `at: base` or without `at`, not at '" + at + "'"));
    at_base_ = !at.empty();
    if (about_change && !payload_.contains("change") && !spec.repo.empty()) return AddChange();
    FindCommit();
  }

  void AddChange() {
    call_->view->WithChange(options_.max_change_bytes, [self = shared_from_this()](Result<Json> change) {
      if (!self->call_) return;
      if (!change.ok()) return self->Finish(change.status().code(), ErrorJson(change.status().message()));
      self->not_shown_ = NotShown(*change, self->options_.max_change_bytes);
      self->payload_["change"] =
          GetString(*change, "text") + (self->not_shown_.empty() ? "" : "\n[" + self->not_shown_ + "]\n");
      self->FindCommit();
    });
  }

  void FindCommit() {
    if (persona_->work.empty()) return Attempt();
    if (persona_->work_writes && !at_base_ && call_->view->dirty())
      return Finish(Code::kInvalid, ErrorJson("persona " + persona_->id +
                                              " works on the branch, but the workspace has changes that "
                                              "are not committed; commit them in a step before this one"));
    call_->view->WithCommits([self = shared_from_this()](Result<RunCommits> commits) {
      if (!self->call_) return;
      if (!commits.ok()) return self->Finish(commits.status().code(), ErrorJson(commits.status().message()));
      self->commit_ = self->at_base_ ? commits->base : commits->reached;
      self->Attempt();
    });
  }

  // ---- attempts ----
  // Takes up the last recorded attempt after a crash, else begins the first.
  void Attempt() {
    if (!call_->tries.empty()) {
      const Json& last = call_->tries.back();
      number_ = static_cast<int>(GetInt(last, "number", 1));
      corr_id_ = GetString(last, "corr_id", CorrId());
      std::int64_t now = loop_.clock().UnixMs();
      std::int64_t due_ms = GetInt(last, "due_ms");
      if (due_ms > now) return WaitUntilDue(due_ms - now);
      return Publish();
    }
    number_ = 1;
    corr_id_ = CorrId();
    call_->record_try({{"number", number_}, {"corr_id", corr_id_}, {"due_ms", 0}});
    journal_.AfterCommit([self = shared_from_this()] { self->Publish(); });
  }

  std::string CorrId() const {
    return call_->run + "-" + Sha256(call_->op_id).substr(0, 12) + "-" + std::to_string(number_);
  }

  void Publish() {
    if (!call_ || !call_->view->MayGoOn()) return;
    begun_ = false;
    // Under the same corr_id: a worker that has it, or has answered it, does not do it twice.
    expectation_ = channel_.Expect(
        corr_id_, [self = shared_from_this()](const messaging::Event& event) { self->OnEvent(event); },
        [self = shared_from_this()] { self->Send("request"); });
    Arm(timeout_ms_, Code::kUnavailable, "nobody took the request up; is it enabled on any machine?");
    Emit("request-sent", intent_, {{"persona", persona_->id}, {"corr_id", corr_id_}, {"attempt", number_}});
    Send("request");
  }

  void Send(const std::string& what) {
    const RunSpec& spec = call_->view->spec();
    if (what == "cancel") {
      messaging::Event event;
      event.workflow_id = call_->run;
      event.task_id = GetString(spec.task, "id");
      event.from_persona = options_.from;
      event.status = "cancel";
      event.corr_id = corr_id_;
      event.timestamp_ms = loop_.clock().UnixMs();
      return channel_.PublishEvent(event, [](Status) {});
    }
    messaging::Request request;
    request.workflow_id = call_->run;
    request.task_id = GetString(spec.task, "id");
    request.step = call_->path + "/" + call_->key;
    request.from = options_.from;
    request.to_persona = persona_->id;
    request.intent = intent_;
    request.payload = payload_;
    request.corr_id = corr_id_;
    request.deadline_s = (timeout_ms_ + 999) / 1000;
    request.project_id = GetString(spec.project, "id");
    request.attempt = number_;
    if (!persona_->work.empty()) {
      request.repo = spec.repo;
      request.branch = spec.branch + (at_base_ ? kAtBase : "");
      request.base = spec.base;
      request.commit = commit_;
    }
    channel_.PublishRequest(request, [self = shared_from_this(), number = number_](Status status) {
      if (!status.ok() && self->call_ && self->number_ == number)
        self->AttemptFailed(status.code(), "cannot send the request: " + status.message());
    });
  }

  void OnEvent(const messaging::Event& event) {
    if (!call_) return;
    if (event.status == "progress") {
      // The worker has begun: its time counts from here, not from the queue.
      if (!begun_)
        Arm(timeout_ms_ + kWorkerGraceMs, Code::kTimeout,
            "a worker began with it and went silent; see its log, or whether its machine still runs");
      begun_ = true;
      return;
    }
    if (event.status == "done") {
      Json result = event.result.is_object() ? event.result : Json{{"output", event.result}};
      result["status"] = StatusOf(result);
      if (at_base_) result.erase("commit");  // the run does not go on from there
      DoubtPassOfPart(result);
      if (event.duration_ms > 0) result["duration_ms"] = event.duration_ms;
      Emit("request-answered", intent_,
           {{"persona", persona_->id},
            {"status", GetString(result, "status")},
            {"advises", !persona_->verdict_schema},
            {"corr_id", corr_id_}});
      return Finish(Code::kOk, std::move(result));
    }
    if (event.status != "error") return;
    auto code = static_cast<Code>(GetInt(event.result, "code", static_cast<int>(Code::kFailed)));
    AttemptFailed(code, event.error.empty() ? "persona " + persona_->id + " reported an error" : event.error,
                  GetMember(event.result, "details"));
  }

  // A foreign worker says "done" and perhaps no more. An exit code outweighs every word, and that a program
  // was stopped outweighs its exit code; who judges and has no verdict in its file has said nothing that
  // could pass.
  std::string StatusOf(const Json& result) const {
    if (GetBool(result, "timed_out")) return "fail";
    if (const Json& exit_code = GetMember(result, "exit_code"); exit_code.is_number_integer())
      return exit_code == 0 ? "pass" : "fail";
    std::string status = GetString(result, "status");
    if (judges_ && !persona_->verdict_schema) return status == "fail" ? status : "unknown";
    if (status == "pass" || status == "fail" || status == "unknown") return status;
    return persona_->verdict_schema ? "unknown" : "pass";
  }

  // Who has judged a part lets no whole pass.
  void DoubtPassOfPart(Json& result) const {
    if (!judges_ || not_shown_.empty() || result["status"] != "pass") return;
    result["status"] = "unknown";
    result["output"] = not_shown_ + "\nOf the rest it said:\n" + GetString(result, "output");
  }

  void AttemptFailed(Code code, const std::string& message, Json details = {}) {
    last_error_ = message;
    channel_.Forget(expectation_);
    loop_.Cancel(timer_);
    if (!IsRetryable(code) || number_ > retries_) {
      Json error = ErrorJson(message + (number_ > 1 ? " (" + std::to_string(number_) + " attempts)" : ""));
      if (!details.is_null()) error["details"] = std::move(details);
      return Finish(code, std::move(error));
    }
    std::int64_t wait_ms = number_ * options_.backoff_increment_ms;
    ++number_;
    corr_id_ = CorrId();
    Emit("request-retry", message, {{"persona", persona_->id}, {"attempt", number_}, {"wait_ms", wait_ms}});
    call_->record_try({{"number", number_},
                       {"corr_id", corr_id_},
                       {"due_ms", loop_.clock().UnixMs() + wait_ms},
                       {"after", message}});
    WaitUntilDue(wait_ms);
  }

  void WaitUntilDue(std::int64_t wait_ms) {
    timer_ = loop_.After(Milliseconds(wait_ms), [self = shared_from_this()] {
      if (self->call_) self->journal_.AfterCommit([self] { self->Publish(); });
    });
  }

  // `code` of an attempt whose time is up: nobody was reached, or whoever began with it did not end.
  void Arm(std::int64_t ms, Code code, const std::string& advice) {
    loop_.Cancel(timer_);
    timer_ = loop_.After(Milliseconds(ms), [self = shared_from_this(), ms, code, advice] {
      if (!self->call_) return;
      self->Send("cancel");  // whoever works on it need not go on
      self->AttemptFailed(code, "Timeout waiting for persona " + self->persona_->id + ": no answer within " +
                                    std::to_string(ms / 1000) + " s; " + advice);
    });
  }

  void Emit(const std::string& kind, const std::string& text, Json fields) {
    call_->view->Emit({call_->run, kind, call_->path, text, std::move(fields)});
  }

  void Finish(Code code, Json result) {
    if (!call_) return;
    auto done = std::move(call_->done);
    Close();
    done(code, std::move(result));
  }

  void Close() {
    channel_.Forget(expectation_);
    loop_.Cancel(timer_);
    loop_.Cancel(wrapper_);
    call_->service_state.reset();
    call_.reset();
  }

  Loop& loop_;
  journal::Journal& journal_;
  messaging::Channel& channel_;
  const PersonaServiceOptions& options_;
  std::shared_ptr<ServiceCall> call_;  // null once it has ended
  std::shared_ptr<const workflow::Persona> persona_;
  std::string last_error_;  // of the latest attempt that failed
  std::int64_t timeout_ms_ = 0;
  int retries_ = 0;
  int number_ = 0;
  std::string corr_id_;  // of the current attempt
  messaging::Channel::Expectation expectation_ = 0;
  bool begun_ = false;  // a worker has said so
  std::string intent_;
  bool judges_ = false;    // its word decides
  bool at_base_ = false;   // it works on what the run began from
  std::string not_shown_;  // of the change that it is asked about
  Json payload_;
  std::string commit_;
  TimerId timer_ = 0;
  TimerId wrapper_ = 0;
};

class PersonaService final : public Service {
 public:
  PersonaService(Loop& loop, journal::Journal& journal, messaging::Channel& channel,
                 PersonaServiceOptions options)
      : loop_(loop), journal_(journal), channel_(channel), options_(std::move(options)) {}

  workflow::Access AccessOf(const ServiceCall& call) const override {
    auto persona = call.view->FindPersona(GetString(call.input, "persona"));
    return persona && persona->work_writes ? workflow::Access::kWrite : workflow::Access::kNone;
  }

  void Start(std::shared_ptr<ServiceCall> call) override {
    std::string name = GetString(call->input, "persona");
    auto persona = call->view->FindPersona(name);
    if (!persona) return call->done(Code::kNotFound, ErrorJson("this run knows no persona '" + name + "'"));
    auto conversation = std::make_shared<Conversation>(loop_, journal_, channel_, options_, call, persona);
    call->service_state = std::make_shared<std::weak_ptr<Conversation>>(conversation);
    conversation->Start();
  }

  void Cancel(const std::shared_ptr<ServiceCall>& call) override {
    auto state = std::static_pointer_cast<std::weak_ptr<Conversation>>(call->service_state);
    if (auto conversation = state ? state->lock() : nullptr) conversation->Cancel();
  }

 private:
  Loop& loop_;
  journal::Journal& journal_;
  messaging::Channel& channel_;
  PersonaServiceOptions options_;
};

}  // namespace

std::int64_t WrapperTimeoutMs(std::int64_t timeout_ms, int retries, std::int64_t backoff_increment_ms) {
  std::int64_t backoffs = backoff_increment_ms * retries * (retries + 1) / 2;
  return (retries + 1) * timeout_ms + backoffs + 30000;
}

std::shared_ptr<Service> MakePersonaService(Loop& loop, journal::Journal& journal,
                                            messaging::Channel& channel, PersonaServiceOptions options) {
  return std::make_shared<PersonaService>(loop, journal, channel, std::move(options));
}

}  // namespace mamc::engine
