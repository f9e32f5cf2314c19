#include "mamc/worker/worker.hpp"

#include <charconv>

#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"
#include "model_asker.hpp"
#include "usage.hpp"

namespace mamc::worker {
namespace {

using messaging::Delivery;
using messaging::Event;
using messaging::Request;

// What is told to end by the deadline has this long to say why it did not: its words have the command or the
// URL. The requester waits longer still.
constexpr std::int64_t kTellingMs = 5000;
constexpr int kMostDeliveries = 5;  // of one request, before it is taken for what ends the workers

// model.ask within a persona's work.
class AskService final : public engine::Service {
 public:
  AskService(ModelAsker& asker, const WorkerOptions& options) : asker_(asker), options_(options) {}

  void Start(std::shared_ptr<engine::ServiceCall> call) override {
    const engine::RunSpec& spec = call->view->spec();
    auto persona = call->view->FindPersona(spec.work_persona);
    if (!persona)
      return call->done(Code::kUnsupported, {{"message", "model.ask works only within a persona's work"}});
    auto files = MentionedFiles(spec.request, call->view->workspace_path());
    auto answered = [call](Result<Json> answer) {
      if (answer.ok()) return call->done(Code::kOk, std::move(*answer));
      call->done(answer.status().code(), {{"message", answer.status().message()}});
    };
    auto stop = asker_.Ask(persona, spec.request, call->input, std::move(files), call->deadline_unix_ms,
                           std::move(answered));
    call->service_state = std::make_shared<ModelAsker::Stop>(std::move(stop));
  }

  void Cancel(const std::shared_ptr<engine::ServiceCall>& call) override {
    if (auto stop = std::static_pointer_cast<ModelAsker::Stop>(call->service_state)) (*stop)();
  }

 private:
  ModelAsker& asker_;
  const WorkerOptions& options_;
};

// A stream id that begins with milliseconds since the epoch tells when the message was sent; else 0.
std::int64_t SentMs(const std::string& id) {
  std::int64_t ms = 0;
  std::from_chars(id.data(), id.data() + id.size(), ms);
  return ms > 1'000'000'000'000 ? ms : 0;
}

// What a persona's work came to, as the requester gets it.
Json ResultOfWork(const workflow::Persona& persona, const engine::RunResult& run,
                  const std::string& start_commit) {
  Json result = {{"status", persona.verdict_schema ? "unknown" : "pass"}};
  for (const auto& step : persona.work) {
    const Json& ended = GetMember(run.steps, step->id);
    const Json& value = GetMember(ended, "result");
    if (GetString(ended, "status") != "done" || !value.is_object()) continue;
    result["data"] = value;
    if (value.contains("text")) result["output"] = value["text"];
    if (value.contains("summary")) result["output"] = value["summary"];
    AddUsage(result, GetMember(value, "usage"));
    if (GetBool(value, "pushed")) result["pushed"] = true;
    if (value.contains("verdict")) result["verdict"] = value["verdict"];
    if (value.contains("verdict") || persona.verdict_schema)
      result["status"] = GetString(value, "status", GetString(result, "status"));
    if (!value.contains("exit_code")) continue;
    result["exit_code"] = value["exit_code"];
    result["output"] = GetString(value, "stdout") + GetString(value, "stderr");
  }
  // An exit code decides; no text overrides it.
  if (result.contains("exit_code")) result["status"] = result["exit_code"] == 0 ? "pass" : "fail";
  if (!run.commit.empty() && run.commit != start_commit) result["commit"] = run.commit;
  return result;
}

}  // namespace

struct Worker::State : std::enable_shared_from_this<Worker::State> {
  Loop& loop;
  plugin::Calls& calls;
  journal::Journal& journal;
  engine::Engine& engine;
  messaging::Channel& channel;
  WorkerOptions options;
  ModelAsker asker;
  std::shared_ptr<AskService> ask_service;

  // One request being served.
  struct Job {
    Delivery delivery;
    Request request;
    std::shared_ptr<const workflow::Persona> persona;
    std::int64_t started_ms = 0;
    std::string run;        // of the work, when there is any
    ModelAsker::Stop stop;  // of the question, when it is only that
    messaging::Channel::Expectation cancellation = 0;
    TimerId deadline = 0;
    TimerId renewal = 0;
    // When its time is over; 0: never.
    std::int64_t deadline_unix_ms() const {
      return request.deadline_s > 0 ? started_ms + request.deadline_s * 1000 : 0;
    }
    bool lost = false;  // another worker has it: its answer counts, ours is not given
  };
  std::map<std::string, std::shared_ptr<Job>> jobs;  // by corr_id

  State(Loop& loop_in, plugin::Calls& calls_in, journal::Journal& journal_in, engine::Engine& engine_in,
        messaging::Channel& channel_in, WorkerOptions options_in)
      : loop(loop_in),
        calls(calls_in),
        journal(journal_in),
        engine(engine_in),
        channel(channel_in),
        options(std::move(options_in)),
        asker(loop, calls, options),
        ask_service(std::make_shared<AskService>(asker, options)) {}

  void Serve(const std::shared_ptr<const workflow::Persona>& persona) {
    std::vector<std::string> names = persona->aliases;
    names.insert(names.begin(), persona->id);
    for (const std::string& name : names) {
      auto self = shared_from_this();
      channel.Consume(name, 1,
                      [self, persona](Delivery delivery) { self->OnRequest(persona, std::move(delivery)); });
    }
    Log("persona", LogLevel::kDebug, "persona registered",
        {{"persona", persona->id},
         {"model", persona->model},
         {"work_steps", std::to_string(persona->work.size())}});
  }

  void OnRequest(const std::shared_ptr<const workflow::Persona>& persona, Delivery delivery) {
    // Every group sees every request: what is for somebody else is none of ours, well-formed or not.
    auto to = delivery.fields.find("to_persona");
    bool addressed = to != delivery.fields.end() && !to->second.empty();
    if (addressed && delivery.group != channel.options().group_prefix + to->second)
      return channel.Acknowledge(delivery);
    auto request = Request::FromFields(delivery.fields);
    if (!request.ok()) return channel.Dead(delivery, request.status().message());
    if (auto answer = journal.FindAnswer(request->corr_id)) return PublishStored(delivery, *answer);
    if (auto it = jobs.find(request->corr_id); it != jobs.end()) {
      // Sent again while we are at it: one of the two deliveries is enough.
      if (it->second->delivery.id != delivery.id) channel.Acknowledge(delivery);
      return;
    }
    auto job =
        std::make_shared<Job>(Job{std::move(delivery), std::move(*request), persona, loop.clock().UnixMs()});
    std::int64_t sent_ms = SentMs(job->delivery.id);
    bool late = job->request.deadline_s > 0 && sent_ms > 0 &&
                sent_ms + job->request.deadline_s * 1000 < job->started_ms;
    jobs[job->request.corr_id] = job;
    if (job->delivery.delivery > kMostDeliveries) return Bury(job);
    const std::string& repo = job->request.repo;
    if (!repo.empty() && options.knows_repo && !options.knows_repo(job->request.project_id, repo))
      return FinishError(job, Code::kPermission,
                         "repository " + repo + " belongs to no project that is configured on " +
                             channel.options().consumer);
    if (late)
      return FinishError(
          job, Code::kTimeout,
          "the request came after its deadline of " + std::to_string(job->request.deadline_s) + " s");
    Begin(job);
  }

  // Whoever took it ended before it had answered, again and again: it may be the request that ends them. No
  // answer is kept, so that a person can have the dead letter replayed.
  void Bury(const std::shared_ptr<Job>& job) {
    jobs.erase(job->request.corr_id);
    std::string why = "delivered " + std::to_string(kMostDeliveries) +
                      " times and never answered: every worker that took it ended or stood still";
    Event event = MakeEvent(*job, "error");
    event.error = why;
    event.result = {{"code", static_cast<int>(Code::kFailed)}};
    channel.Dead(job->delivery, why);
    channel.PublishEvent(event, [](Status status) {
      if (!status.ok())
        Log("transport", LogLevel::kError, "cannot publish an event", {{"error", status.message()}});
    });
  }

  void PublishStored(const Delivery& delivery, const std::string& answer) {
    auto fields = ParseJson(answer);
    if (!fields.ok())
      return channel.Dead(delivery, "the stored answer is damaged: " + fields.status().message());
    auto event = Event::FromFields(fields->get<messaging::Fields>());
    if (!event.ok())
      return channel.Dead(delivery, "the stored answer is damaged: " + event.status().message());
    Publish(*event, delivery);
  }

  void Begin(const std::shared_ptr<Job>& job) {
    const std::string& corr_id = job->request.corr_id;
    Log("persona", LogLevel::kInfo, "request started",
        {{"persona", job->persona->id},
         {"intent", job->request.intent},
         {"task", job->request.task_id},
         {"corr_id", corr_id}});
    auto self = shared_from_this();
    job->cancellation = channel.Expect(corr_id, [self, job](const Event& event) {
      if (event.status == "cancel") self->Abandon(job, "the requester does not wait any more");
    });
    if (job->request.deadline_s > 0)
      job->deadline = loop.After(Milliseconds(job->request.deadline_s * 1000 + kTellingMs), [self, job] {
        self->Abandon(job, "its time of " + std::to_string(job->request.deadline_s) + " s was up");
      });
    Renew(job);
    Event started = MakeEvent(*job, "progress");
    started.result = {{"state", "started"}};
    channel.PublishEvent(started, [](Status) {});
    if (job->persona->work.empty())
      AskOnly(job);
    else
      Work(job);
  }

  // Keeps the claim on the request while the work goes on.
  void Renew(const std::shared_ptr<Job>& job) {
    auto self = shared_from_this();
    job->renewal = loop.After(Milliseconds(channel.options().idle_ms / 3), [self, job] {
      self->channel.Extend(job->delivery, [self, job](Status status) {
        if (status.code() != Code::kStale) return;
        job->lost = true;
        self->Abandon(job, "another worker has taken it over");
      });
      self->Renew(job);
    });
  }

  void AskOnly(const std::shared_ptr<Job>& job) {
    auto self = shared_from_this();
    Json request = {{"intent", job->request.intent}, {"payload", job->request.payload}};
    auto answered = [self, job](Result<Json> answer) {
      if (!answer.ok()) return self->FinishError(job, answer.status().code(), answer.status().message());
      Json result = {{"status", GetString(*answer, "status", "pass")},
                     {"output", GetString(*answer, "text")}};
      for (const char* member : {"verdict", "usage"})
        if (answer->contains(member)) result[member] = (*answer)[member];
      self->FinishDone(job, std::move(result));
    };
    job->stop =
        asker.Ask(job->persona, request, Json::object(), {}, job->deadline_unix_ms(), std::move(answered));
  }

  void Work(const std::shared_ptr<Job>& job) {
    const Request& request = job->request;
    engine::RunSpec spec;
    spec.id = "w" + Sha256(request.corr_id).substr(0, 16);
    spec.kind = "work";
    spec.work_persona = job->persona->id;
    spec.task = GetMember(request.payload, "task");
    if (!spec.task.is_object()) spec.task = {{"id", request.task_id}};
    spec.project = options.project ? options.project(request.project_id) : Json{{"id", request.project_id}};
    spec.request = {{"intent", request.intent},
                    {"payload", request.payload},
                    {"step", request.step},
                    {"from", request.from}};
    spec.repo = request.repo;
    spec.branch = request.branch;
    spec.base = request.base;
    spec.commit = request.commit;
    spec.texts["persona/" + job->persona->id] = job->persona->text;
    auto self = shared_from_this();
    job->run = spec.id;
    engine.Start(std::move(spec), [self, job](engine::RunResult result) {
      if (result.status != "done") {
        Code code = result.status == "cancelled" ? Code::kTimeout : result.code;
        return self->FinishError(job, code, result.error, result.details);
      }
      self->FinishDone(job, ResultOfWork(*job->persona, result, job->request.commit));
    });
    engine.LimitTime(job->run, job->deadline_unix_ms());
  }

  void Abandon(const std::shared_ptr<Job>& job, const std::string& why) {
    if (!jobs.contains(job->request.corr_id)) return;
    Log("persona", LogLevel::kWarn, "request abandoned",
        {{"persona", job->persona->id}, {"corr_id", job->request.corr_id}, {"reason", why}});
    if (!job->run.empty()) {
      // Its end reports itself.
      if (Status status = engine.Cancel(job->run, why); status.ok()) return;
    }
    if (job->stop) job->stop();
    FinishError(job, Code::kTimeout, "persona " + job->persona->id + " was stopped: " + why);
  }

  Event MakeEvent(const Job& job, const std::string& status) const {
    Event event;
    event.workflow_id = job.request.workflow_id;
    event.task_id = job.request.task_id;
    event.step = job.request.step;
    event.from_persona = job.persona->id;
    event.status = status;
    event.corr_id = job.request.corr_id;
    event.timestamp_ms = loop.clock().UnixMs();
    event.duration_ms = event.timestamp_ms - job.started_ms;
    return event;
  }

  void FinishDone(const std::shared_ptr<Job>& job, Json result) {
    result["worker"] = channel.options().consumer;
    Event event = MakeEvent(*job, "done");
    event.result = std::move(result);
    Finish(job, event);
  }

  void FinishError(const std::shared_ptr<Job>& job, Code code, const std::string& message,
                   const Json& details = {}) {
    Event event = MakeEvent(*job, "error");
    event.error = message;
    event.result = {{"code", static_cast<int>(code)}};
    if (!details.is_null()) event.result["details"] = details;
    Log("persona", LogLevel::kError, "request failed",
        {{"persona", job->persona->id}, {"corr_id", job->request.corr_id}, {"error", message}});
    Finish(job, event);
  }

  // Durable first, then out.
  void Finish(const std::shared_ptr<Job>& job, const Event& event) {
    if (jobs.erase(job->request.corr_id) == 0) return;
    loop.Cancel(job->deadline);
    loop.Cancel(job->renewal);
    channel.Forget(job->cancellation);
    if (job->lost) return;
    journal.PutAnswer(job->request.corr_id, Dump(Json(event.ToFields())));
    auto self = shared_from_this();
    journal.AfterCommit([self, event, delivery = job->delivery] { self->Publish(event, delivery); });
  }

  void Publish(const Event& event, const Delivery& delivery) {
    auto self = shared_from_this();
    channel.PublishEvent(event, [self, delivery](Status status) {
      // Left unacknowledged, it comes again and is answered from the journal.
      if (!status.ok())
        return Log("transport", LogLevel::kError, "cannot publish an event", {{"error", status.message()}});
      self->channel.Acknowledge(delivery);
    });
  }
};

Worker::Worker(Loop& loop, plugin::Calls& calls, journal::Journal& journal, engine::Engine& engine,
               messaging::Channel& channel, WorkerOptions options)
    : state_(std::make_shared<State>(loop, calls, journal, engine, channel, std::move(options))) {}

Worker::~Worker() = default;

void Worker::Start() {
  std::string ids;
  for (const auto& persona : state_->options.personas) {
    state_->Serve(persona);
    ids += (ids.empty() ? "" : ", ") + persona->id;
  }
  Log("persona", LogLevel::kInfo, "personas registered",
      {{"count", std::to_string(state_->options.personas.size())}, {"personas", ids}});
}

std::shared_ptr<engine::Service> Worker::ask_service() const {
  return state_->ask_service;
}
std::size_t Worker::busy() const {
  return state_->jobs.size();
}

}  // namespace mamc::worker
