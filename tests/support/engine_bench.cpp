#include "support/engine_bench.hpp"

#include <fstream>

#include "mamc/engine/step_type.hpp"
#include "support/places.hpp"

namespace mamc::test {
namespace {

const char* const kUsualPersonas[] = {"implementation-planner", "plan-evaluator", "project-manager",
                                      "lead-engineer",          "qa-engineer",    "code-reviewer",
                                      "security-review"};

// The step types of the catalog; personas and workflows are those of a run's texts.
class CatalogNames final : public workflow::Names {
 public:
  explicit CatalogNames(const plugin::Catalog& catalog) : catalog_(catalog) {}

  Result<const workflow::StepType*> FindStepType(std::string_view id, std::string_view range) const override {
    auto found = catalog_.Find(plugin::Kind::kStep, id, range);
    if (!found.ok()) return found.status();
    workflow::StepType& type = types_[std::string(id) + "@" + std::string(range)];
    type = engine::StepTypeOf(*found);
    return &type;
  }
  std::vector<std::string> StepTypeIds() const override { return {}; }
  std::string FindPersona(std::string_view name) const override { return std::string(name); }
  std::vector<std::string> PersonaNames() const override { return {}; }
  bool HasWorkflow(std::string_view) const override { return true; }
  std::vector<std::string> WorkflowNames() const override { return {}; }

 private:
  const plugin::Catalog& catalog_;
  mutable std::map<std::string, workflow::StepType> types_;
};

plugin::CatalogOptions Directories() {
  plugin::CatalogOptions options;
  options.dirs = {{EngineBenchPlugins(), "test"}, {ProgramDir() / "plugins", "beside the program"}};
  return options;
}

}  // namespace

// ---- services ----

void ScriptedService::Start(std::shared_ptr<engine::ServiceCall> call) {
  asked.push_back({call->path, call->key, call->input, call->reattached});
  auto said = answer(asked.back());
  if (said) return call->done(said->code, said->json);
  open.push_back(call);
}

void ScriptedService::Cancel(const std::shared_ptr<engine::ServiceCall>& call) {
  cancelled.push_back(call->key);
  std::erase(open, call);
}

ScriptedPersonas::ScriptedPersonas() {
  answer = [this](const Asked& call) -> std::optional<Answer> {
    std::string name = GetString(call.input, "persona") + "/" + GetString(call.input, "intent");
    auto found = script_.find(name);
    if (found == script_.end()) return Answer{Code::kOk, {{"status", "pass"}, {"output", name + " done"}}};
    auto& [next, answers] = found->second;
    Json said = answers[std::min(next++, answers.size() - 1)];
    if (said.is_null()) return std::nullopt;
    if (said.contains("code")) return Answer{static_cast<Code>(said["code"].get<int>()), said};
    return Answer{Code::kOk, said};
  };
}

void ScriptedPersonas::Say(const std::string& persona_and_intent, std::vector<Json> answers) {
  script_[persona_and_intent] = {0, std::move(answers)};
}

std::vector<std::string> ScriptedPersonas::calls() const {
  std::vector<std::string> names;
  for (const Asked& call : asked)
    names.push_back(GetString(call.input, "persona") + "/" + GetString(call.input, "intent"));
  return names;
}

// ---- EngineBench ----

EngineBench::EngineBench(const TempDir& dir, BenchOptions its_options) : options(std::move(its_options)) {
  loop.Advance(Milliseconds(options.start_ms));
  catalog = std::make_unique<plugin::Catalog>(Directories());
  catalog->Scan();
  names = std::make_unique<CatalogNames>(*catalog);
  auto opened =
      journal::Journal::Open(dir / "journal.db", {.sync = journal::Sync::kOff, .clock = &loop.clock()});
  REQUIRE(opened.status().message() == "");
  journal = std::move(*opened);
  loop.OnIdle([this] {
    Status committed = journal->Commit();
    CHECK(committed.message() == "");
  });
  calls = std::make_unique<plugin::Calls>(loop, *catalog);
  engine::EngineOptions engine_options;
  engine_options.artifacts_dir = dir / "artifacts";
  engine_options.workspace_settings = {
      {"project_base", options.project_base.empty() ? (dir / "projects").string() : options.project_base},
      {"author", {{"name", "A Tester"}, {"email", "tester@example.com"}}}};
  engine_options.on_event = [this](const engine::RunEvent& event) { events.push_back(event); };
  if (options.change) options.change(engine_options);
  engine = std::make_unique<engine::Engine>(loop, *catalog, *calls, *journal, *names, engine_options);
  if (options.scripted) engine->AddService("persona.request", options.scripted);
  if (options.board) engine->AddService("board", options.board);
}

// In the order in which a host is taken apart; nothing is told to anybody.
EngineBench::~EngineBench() {
  if (options.scripted) options.scripted->open.clear();
  if (options.board) options.board->open.clear();
  engine.reset();
  calls.reset();
}

engine::RunSpec EngineBench::Spec(const std::string& workflow, engine::RunSpec spec) const {
  if (spec.task.empty())
    spec.task = {{"id", "7"}, {"title", "A task"}, {"labels", {"a", "b"}}, {"type", "feature"}};
  if (spec.project.empty()) spec.project = {{"id", "p"}, {"name", "Project"}};
  if (spec.repo.empty()) spec.repo = options.repo;
  if (spec.branch.empty()) spec.branch = "mamc/task-7";
  if (spec.base.empty()) spec.base = "main";
  if (!workflow.empty()) spec.texts["workflow"] = workflow;
  for (const auto& [name, text] : options.workflows) spec.texts["workflow/" + name] = text;
  for (const char* id : kUsualPersonas)
    spec.texts.emplace(std::string("persona/") + id, std::string("id: ") + id + "\nprompt: You are one.\n");
  for (const auto& [id, text] : options.personas) spec.texts["persona/" + id] = text;
  return spec;
}

std::string EngineBench::Start(const std::string& workflow, engine::RunSpec spec) {
  auto refused = std::make_shared<std::string>();
  auto done = [this, refused](engine::RunResult result) {
    *refused = result.error;
    results[result.run] = result;
  };
  std::string run = engine->Start(Spec(workflow, std::move(spec)), done);
  INFO(*refused);
  REQUIRE_FALSE(run.empty());
  return run;
}

std::string EngineBench::Resume(const std::string& run, bool reopen) {
  results.erase(run);
  Status resumed = engine->Resume(
      run, [this](engine::RunResult result) { results[result.run] = result; }, reopen);
  REQUIRE(resumed.message() == "");
  return run;
}

engine::RunResult EngineBench::Wait(const std::string& run) {
  bool over = loop.RunUntil([&] { return results.count(run) > 0; });
  if (!over) {
    std::string seen;
    for (const std::string& event : Events()) seen += event + "\n";
    FAIL("run " << run << " did not end; it said:\n" << seen);
  }
  return results[run];
}

engine::RunResult EngineBench::Run(const std::string& workflow, engine::RunSpec spec) {
  return Wait(Start(workflow, std::move(spec)));
}

void EngineBench::Until(const std::function<bool()>& done) {
  if (loop.RunUntil(done)) return;
  std::string seen;
  for (const std::string& event : Events()) seen += event + "\n";
  FAIL("what the test waits for did not happen; the run said:\n" << seen);
}

std::vector<std::string> EngineBench::Events(const std::string& kind) const {
  std::vector<std::string> texts;
  for (const engine::RunEvent& event : events)
    if (kind.empty())
      texts.push_back(event.kind + " " + event.path + " " + event.text);
    else if (event.kind == kind)
      texts.push_back(event.path);
  return texts;
}

std::vector<std::string> LinesOf(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace mamc::test
