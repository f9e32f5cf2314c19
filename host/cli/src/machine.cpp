#include "machine.hpp"

#include <mamc/board.h>
#include <unistd.h>

#include <ostream>

#include "control.hpp"
#include "mamc/base/files.hpp"
#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"
#include "mamc/engine/persona_service.hpp"
#include "signals.hpp"

namespace mamc::cli {
namespace {

using PersonaPtr = std::shared_ptr<const workflow::Persona>;
using WorkflowPtr = std::shared_ptr<const workflow::Workflow>;

void Say(Session& session, const std::vector<workflow::Problem>& problems) {
  for (const workflow::Problem& problem : problems) session.err << problem.ToString() << '\n';
}

// Secrets for plugins that work outside a run.
class SecretContext final : public plugin::CallContext {
 public:
  explicit SecretContext(const config::Config& config) : config_(config) {}
  Result<std::string> Secret(std::string_view name) const override {
    if (auto value = config_.Secret(name)) return *value;
    return NotFound("the secret " + std::string(name) + " is not set: put it into the environment or .env");
  }
  Result<std::string> State(std::string_view) const override { return NotFound("there is no run"); }
  Result<std::string> PutArtifact(std::string_view) override {
    return Status(Code::kUnsupported, "there is no run");
  }
  Result<std::string> GetArtifact(std::string_view) const override { return NotFound("there is no run"); }

 private:
  const config::Config& config_;
};

std::string HostName() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != 0 ? name : "localhost";
}

// Settings of a type, with what the configuration says under names of its own.
Result<Json> SettingsFor(Session& session, plugin::Kind kind, config::Section section,
                         const std::string& id) {
  auto type = session.catalog().Find(kind, id);
  if (!type.ok()) return type.status();
  Json settings = session.SettingsOf(section, *type->type);
  const config::Config& config = session.config();
  const auto& schema = *type->type->settings;
  if (schema.HasProperty("project_base") && !settings.contains("project_base"))
    settings["project_base"] = config.project_base.string();
  if (schema.HasProperty("author") && !settings.contains("author") && !config.git_author_name.empty())
    settings["author"] = {{"name", config.git_author_name}, {"email", config.git_author_email}};
  return settings;
}

}  // namespace

Exit LoadPersonas(Session& session, std::vector<PersonaPtr>* personas) {
  Exit exit = kDone;
  for (const auto& [id, file] : session.names().personas()) {
    auto text = ReadFile(file.file);
    if (!text.ok()) return session.Fail(text.status());
    auto loaded = workflow::LoadPersona(*text, file.file.string(), session.names());
    Say(session, loaded.problems);
    if (loaded.persona)
      personas->push_back(loaded.persona);
    else
      exit = kWrongUse;
  }
  return exit;
}

Exit LoadWorkflows(Session& session, std::vector<WorkflowPtr>* workflows) {
  Exit exit = kDone;
  for (const auto& [name, file] : session.names().workflows()) {
    auto text = ReadFile(file.file);
    if (!text.ok()) return session.Fail(text.status());
    auto loaded = workflow::LoadWorkflow(*text, file.file.string(), session.names());
    Say(session, loaded.problems);
    if (loaded.workflow)
      workflows->push_back(loaded.workflow);
    else
      exit = kWrongUse;
  }
  return exit;
}

namespace {

// The next loop goes on with the run; what it has recorded from `from_step` on counts no more, when that is
// given.
Status ReopenRun(engine::Engine& engine, journal::Journal& journal, const std::string& run,
                 const std::string& from_step) {
  auto row = journal.FindRun(run);
  if (!row) return NotFound("no run " + run + " in the journal; `mamc-host runs list` names them");
  if (row->kind != "task")
    return Invalid("run " + run + " is a persona's work; resume the run that asked for it");
  if (!from_step.empty())
    if (Status discarded = engine.DiscardFrom(run, from_step); !discarded.ok()) return discarded;
  // Somebody's wish to go on is newer than the wish to cancel.
  journal.Append(run, journal::RecordKind::kSignal, "", "", Dump({{"what", "resume"}}));
  journal.ReopenRun(run);
  return journal.Commit();
}

}  // namespace

struct Machine::State {
  Session& session;
  MachineOptions options;
  StopSignals signals;  // before any thread
  std::unique_ptr<journal::StateDirLock> lock;
  std::unique_ptr<Loop> loop;
  std::unique_ptr<plugin::Calls> calls;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<messaging::Channel> channel;
  std::unique_ptr<worker::Worker> worker;
  std::shared_ptr<plugin::Instance> board;
  std::unique_ptr<ControlServer> control;
  std::vector<WorkflowPtr> workflows;
  std::vector<PersonaPtr> personas;
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
    channel.reset();
    engine.reset();
    if (loop && signal_watch != 0) loop->Unwatch(signal_watch);
    board.reset();
    calls.reset();
  }

  Exit Fail(const Status& status) { return session.Fail(status); }

  Exit Load() {
    if (Exit code = session.NeedNames()) return code;
    if (Exit code = LoadWorkflows(session, &workflows)) return code;
    return LoadPersonas(session, &personas);
  }

  // The personas served here, by ALLOWED_PERSONAS.
  Exit Served(std::vector<PersonaPtr>* served) {
    const auto& allowed = session.config().allowed_personas;
    if (allowed.empty()) {
      *served = personas;
      return kDone;
    }
    Exit code = kDone;
    for (const std::string& name : allowed) {
      std::string id = session.names().FindPersona(name);
      auto found = std::find_if(personas.begin(), personas.end(),
                                [&](const PersonaPtr& persona) { return persona->id == id; });
      if (found != personas.end())
        served->push_back(*found);
      else
        code = session.Fail(kWrongUse, session.config().OriginOf("allowed_personas").ToString() +
                                           ": there is no persona '" + name + "'" +
                                           DidYouMean(name, session.names().PersonaNames()));
    }
    return code;
  }

  Exit OpenJournal() {
    auto locked = journal::StateDirLock::Acquire(session.config().state_dir);
    if (!locked.ok()) return session.Fail(kWorkFailed, locked.status().message());
    lock = std::move(*locked);
    auto opened = journal::Journal::Open(lock->journal_file());
    if (!opened.ok()) return Fail(opened.status());
    journal = std::move(*opened);
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

  Exit Wire() {
    const config::Config& config = session.config();
    plugin::Catalog& catalog = session.catalog();
    loop = MakeLoop();
    calls = std::make_unique<plugin::Calls>(*loop, catalog);

    engine::EngineOptions engine_options;
    engine_options.workspace_type = config.workspace;
    auto workspace =
        SettingsFor(session, plugin::Kind::kWorkspace, config::Section::kWorkspaces, config.workspace);
    if (!workspace.ok()) return Fail(workspace.status());
    engine_options.workspace_settings = *workspace;
    for (const auto& type : catalog.Types(plugin::Kind::kStep)) {
      Json settings = session.SettingsOf(config::Section::kSteps, *type.type);
      if (!settings.empty()) engine_options.step_settings[type.type->id] = std::move(settings);
    }
    const auto& revisions = config.coordinator_max_revision_attempts;
    engine_options.defaults["max_revision_attempts"] = revisions ? Json(*revisions) : Json("unlimited");
    engine_options.artifacts_dir = config.state_dir / "artifacts";
    engine_options.retry_backoff = Milliseconds(config.persona_retry_backoff_increment_ms);
    engine_options.secret = [&config](std::string_view name) -> Result<std::string> {
      if (auto value = config.Secret(name)) return *value;
      return NotFound("the secret " + std::string(name) + " is not set: put it into the environment or .env");
    };
    engine_options.on_event = options.on_event;
    engine = std::make_unique<engine::Engine>(*loop, catalog, *calls, *journal, session.names(),
                                              std::move(engine_options));

    auto transport = Open(plugin::Kind::kTransport, config::Section::kTransports, config.transport);
    if (!transport.ok()) return Fail(transport.status());
    messaging::ChannelOptions channel_options;
    channel_options.consumer = HostName() + "-" + std::to_string(::getpid());
    channel_options.on_lost = [this](const Status& status) {
      Unreachable(
          {status.code(), status.message() + "; what was under way is gone on with at the next start"});
    };
    channel = std::make_unique<messaging::Channel>(*loop, *calls, *transport, channel_options);

    auto opened_board = Open(plugin::Kind::kBoard, config::Section::kBoards, config.board);
    if (!opened_board.ok()) return Fail(opened_board.status());
    board = *opened_board;
    if (Exit code = WireWorker()) return code;
    return WireCoordinators();
  }

  Exit WireWorker() {
    const config::Config& config = session.config();
    worker::WorkerOptions worker_options;
    if (Exit code = Served(&worker_options.personas)) return code;
    worker_options.default_backend = config.backend;
    for (const auto& type : session.catalog().Types(plugin::Kind::kBackend))
      worker_options.backend_settings[type.type->id] =
          session.SettingsOf(config::Section::kBackends, *type.type);
    worker_options.models = config.persona_models;
    worker_options.backends = config.persona_backends;
    worker_options.record = options.record.empty() ? config.record : options.record;
    worker_options.context = std::make_shared<SecretContext>(config);
    worker_options.on_unreachable = [this](const Status& status) { Unreachable(status); };
    worker_options.project = [this](const std::string& id) { return ProjectOf(id).ToJson(); };
    // Within one process a request names what the coordinator here has configured.
    if (config.transport != "local")
      worker_options.knows_repo = [&config](const std::string& project, const std::string& repo) {
        auto it = config.projects.find(project);
        return it != config.projects.end() && it->second.repo == repo;
      };
    worker = std::make_unique<worker::Worker>(*loop, *calls, *journal, *engine, *channel,
                                              std::move(worker_options));
    engine->AddService("model.ask", worker->ask_service());

    engine::PersonaServiceOptions persona_options;
    persona_options.max_retries = static_cast<int>(config.persona_timeout_max_retries);
    persona_options.backoff_increment_ms = config.persona_retry_backoff_increment_ms;
    persona_options.timeout_ms = [&config](const workflow::Persona& persona) {
      auto it = config.persona_timeouts_ms.find(persona.id);
      if (it != config.persona_timeouts_ms.end()) return it->second;
      if (persona.timeout_ms) return *persona.timeout_ms;
      return persona.coding ? config.persona_coding_timeout_ms : config.persona_default_timeout_ms;
    };
    engine->AddService("persona.request",
                       engine::MakePersonaService(*loop, *journal, *channel, std::move(persona_options)));
    return kDone;
  }

  coordinator::Project ProjectOf(const std::string& id) const {
    coordinator::Project project;
    project.id = id;
    auto it = session.config().projects.find(id);
    if (it == session.config().projects.end()) return project;
    const config::Project& configured = it->second;
    project.name = configured.name;
    project.repo = configured.repo;
    project.base = configured.base;
    project.merge = std::string(config::MergeName(configured.merge));
    project.base_writes = configured.base_writes;
    project.test = configured.test;
    project.test_network = configured.test_network;
    project.workflow = configured.workflow;
    return project;
  }

  Exit WireCoordinators() {
    const config::Config& config = session.config();
    projects = options.projects;
    if (projects.empty())
      for (const auto& [id, project] : config.projects) projects.push_back(id);
    if (projects.empty())
      return session.Fail(kWrongUse,
                          "no project: give --project ID, or name projects under `projects:` in mamc.yaml");
    for (const std::string& id : projects) {
      coordinator::CoordinatorOptions coordinator_options;
      coordinator_options.project = ProjectOf(id);
      coordinator_options.max_iterations = config.coordinator_max_iterations.value_or(0);
      coordinator_options.blocked_max_attempts = config.blocked_max_attempts;
      coordinator_options.drain = options.drain;
      coordinator_options.only_task = options.only_task;
      coordinator_options.owner = "mamc-host@" + HostName();
      coordinator_options.workflows = workflows;
      coordinator_options.personas = personas;
      coordinators.push_back(
          std::make_unique<coordinator::Coordinator>(*loop, *calls, board, *journal, *engine, *channel,
                                                     std::move(coordinator_options), options.on_event));
    }
    engine->AddService("board", coordinators.front()->board_service());
    return kDone;
  }

  // A backend that cannot work as it is configured is said at once. Whether its server is there is seen when
  // the first persona asks it: a workflow without personas needs none.
  Exit CheckBackend() {
    const config::Config& config = session.config();
    auto backend = Open(plugin::Kind::kBackend, config::Section::kBackends, config.backend);
    return backend.ok() ? kDone : Fail(backend.status());
  }

  void Unreachable(const Status& status) {
    exit = session.Fail(kUnreachable, status.message());
    loop->Stop();
  }

  Exit Listen() {
    auto server = ControlServer::Listen(*loop, lock->control_socket(),
                                        [this](const Json& request) { return Control(request); });
    if (!server.ok()) return session.Fail(kWorkFailed, server.status().message());
    control = std::move(*server);
    return kDone;
  }

  Result<Json> Control(const Json& request) {
    std::string what = GetString(request, "what"), run = GetString(request, "run");
    if (what == "cancel") {
      if (Status status = engine->Cancel(run, GetString(request, "reason", "cancelled by a person"));
          !status.ok())
        return status;
      return Json::object();
    }
    if (what == "reopen") {
      if (engine->running(run)) return Status(Code::kConflict, "run " + run + " is running");
      if (Status status = ReopenRun(*engine, *journal, run, GetString(request, "from")); !status.ok())
        return status;
      return Json::object();
    }
    return Invalid("the host does not know '" + what + "'");
  }

  void Interrupted() {
    session.err << "\ninterrupted; what was under way is gone on with at the next start\n";
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

  void Begin() {
    if (options.drain) return StartCoordinator(0);
    for (std::size_t at = 0; at < coordinators.size(); ++at) StartCoordinator(at);
  }
};

Machine::Machine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Machine::~Machine() = default;

std::unique_ptr<Machine> Machine::Make(Session& session, MachineOptions options, Exit* exit) {
  auto state = std::make_unique<State>(session, std::move(options));
  for (auto step : {&State::Load, &State::OpenJournal}) {
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
    s.session.err << "mamc-host: " << s.journal->status().message() << '\n';
    s.exit = kWorkFailed;
    s.loop->Stop();
  });
  s.loop->Post([&s] {
    s.worker->Start();
    s.Begin();
  });
  s.loop->Run();
  if (s.exit != kDone) return s.exit;
  Exit exit = kDone;
  for (const ProjectResult& result : s.results) {
    if (!result.loop.error.empty()) s.session.err << "mamc-host: " << result.loop.error << '\n';
    exit = std::max(exit, static_cast<Exit>(result.loop.exit_code()));
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
