#include "mamc/worker/worker.hpp"

#include <charconv>

#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"
#include "model_asker.hpp"
#include "work_result.hpp"

namespace mamc::worker {
namespace {

using messaging::Delivery;
using messaging::Event;
using messaging::Request;

// What is told to end by the deadline has this long to say why it did not: its words have the command or the
// URL. The requester waits longer still.
constexpr std::int64_t kTellingMs = 5000;
// Of an answer as it is kept and sent. A message holds it as JSON within JSON, where it may grow, and a
// transport takes 16 MiB.
constexpr std::size_t kMostAnswerBytes = 6 << 20;
constexpr std::size_t kMostTasks = 10'000;  // whose runs are remembered
constexpr const char* kCoordination = "coordination";
constexpr std::size_t kMostLoopsAsked = 256;  // requests to `coordination` that wait for a loop's end
constexpr int kMostDeliveries = 5;            // of one request, before it is taken for what ends the workers

// model.ask within a persona's work.
class AskService final : public engine::Service {
 public:
  explicit AskService(ModelAsker& asker) : asker_(asker) {}

  void Start(std::shared_ptr<engine::ServiceCall> call) override {
    const engine::RunSpec& spec = call->view->spec();
    auto persona = call->view->FindPersona(spec.work_persona);
    if (!persona)
      return call->done(Code::kUnsupported, {{"message", "model.ask works only within a persona's work"}});
    auto files = MentionedFiles(spec.request, call->view->workspace_path());
    auto answered = [call](Code code, Json answer) { call->done(code, std::move(answer)); };
    const Payer payer{GetString(spec.project, "id"), GetString(spec.task, "id")};
    auto stop = asker_.Ask(persona, payer, spec.request, call->input, std::move(files),
                           call->deadline_unix_ms, std::move(answered));
    call->service_state = std::make_shared<ModelAsker::Stop>(std::move(stop));
  }

  void Cancel(const std::shared_ptr<engine::ServiceCall>& call) override {
    if (auto stop = std::static_pointer_cast<ModelAsker::Stop>(call->service_state)) (*stop)();
  }

 private:
  ModelAsker& asker_;
};

// A stream id that begins with milliseconds since the epoch tells when the message was sent; else 0.
std::int64_t SentMs(const std::string& id) {
  std::int64_t ms = 0;
  std::from_chars(id.data(), id.data() + id.size(), ms);
  return ms > 1'000'000'000'000 ? ms : 0;
}

// A request to `coordination` is no question to a model, unless a run's step asks it: those are sent by a
// coordinator.
bool AsksForLoop(const Request& request) {
  return request.to_persona == kCoordination && request.from != kCoordination;
}

std::string ProjectIn(const Request& request) {
  return request.project_id.empty() ? GetString(request.payload, "project_id") : request.project_id;
}

}  // namespace

struct Worker::State : std::enable_shared_from_this<Worker::State> {
  Loop& loop;
  plugin::Calls& calls;
  journal::Journal& journal;
  engine::Engine& engine;
  messaging::Channel& channel;
  WorkerOptions options;
  Ledger ledger;
  ModelAsker asker;
  std::shared_ptr<AskService> ask_service;

  // One request being served.
  struct Job {
    Delivery delivery;
    Request request;
    std::shared_ptr<const workflow::Persona> persona;
    std::int64_t started_ms = 0;
    std::string run;             // of the work, when there is any
    std::function<void()> stop;  // of the question or the wait for a loop, when it is only that
    messaging::Channel::Expectation cancellation = 0;
    TimerId deadline = 0;
    TimerId renewal = 0;
    // When its time is over; 0: never.
    std::int64_t deadline_unix_ms() const {
      return request.deadline_s > 0 ? started_ms + request.deadline_s * 1000 : 0;
    }
    bool lost = false;     // another worker has it: its answer counts, ours is not given
    Milliseconds held{0};  // when the claim was last known to be ours
  };
  std::map<std::string, std::shared_ptr<Job>> jobs;  // by corr_id
  std::map<std::string, std::string> runs_of_tasks;  // the run that a task was begun or resumed with last

  State(Loop& loop_in, plugin::Calls& calls_in, journal::Journal& journal_in, engine::Engine& engine_in,
        messaging::Channel& channel_in, WorkerOptions options_in)
      : loop(loop_in),
        calls(calls_in),
        journal(journal_in),
        engine(engine_in),
        channel(channel_in),
        options(std::move(options_in)),
        ledger(journal, loop.clock(), options.budgets),
        asker(loop, calls, &ledger, options),
        ask_service(std::make_shared<AskService>(asker)) {}

  void Serve(const std::shared_ptr<const workflow::Persona>& persona) {
    std::vector<std::string> names = persona->aliases;
    names.insert(names.begin(), persona->id);
    // A loop takes hours, and others may be asked for meanwhile.
    std::size_t credit = persona->id == kCoordination ? kMostLoopsAsked : 1;
    for (const std::string& name : names) {
      auto self = shared_from_this();
      channel.Consume(name, credit,
                      [self, persona](Delivery delivery) { self->OnRequest(persona, std::move(delivery)); });
    }
    Log("persona", LogLevel::kDebug, "persona registered",
        {{"persona", persona->id},
         {"model", persona->model},
         {"work_steps", std::to_string(persona->work.size())}});
  }

  // A task has one run at a time: when a coordinator begins another one - its predecessor died, or is cut off
  // - what was asked for the former is not wanted any more.
  void OnTaskEvent(const Event& event) {
    if (event.from_persona != kCoordination || event.status != "progress" || event.workflow_id.empty() ||
        !event.corr_id.starts_with("task:"))
      return;
    if (runs_of_tasks.size() >= kMostTasks) runs_of_tasks.clear();
    runs_of_tasks[event.corr_id] = event.workflow_id;
    std::vector<std::shared_ptr<Job>> former;
    for (const auto& [corr_id, job] : jobs)
      if (IsOfFormerRun(job->request)) former.push_back(job);
    for (const auto& job : former) Abandon(job, "its task is worked on in run " + event.workflow_id + " now");
  }

  bool IsOfFormerRun(const Request& request) const {
    auto run = runs_of_tasks.find(messaging::TaskCorrId(request.project_id, request.task_id));
    return run != runs_of_tasks.end() && !request.workflow_id.empty() && run->second != request.workflow_id;
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
    job->held = loop.clock().Monotonic();
    std::int64_t sent_ms = SentMs(job->delivery.id);
    bool late = job->request.deadline_s > 0 && sent_ms > 0 &&
                sent_ms + job->request.deadline_s * 1000 < job->started_ms;
    jobs[job->request.corr_id] = job;
    // Whoever took it ended before it had answered, again and again: it may be the request that ends them.
    if (job->delivery.delivery > kMostDeliveries)
      return Bury(job, Code::kFailed,
                  "delivered " + std::to_string(kMostDeliveries) +
                      " times and never answered: every worker that took it ended or stood still");
    const std::string& repo = job->request.repo;
    if (!repo.empty() && options.knows_repo && !options.knows_repo(ProjectIn(job->request), repo))
      return Bury(job, Code::kPermission,
                  "repository " + repo + " belongs to no project that is configured on " +
                      channel.options().consumer);
    if (IsOfFormerRun(job->request))
      // Perhaps the word that this run has begun is still on its way: then the next attempt is taken.
      return FinishError(job, Code::kUnavailable, "its task is worked on in another run now");
    if (late)
      return FinishError(
          job, Code::kTimeout,
          "the request came after its deadline of " + std::to_string(job->request.deadline_s) + " s");
    Begin(job);
  }

  // The requester hears of it, and no answer is kept, so that a person can have the dead letter replayed.
  void Bury(const std::shared_ptr<Job>& job, Code code, const std::string& why) {
    jobs.erase(job->request.corr_id);
    Event event = MakeEvent(*job, "error");
    event.error = why;
    event.result = {{"code", static_cast<int>(code)}};
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
    if (AsksForLoop(job->request) && options.coordinate)
      Coordinate(job);
    else if (job->persona->work.empty())
      AskOnly(job);
    else
      Work(job);
  }

  // Keeps the claim on the request while the work goes on.
  void Renew(const std::shared_ptr<Job>& job) {
    auto self = shared_from_this();
    job->renewal = loop.After(Milliseconds(channel.options().idle_ms / 3), [self, job] {
      self->channel.Extend(job->delivery, [self, job](Status status) {
        if (status.ok()) job->held = self->loop.clock().Monotonic();
        if (status.code() != Code::kStale) return;
        job->lost = true;
        self->Abandon(job, "another worker has taken it over");
      });
      self->Renew(job);
    });
  }

  void Coordinate(const std::shared_ptr<Job>& job) {
    const std::string project = ProjectIn(job->request);
    if (project.empty())
      return FinishError(
          job, Code::kInvalid,
          "the request names no project: set its field project_id, or project_id in its payload");
    auto answered = [self = shared_from_this(), job](Result<Json> answer) {
      if (!answer.ok()) return self->FinishError(job, answer.status().code(), answer.status().message());
      self->FinishDone(job, std::move(*answer));
    };
    job->stop = options.coordinate(project, job->request.corr_id, std::move(answered));
  }

  void AskOnly(const std::shared_ptr<Job>& job) {
    auto self = shared_from_this();
    Json request = {{"intent", job->request.intent}, {"payload", job->request.payload}};
    auto answered = [self, job](Code code, const Json& answer) {
      if (code < Code::kOk)
        return self->FinishError(job, code, GetString(answer, "message"), GetMember(answer, "details"));
      Json result = {{"status", GetString(answer, "status", "pass")}, {"output", GetString(answer, "text")}};
      for (const char* member : {"verdict", "problem", "usage", "left_out", "prompt_cut"})
        if (answer.contains(member)) result[member] = answer[member];
      self->FinishDone(job, std::move(result));
    };
    job->stop = asker.Ask(job->persona, {job->request.project_id, job->request.task_id}, request,
                          Json::object(), {}, job->deadline_unix_ms(), std::move(answered));
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
    bool goes_on = AsksForLoop(job->request) && options.coordinate;
    FinishError(job, Code::kTimeout,
                goes_on
                    ? "the loop of project " + ProjectIn(job->request) + " goes on without an answer: " + why
                    : "persona " + job->persona->id + " was stopped: " + why);
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
    if (const std::size_t bytes = Dump(Json(event.ToFields())).size(); bytes > kMostAnswerBytes)
      return FinishError(job, Code::kLimit,
                         "the answer of persona " + job->persona->id + " has " + std::to_string(bytes) +
                             " bytes; a message takes " + std::to_string(kMostAnswerBytes) +
                             " at the most. Let its work write less, or to a file");
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
    journal.AfterCommit([self, event, job] { self->Answer(job, event); });
  }

  // Who could not say for so long that it is at work asks first whether the request is still its own: another
  // may have it, and a question gets one answer. When nobody says so it comes again and is answered from the
  // journal.
  void Answer(const std::shared_ptr<Job>& job, const Event& event) {
    if (loop.clock().Monotonic() - job->held < Milliseconds(channel.options().idle_ms))
      return Publish(event, job->delivery);
    auto self = shared_from_this();
    channel.Extend(job->delivery, [self, job, event](Status status) {
      if (status.ok()) return self->Publish(event, job->delivery);
      Log("persona", LogLevel::kWarn, "answer not given",
          {{"persona", job->persona->id},
           {"corr_id", job->request.corr_id},
           {"reason",
            status.code() == Code::kStale ? "another worker has taken the request over" : status.message()}});
    });
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
  state_->channel.Observe([weak = std::weak_ptr(state_)](const Event& event) {
    if (auto state = weak.lock()) state->OnTaskEvent(event);
  });
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
