#include "machine.hpp"

#include <mamc/board.h>

#include <algorithm>
#include <ostream>
#include <tuple>

#include "control.hpp"
#include "definitions.hpp"
#include "machine_options.hpp"
#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/plugin_client.hpp"
#include "mamc/engine/persona_service.hpp"
#include "reopen_run.hpp"
#include "requirements.hpp"
#include "signals.hpp"

namespace mamc::cli {
namespace {

constexpr Milliseconds kLeaveTime(5000);
constexpr Milliseconds kGoodbyeTime(2000);

}  // namespace

struct Machine::State {
  Session& session;
  MachineOptions options;
  StopSignals signals;  // before any thread
  std::unique_ptr<journal::StateDirLock> lock;
  std::string host;  // which of all hosts this is
  std::unique_ptr<Loop> loop;
  std::unique_ptr<plugin::Calls> calls;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<messaging::Channel> channel;
  std::unique_ptr<messaging::Announcements> announcements;
  std::unique_ptr<worker::Worker> worker;
  std::shared_ptr<Requirements> requirements;
  std::shared_ptr<plugin::Instance> board;
  std::unique_ptr<ControlServer> control;
  Definitions definitions;
  std::vector<PersonaPtr> served;
  std::vector<std::unique_ptr<coordinator::Coordinator>> coordinators;
  std::vector<std::string> projects;
  std::vector<ProjectResult> results;
  Exit exit = kDone;
  WatchId signal_watch = 0;

  State(Session& session_in, MachineOptions options_in)
      : session(session_in), options(std::move(options_in)) {}

  ~State() {
    // What uses plugins goes before the plugins, what uses the loop before the loop.
    control.reset();
    coordinators.clear();
    worker.reset();
    announcements.reset();
    channel.reset();
    engine.reset();
    if (loop && signal_watch != 0) loop->Unwatch(signal_watch);
    board.reset();
    calls.reset();
  }

  Exit Fail(const Status& status) { return session.Fail(status); }

  // All that is wrong is said at once; of the files nothing when settings that lead to them are wrong.
  Exit Load() {
    if (Exit code = session.NeedNames()) return code;
    const Exit loaded = LoadDefinitions(session, &definitions);
    return std::max(loaded, AllowedPersonas(session, definitions.personas, &served));
  }

  // Before anything is made for them.
  Exit ChooseProjects() {
    if (!Coordinates(session)) return OnlyServes();
    const auto& configured = session.config().projects;
    projects = options.projects;
    if (projects.empty())
      for (const auto& [id, project] : configured) projects.push_back(id);
    if (projects.empty())
      return session.Fail(kWrongUse,
                          "no project: give --project ID, or name projects under `projects:` in mamc.yaml");
    bool all_configured = std::all_of(projects.begin(), projects.end(),
                                      [&](const std::string& id) { return configured.contains(id); });
    if (all_configured) return kDone;
    auto asked = PluginClient::OfBoard(session);
    if (!asked.ok()) return Fail(asked.status());
    Result<Json> on_board = (*asked)->Ask(MAMC_BOARD_PROJECTS, {{"about", projects}});
    if (!on_board.ok()) return Fail(on_board.status().Within("the board cannot be read"));
    return CheckProjects(GetMember(*on_board, "projects"));
  }

  // A machine that does not coordinate has no loop and no board: it serves its personas until it is stopped.
  Exit OnlyServes() {
    const std::string why = session.config().OriginOf("allowed_personas").ToString() +
                            " does not name `coordination`, so this machine only serves its personas";
    if (!options.projects.empty() || options.drain)
      return session.Fail(kWrongUse,
                          why + " until it is stopped: --project and --drain are for one that coordinates");
    if (session.config().transport == "local")
      return session.Fail(kWrongUse,
                          why +
                              ", and with `transport: local` nobody can ask them: name a transport that "
                              "the machines share, as redis or nats");
    session.err << why << "; Ctrl-C stops it\n";
    return kDone;
  }

  // A project that neither the configuration nor the board has heard of is most likely misspelt. Without
  // drain its first task may still come.
  Exit CheckProjects(const Json& on_board) {
    std::vector<std::string> known;
    for (const auto& [id, project] : session.config().projects) known.push_back(id);
    for (const Json& project : on_board) known.push_back(GetString(project, "id"));
    for (const std::string& id : projects) {
      if (std::find(known.begin(), known.end(), id) != known.end()) continue;
      const std::string unknown = "there is no project '" + id + "'" + DidYouMean(id, known) +
                                  ": neither `projects:` in mamc.yaml nor a task on the board names it";
      if (options.drain) return session.Fail(kWrongUse, unknown);
      session.Warn(unknown);
    }
    return kDone;
  }

  Exit OpenJournal() {
    auto locked = journal::StateDirLock::Acquire(session.config().state_dir);
    if (!locked.ok()) {
      const bool setting = locked.status().code() == Code::kPermission;  // a folder that cannot be used
      return session.Fail(setting ? kWrongUse : kWorkFailed, locked.status().message());
    }
    lock = std::move(*locked);
    auto opened = journal::Journal::Open(lock->journal_file());
    if (!opened.ok()) return Fail(opened.status());
    journal = std::move(*opened);
    auto identity = HostIdentity(*lock);
    if (!identity.ok()) return Fail(identity.status());
    host = std::move(*identity);
    return kDone;
  }

  void StartLog() {
    const config::Config& config = session.config();
    bool journald = ::getenv("JOURNAL_STREAM") != nullptr;
    LogOptions log{config.log_level, config.log_format, !options.on_event,
                   journald ? std::string() : (config.state_dir / "machine-client.log").string()};
    ConfigureLog(log);
  }

  Result<std::shared_ptr<plugin::Instance>> Open(plugin::Kind kind, config::Section section,
                                                 const std::string& id) {
    auto settings = SettingsFor(session, kind, section, id);
    if (!settings.ok()) return settings.status();
    return calls->Open(kind, id, *settings);
  }

  // Each needs those before it.
  Exit Wire() {
    loop = MakeLoop();
    calls = std::make_unique<plugin::Calls>(*loop, session.catalog());
    for (auto step : {&State::WireEngine, &State::WireChannel, &State::WireBoard, &State::WireWorker,
                      &State::WireCoordinators})
      if (Exit code = (this->*step)()) return code;
    return kDone;
  }

  Exit WireEngine() {
    auto engine_options = EngineOptionsFor(session);
    if (!engine_options.ok()) return Fail(engine_options.status());
    engine_options->on_event = options.on_event;
    engine = std::make_unique<engine::Engine>(*loop, session.catalog(), *calls, *journal, session.names(),
                                              std::move(*engine_options));
    return kDone;
  }

  Exit WireChannel() {
    auto transport = Open(plugin::Kind::kTransport, config::Section::kTransports, session.config().transport);
    if (!transport.ok()) return Fail(transport.status());
    messaging::ChannelOptions channel_options;
    channel_options.consumer = ConsumerName();
    channel_options.context = SecretsFrom(session.config());
    channel_options.idle_ms = session.config().silence_limit_ms;
    channel_options.outage_limit_ms = session.config().outage_limit_ms;
    channel_options.on_lost = [this](const Status& status) {
      Unreachable(
          {status.code(), status.message() + "; what was under way is gone on with at the next start"});
    };
    channel = std::make_unique<messaging::Channel>(*loop, *calls, *transport, channel_options);
    if (session.config().transport != "local")  // there nobody else hears them
      announcements = std::make_unique<messaging::Announcements>(
          *loop, *calls, *transport, messaging::AnnouncementOptions{.context = channel_options.context});
    engine->AddService(
        "persona.request",
        engine::MakePersonaService(*loop, *journal, *channel, PersonaServiceOptionsFor(session.config())));
    return kDone;
  }

  Exit WireBoard() {
    if (projects.empty()) return kDone;  // it is the coordinator's
    auto opened = Open(plugin::Kind::kBoard, config::Section::kBoards, session.config().board);
    if (!opened.ok()) return Fail(opened.status());
    board = *opened;
    return kDone;
  }

  Exit WireWorker() {
    worker::WorkerOptions worker_options = WorkerOptionsFor(session);
    worker_options.personas = served;
    requirements = std::make_shared<Requirements>(session, *calls, definitions, worker_options.personas);
    if (!options.record.empty()) worker_options.record = options.record;
    if (!projects.empty())
      worker_options.coordinate = [this](const std::string& project, const std::string& corr_id,
                                         worker::WorkerOptions::Answered answered) {
        return Coordinate(project, corr_id, std::move(answered));
      };
    worker = std::make_unique<worker::Worker>(*loop, *calls, *journal, *engine, *channel,
                                              std::move(worker_options));
    engine->AddService("model.ask", worker->ask_service());
    return kDone;
  }

  Exit WireCoordinators() {
    const config::Config& config = session.config();
    for (const std::string& id : projects) {
      coordinator::CoordinatorOptions coordinator_options = CoordinatorOptionsFor(config, id, host);
      coordinator_options.drain = options.drain;
      coordinator_options.context = SecretsFrom(config);
      coordinator_options.only_task = options.only_task;
      coordinator_options.workflows = definitions.workflows;
      coordinator_options.personas = definitions.personas;
      coordinator_options.check_needs = [this, project = coordinator_options.project](
                                            const workflow::Workflow& workflow, const Json& task,
                                            Requirements::Done checked) {
        requirements->Check(workflow, {project.ToJson(), GetString(task, "repo", project.repo), project.base},
                            std::move(checked));
      };
      coordinator_options.on_refused = [this] { requirements->LookAgain(); };
      coordinators.push_back(
          std::make_unique<coordinator::Coordinator>(*loop, *calls, board, *journal, *engine, *channel,
                                                     std::move(coordinator_options), options.on_event));
    }
    if (!coordinators.empty()) engine->AddService("board", coordinators.front()->board_service());
    return kDone;
  }

  // A request to `coordination`. Returns what is to be called when nobody waits for its answer any more.
  std::function<void()> Coordinate(const std::string& project, const std::string& corr_id,
                                   worker::WorkerOptions::Answered answered) {
    auto found = std::find(projects.begin(), projects.end(), project);
    if (found == projects.end()) {
      std::string known;
      for (const std::string& id : projects) known += (known.empty() ? "" : ", ") + id;
      answered(NotFound("unknown project '" + project + "'" + DidYouMean(project, projects) + ": host " +
                        host + " runs " + known));
      return {};
    }
    coordinator::Coordinator& its = *coordinators[static_cast<std::size_t>(found - projects.begin())];
    its.Submit(corr_id, std::move(answered));
    return [&its, corr_id] { its.Unsubmit(corr_id); };
  }

  // A backend that cannot work as it is configured is said at once. Whether its server is there is seen
  // before the first run that needs it begins: a workflow without personas needs none.
  Exit CheckBackend() {
    const config::Config& config = session.config();
    auto backend = Open(plugin::Kind::kBackend, config::Section::kBackends, config.backend);
    return backend.ok() ? kDone : Fail(backend.status());
  }

  // Said once, here and at the tasks that are under way.
  void Unreachable(const Status& status) {
    if (exit != kDone) return;
    exit = session.Fail(kUnreachable, status.message());
    auto left = std::make_shared<std::size_t>(coordinators.size());
    for (const auto& coordinator : coordinators)
      coordinator->Leave(status, [this, left] {
        if (--*left == 0) loop->Stop();
      });
    // A board that does not answer holds nobody up.
    loop->After(coordinators.empty() ? Milliseconds(0) : kLeaveTime, [this] { loop->Stop(); });
  }

  Exit Listen() {
    auto server = ControlServer::Listen(*loop, lock->control_socket(),
                                        [this](const Json& request) { return Control(request); });
    if (!server.ok()) return session.Fail(kWorkFailed, server.status().message());
    control = std::move(*server);
    return kDone;
  }

  // The run that works on the task now; empty when none does.
  std::string RunningFor(const std::string& project, const std::string& task) const {
    for (const journal::RunRow& row : journal->ListRuns("running", task))
      if (row.kind == "task" && row.project == project && engine->running(row.id)) return row.id;
    return {};
  }

  Result<Json> Control(const Json& request) {
    std::string what = GetString(request, "what"), run = GetString(request, "run");
    if (what == "cancel-task") {
      run = RunningFor(GetString(request, "project"), GetString(request, "task"));
      if (run.empty()) return NotFound("no run of the task is under way here");
      what = "cancel";
    }
    if (what == "cancel") {
      if (Status status = engine->Cancel(run, GetString(request, "reason", "cancelled by a person"));
          !status.ok())
        return status;
      return Json{{"run", run}};
    }
    if (what == "reopen") {
      if (engine->running(run)) return Status(Code::kConflict, "run " + run + " is running");
      if (Status status = ReopenRun(*engine, *journal, run, GetString(request, "from")); !status.ok())
        return status;
      return Json::object();
    }
    return Invalid("the host does not know '" + what + "'");
  }

  // What this host has of the transport is given back at once. One that does not answer holds nobody up: it
  // is given back by its time.
  void SayGoodbye() {
    if (exit == kUnreachable) return;
    loop->Unwatch(std::exchange(signal_watch, 0));
    auto open = std::make_shared<std::size_t>(coordinators.size() + (announcements ? 2 : 1));
    const auto said = [open] { --*open; };
    // Not before nothing is ready any more: what was heard meanwhile is recorded, and goes out.
    loop->OnIdle([this, open] {
      std::ignore = journal->Commit();  // Run looks at its status
      if (*open == 0) loop->Stop();
    });
    loop->After(kGoodbyeTime, [this] { loop->Stop(); });
    channel->Close(said);
    loop->Post([this, said] {
      if (announcements) announcements->Withdraw(said);
      for (const auto& coordinator : coordinators) coordinator->GiveUp(said);
    });
    loop->Run();
  }

  void Interrupted() {
    bool under_way = engine->busy() || worker->busy() > 0;
    session.err << "\ninterrupted"
                << (under_way ? "; what was under way is gone on with at the next start\n" : "\n");
    exit = kInterrupted;
    loop->Stop();
  }

  // With drain one project after the other; without, all at once.
  void StartCoordinator(std::size_t at) {
    coordinators[at]->Start([this, at](coordinator::LoopResult result) {
      results.push_back({projects[at], std::move(result)});
      bool last = options.drain ? at + 1 == coordinators.size() : results.size() == coordinators.size();
      if (last) return loop->Stop();
      if (options.drain) loop->Post([this, at] { StartCoordinator(at + 1); });
    });
  }

  void StartCoordinators() {
    if (options.drain) return StartCoordinator(0);
    for (std::size_t at = 0; at < coordinators.size(); ++at) StartCoordinator(at);
  }
};

Machine::Machine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Machine::~Machine() = default;

std::unique_ptr<Machine> Machine::Make(Session& session, MachineOptions options, Exit* exit) {
  auto state = std::make_unique<State>(session, std::move(options));
  for (auto step : {&State::Load, &State::ChooseProjects, &State::OpenJournal}) {
    *exit = (state.get()->*step)();
    if (*exit != kDone) return nullptr;
  }
  state->StartLog();
  for (auto step : {&State::Wire, &State::CheckBackend, &State::Listen}) {
    *exit = (state.get()->*step)();
    if (*exit != kDone) return nullptr;
  }
  return std::unique_ptr<Machine>(new Machine(std::move(state)));
}

Exit Machine::Run() {
  State& s = *state_;
  s.signal_watch = s.loop->WatchReadable(s.signals.fd(), [&s] { s.Interrupted(); });
  s.loop->OnIdle([&s] {
    if (s.journal->Commit().ok()) return;
    s.exit = s.session.Fail(kWorkFailed, s.journal->status().message());
    s.loop->Stop();
  });
  s.loop->Post([&s] {
    if (s.announcements) s.announcements->Publish(AnnouncementOf(s.session, s.host, s.definitions, s.served));
    s.worker->Start();
    s.StartCoordinators();
  });
  s.loop->Run();
  s.engine->Leave();
  // What was recorded last: the loop was stopped before it was idle again.
  std::ignore = s.journal->Commit();
  s.SayGoodbye();
  const Status saved = s.journal->status();
  if (s.exit != kDone) return s.exit;  // and said why; a journal that cannot be written has logged it
  if (!saved.ok()) return s.session.Fail(kWorkFailed, saved.message());
  Exit exit = kDone;
  for (const ProjectResult& result : s.results) {
    const auto code = static_cast<Exit>(result.loop.exit_code());
    if (!result.loop.error.empty()) s.session.Fail(code, result.loop.error);
    exit = std::max(exit, code);
  }
  return exit;
}

Status Machine::Reopen(const std::string& run, const std::string& from_step) {
  return ReopenRun(*state_->engine, *state_->journal, run, from_step);
}

const std::vector<ProjectResult>& Machine::results() const {
  return state_->results;
}
std::int64_t Machine::answers() const {
  return state_->journal->CountAnswers();
}

}  // namespace mamc::cli
