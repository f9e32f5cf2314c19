#include "requirements.hpp"

#include <mamc/backend.h>

#include <utility>

#include "machine_options.hpp"
#include "mamc/workflow/needs.hpp"

namespace mamc::cli {
namespace {

// What a self-test that is not ok says, with its advice.
std::string WhyNot(const Json& tested) {
  std::string why;
  const auto add = [&why](const std::string& text) { why += (why.empty() ? "" : "; ") + text; };
  for (const Json& finding : GetMember(tested, "findings")) {
    if (GetString(finding, "level") != "problem") continue;
    const std::string advice = GetString(finding, "advice");
    add(GetString(finding, "text") + (advice.empty() ? "" : ": " + advice));
  }
  if (!why.empty()) return why;
  for (const Json& fact : GetMember(tested, "facts"))
    if (fact.is_string()) add(fact.get<std::string>());
  return why;
}

}  // namespace

void Requirements::Check(const workflow::Workflow& workflow, const Place& place, Done done) {
  Wanted wanted = WantedBy(workflow, place.project);
  if (Status served = CheckPersonas(wanted.personas); !served.ok()) return done(served);
  if (Status judged = CheckJudges(wanted.judges); !judged.ok()) return done(judged);
  if (!std::exchange(looks_again_, false))
    std::erase_if(wanted.backends, [this](const auto& backend) { return reached_.contains(backend.first); });
  auto backends = [self = shared_from_this(), backends = std::move(wanted.backends), done](Status ready) {
    if (!ready.ok()) return done(ready);
    self->CheckBackends(backends, done);
  };
  auto base = [self = shared_from_this(), writes = wanted.writes_base, place, done,
               then = std::move(backends)](Status ready) {
    if (!ready.ok()) return done(ready);
    if (!writes) return then({});
    self->CheckBase(place, then);
  };
  if (!wanted.author || author_found_) return base({});
  CheckAuthor(std::move(base));
}

// ---- What is needed ----

Requirements::Wanted Requirements::WantedBy(const workflow::Workflow& workflow, const Json& project) const {
  Wanted wanted;
  for (const workflow::Workflow* one : workflow::WithCalled(workflow, definitions_.workflows)) {
    std::set<std::string>& asked = wanted.personas[one->name];
    AddSteps(one->steps, project, &asked, &wanted);
    AddSteps(one->on_failure, project, &asked, &wanted);
    for (const std::string& id : asked) AddPersona(id, project, &wanted);
  }
  return wanted;
}

void Requirements::AddSteps(const workflow::StepList& steps, const Json& project,
                            std::set<std::string>* personas, Wanted* wanted) const {
  workflow::Needs needs = workflow::NeedsOf(steps, session_.names(), project);
  if (needs.writes_base) wanted->writes_base = true;
  personas->insert(needs.personas.begin(), needs.personas.end());
  wanted->judges.insert(needs.judges.begin(), needs.judges.end());
  for (const std::string& type : needs.commits)
    if (!session_.config().Settings(config::Section::kSteps, type).contains("author")) wanted->author = true;
}

// A persona that another machine serves needs nothing here.
void Requirements::AddPersona(const std::string& id, const Json& project, Wanted* wanted) const {
  auto found = std::find_if(served_.begin(), served_.end(),
                            [&](const PersonaPtr& persona) { return persona->id == id; });
  if (found == served_.end()) return;
  const workflow::Persona& persona = **found;
  std::set<std::string> asked_in_turn;
  AddSteps(persona.work, project, &asked_in_turn, wanted);
  bool asks = persona.work.empty() || workflow::NeedsOf(persona.work, session_.names()).asks;
  if (!asks) return;
  const config::Config& config = session_.config();
  auto configured = config.persona_backends.find(id);
  std::string backend = configured != config.persona_backends.end() ? configured->second : persona.backend;
  wanted->backends[backend.empty() ? config.backend : backend].push_back(*found);
}

// ---- Whether it is there ----

bool Requirements::Serves(const std::string& persona) const {
  return std::any_of(served_.begin(), served_.end(),
                     [&](const PersonaPtr& served) { return served->id == persona; });
}

// In one process there is no other machine that could. Over a transport that reaches others, whoever serves
// it may be started later.
Status Requirements::CheckPersonas(const std::map<std::string, std::set<std::string>>& personas) const {
  const config::Config& config = session_.config();
  if (config.transport != "local") return {};
  std::string missing;
  for (const auto& [workflow, asked] : personas) {
    std::string of_workflow;
    for (const std::string& id : asked)
      if (!Serves(id)) of_workflow += (of_workflow.empty() ? "" : ", ") + id;
    if (of_workflow.empty()) continue;
    missing += (missing.empty() ? "" : "; ") + ("workflow " + workflow + " asks " + of_workflow);
  }
  if (missing.empty()) return {};
  return Invalid(
      "nothing was begun: " + config.OriginOf("allowed_personas").ToString() +
      " leaves out personas that are asked, and with `transport: local` no other machine can "
      "serve them: " +
      missing +
      ". Add them to ALLOWED_PERSONAS, or name a transport that the machines share, as redis or nats");
}

Status Requirements::CheckJudges(const std::set<std::string>& judges) const {
  for (const PersonaPtr& persona : definitions_.personas)
    if (judges.contains(persona->id) && !persona->verdict_schema)
      return Invalid("nothing was begun: what persona " + persona->id + " says decides, but " +
                     persona->file +
                     " has no `verdict:`, so that it could never pass; give it the schema of its verdict "
                     "(docs/personas.md)");
  return {};
}

void Requirements::CheckAuthor(Done done) {
  TestWorkspace(Json::object(), Code::kInvalid,
                [self = shared_from_this(), done = std::move(done)](Status tested) {
                  self->author_found_ = tested.ok();
                  done(tested);
                });
}

void Requirements::CheckBase(const Place& place, Done done) {
  // A repository that cannot be looked at at all is told by the run.
  TestWorkspace({{"repo", place.repo}, {"base", place.base}}, Code::kPermission,
                [done = std::move(done)](const Status& tested) {
                  done(tested.code() == Code::kPermission ? tested : Status());
                });
}

void Requirements::TestWorkspace(const Json& input, Code code, Done done) {
  const std::string& id = session_.config().workspace;
  auto settings = SettingsFor(session_, plugin::Kind::kWorkspace, config::Section::kWorkspaces, id);
  if (!settings.ok()) return done(settings.status());
  auto workspace = calls_.Open(plugin::Kind::kWorkspace, id, *settings);
  if (!workspace.ok()) return done(workspace.status());
  plugin::Call(calls_, *workspace, MAMC_VERB_SELFTEST, input,
               [self = shared_from_this(), id, code, done = std::move(done)](Result<Json> tested) {
                 // A workspace type need not have a self-test.
                 if (!tested.ok() && tested.status().code() != Code::kUnsupported)
                   return done(tested.status().Within("workspace " + id));
                 if (!tested.ok() || GetBool(*tested, "ok", true)) return done({});
                 done(Status(code, "workspace " + id + ": " + WhyNot(*tested)));
               });
}

void Requirements::CheckBackends(std::map<std::string, std::vector<PersonaPtr>> backends, Done done) {
  if (backends.empty()) return done({});
  auto [id, personas] = *backends.begin();
  const std::string persona = personas.front()->id;
  backends.erase(backends.begin());
  auto settings = SettingsFor(session_, plugin::Kind::kBackend, config::Section::kBackends, id);
  auto backend = settings.ok() ? calls_.Open(plugin::Kind::kBackend, id, *settings) : settings.status();
  if (!backend.ok()) return done(backend.status().Within("persona " + persona));
  plugin::Call(
      calls_, *backend, MAMC_BACKEND_DESCRIBE, Json::object(),
      [self = shared_from_this(), id, persona, personas, backends = std::move(backends),
       done = std::move(done)](Result<Json> described) {
        // Only that somebody is there who lets this machine ask, and has room for a question; what else is
        // wrong with the answer, or that it does not come, is seen when the model is asked.
        const std::string begun = "nothing was begun: persona " + persona + " needs its model";
        const bool away = !described.ok() && described.status().code() == Code::kUnavailable;
        if (away && !self->reached_.contains(id)) return done(described.status().Within(begun));
        // Its key is a setting of this machine: no task is at fault.
        if (!described.ok() && described.status().code() == Code::kPermission)
          return done(Status(Code::kInvalid, begun + ": " + described.status().message()));
        if (!described.ok() && described.status().code() == Code::kTimeout)
          self->session_.Warn("persona " + persona + " needs its model: " + described.status().message() +
                              "; the run begins all the same");
        if (described.ok())
          if (Status fits = self->CheckWindows(id, personas, *described); !fits.ok()) return done(fits);
        self->reached_.insert(id);
        self->CheckBackends(backends, done);
      },
      SecretsFrom(session_.config()));
}

// Of a model that is not loaded the window is not known before it is asked.
Status Requirements::CheckWindows(const std::string& backend, const std::vector<PersonaPtr>& personas,
                                  const Json& described) const {
  const auto& models = session_.config().persona_models;
  for (const PersonaPtr& persona : personas) {
    const auto configured = models.find(persona->id);
    const std::string& model = configured == models.end() ? persona->model : configured->second;
    std::int64_t window = 0;
    for (const Json& loaded : GetMember(described, "models"))
      if (GetBool(loaded, "loaded") && (model.empty() || GetString(loaded, "id") == model))
        window = std::max(window, GetInt(loaded, "context_length"));
    const std::int64_t least = worker::SmallestWindow(*persona);
    if (window == 0 || window >= least) continue;
    return Invalid("nothing was begun: the smallest question to persona " + persona->id +
                   " and its answer take about " + std::to_string(least) + " tokens, and " +
                   (model.empty() ? "the model" : "the model " + model) + " is loaded with " +
                   std::to_string(window) +
                   ": load it with a larger context, 16384 or more (in the server, or by backends." +
                   backend + ".context_length)");
  }
  return {};
}

}  // namespace mamc::cli
