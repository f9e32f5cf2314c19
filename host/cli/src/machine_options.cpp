#include "machine_options.hpp"

#include <unistd.h>

#include "mamc/base/text.hpp"
#include "mamc/cli/persona_settings.hpp"

namespace mamc::cli {
namespace {

Result<std::string> SecretOf(const config::Config& config, std::string_view name) {
  if (auto value = config.Secret(name)) return *value;
  return NotFound("the secret " + std::string(name) + " is not set: put it into the environment or .env");
}

// Secrets for plugins that work outside a run.
class SecretContext final : public plugin::CallContext {
 public:
  explicit SecretContext(const config::Config& config) : config_(config) {}
  Result<std::string> Secret(std::string_view name) const override { return SecretOf(config_, name); }
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

coordinator::Project ProjectOf(const config::Config& config, const std::string& id) {
  coordinator::Project project;
  project.id = id;
  auto it = config.projects.find(id);
  if (it == config.projects.end()) return project;
  const config::Project& configured = it->second;
  project.name = configured.name;
  project.repo = configured.repo;
  project.base = configured.base;
  project.merge = std::string(config::MergeName(configured.merge));
  project.base_writes = configured.base_writes;
  project.test = configured.test;
  project.test_network = configured.test_network;
  project.protected_files = configured.protected_files;
  project.inherited_count = configured.inherited_count;
  project.workflow = configured.workflow;
  project.ma = configured.ma;
  project.ma_branch = configured.ma_branch;
  return project;
}

}  // namespace

Result<Json> SettingsFor(Session& session, plugin::Kind kind, config::Section section,
                         const std::string& id) {
  auto type = session.catalog().Find(kind, id);
  if (!type.ok()) return type.status();
  Json settings = session.SettingsOf(section, *type->type);
  const config::Config& config = session.config();
  const auto& schema = *type->type->settings;
  if (schema.HasProperty("project_base") && !settings.contains("project_base"))
    settings["project_base"] = config.project_base.string();
  if (schema.HasProperty("outage_limit_ms") && !settings.contains("outage_limit_ms"))
    settings["outage_limit_ms"] = config.outage_limit_ms;
  if (schema.HasProperty("author") && !settings.contains("author") && !config.git_author_name.empty())
    settings["author"] = {{"name", config.git_author_name}, {"email", config.git_author_email}};
  return settings;
}

std::shared_ptr<plugin::CallContext> SecretsFrom(const config::Config& config) {
  return std::make_shared<SecretContext>(config);
}

Result<engine::EngineOptions> EngineOptionsFor(Session& session) {
  const config::Config& config = session.config();
  engine::EngineOptions options;
  auto workspace =
      SettingsFor(session, plugin::Kind::kWorkspace, config::Section::kWorkspaces, config.workspace);
  if (!workspace.ok()) return workspace.status();
  options.workspace_type = config.workspace;
  options.workspace_settings = std::move(*workspace);
  for (const auto& type : session.catalog().Types(plugin::Kind::kStep)) {
    Json settings = session.SettingsOf(config::Section::kSteps, *type.type);
    if (!settings.empty()) options.step_settings[type.type->id] = std::move(settings);
  }
  const auto& revisions = config.coordinator_max_revision_attempts;
  options.defaults["max_revision_attempts"] = revisions ? Json(*revisions) : Json("unlimited");
  options.artifacts_dir = config.state_dir / "artifacts";
  options.retry_backoff = Milliseconds(config.persona_retry_backoff_increment_ms);
  options.secret = [&config](std::string_view name) { return SecretOf(config, name); };
  options.workspace_context = SecretsFrom(config);
  options.project = [&config](const engine::RunSpec& spec) {
    const std::string id = GetString(spec.project, "id");
    return config.projects.contains(id) ? ProjectOf(config, id).ToJsonFor(spec.task, spec.base) : Json();
  };
  return options;
}

engine::PersonaServiceOptions PersonaServiceOptionsFor(const config::Config& config) {
  engine::PersonaServiceOptions options;
  options.max_retries = static_cast<int>(config.persona_timeout_max_retries);
  options.backoff_increment_ms = config.persona_retry_backoff_increment_ms;
  options.max_change_bytes = static_cast<std::size_t>(config.change_limit_bytes);
  options.timeout_ms = [&config](const workflow::Persona& persona) {
    return PersonaTimeoutMs(config, persona);
  };
  return options;
}

worker::WorkerOptions WorkerOptionsFor(Session& session) {
  const config::Config& config = session.config();
  worker::WorkerOptions options;
  options.default_backend = config.backend;
  for (const auto& type : session.catalog().Types(plugin::Kind::kBackend))
    options.backend_settings[type.type->id] = session.SettingsOf(config::Section::kBackends, *type.type);
  options.models = config.persona_models;
  options.backends = config.persona_backends;
  options.record = config.record;
  options.budgets = {
      .task = {config.budget_task_calls, config.budget_task_tokens, config.budget_task_ms},
      .project = {config.budget_project_calls, config.budget_project_tokens, config.budget_project_ms},
      .day = {config.budget_day_calls, config.budget_day_tokens, config.budget_day_ms}};
  options.context = SecretsFrom(config);
  options.project = [&config](const std::string& id) { return ProjectOf(config, id).ToJson(); };
  // Within one process a request names what the coordinator here has configured.
  if (config.transport != "local")
    options.knows_repo = [&config](const std::string& project, const std::string& repo) {
      auto it = config.projects.find(project);
      return it != config.projects.end() && it->second.repo == repo;
    };
  return options;
}

coordinator::CoordinatorOptions CoordinatorOptionsFor(const config::Config& config,
                                                      const std::string& project, const std::string& host) {
  coordinator::CoordinatorOptions options;
  options.project = ProjectOf(config, project);
  options.max_iterations = config.coordinator_max_iterations.value_or(0);
  options.blocked_max_attempts = config.blocked_max_attempts;
  options.outage_limit = Milliseconds(config.outage_limit_ms);
  options.owner = host;
  options.alone = config.transport == "local";
  options.silence_limit_ms = config.silence_limit_ms;
  return options;
}

Result<std::string> HostIdentity(const journal::StateDirLock& lock) {
  auto identity = lock.Identity();
  if (!identity.ok()) return identity;
  return HostName() + "-" + *identity;
}

messaging::MachineAnnouncement AnnouncementOf(Session& session, const std::string& host,
                                              const Definitions& definitions,
                                              const std::vector<PersonaPtr>& served) {
  messaging::MachineAnnouncement said{.host = host, .machine = HostName(), .version = MAMC_VERSION};
  for (const PersonaPtr& persona : served) said.personas.push_back(persona->id);
  for (const plugin::PluginEntry& plugin : session.catalog().entries())
    if (plugin.state == plugin::PluginState::kActive)
      said.plugins.push_back({plugin.id, plugin.manifest.version});
  for (const PersonaPtr& persona : definitions.personas)
    said.persona_hashes[persona->id] = Sha256(persona->text);
  for (const WorkflowPtr& workflow : definitions.workflows)
    said.workflow_hashes[workflow->name] = Sha256(workflow->text);
  return said;
}

std::string ConsumerName() {
  return HostName() + "-" + std::to_string(::getpid());
}

}  // namespace mamc::cli
