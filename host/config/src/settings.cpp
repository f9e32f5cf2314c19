#include "mamc/config/settings.hpp"

#include "values.hpp"

namespace mamc::config {
namespace {

constexpr std::int64_t kMany = 1'000'000'000;

std::vector<Setting> Table() {
  return {
      {"What this machine uses", "transport", "MAMC_TRANSPORT", &Config::transport, Form::kId, "local", "",
       "Transport that carries persona requests and events; redis when a REDIS_ variable is set, nats when "
       "NATS_URL is."},
      {"What this machine uses", "board", "MAMC_BOARD", &Config::board, Form::kId, "local", "",
       "Board that holds projects and tasks; dashboard when DASHBOARD_API_BASE_URL is set."},
      {"What this machine uses", "backend", "MAMC_BACKEND", &Config::backend, Form::kId, "lm-studio", "",
       "Persona backend for personas that name none."},
      {"What this machine uses", "workspace", "MAMC_WORKSPACE", &Config::workspace, Form::kId, "git", "",
       "Kind of working tree that runs get."},

      {"Folders", "project_base", "PROJECT_BASE", &Config::project_base, Form::kPlain, "./projects", "",
       "Folder for mirrors and working trees; <state_dir>/projects when a state folder is given and this is "
       "not."},
      {"Folders", "state_dir", "MAMC_STATE_DIR", &Config::state_dir, Form::kPlain, "", "~/.local/state/mamc",
       "Folder for the journal, the local board and the log; $XDG_STATE_HOME/mamc or ~/.local/state/mamc by "
       "default."},
      {"Folders", "workflows", "MAMC_WORKFLOWS", &Config::workflow_paths, Form::kPlain, "", "./workflows",
       "Folders with workflows and personas/, searched before those beside the program; separated by colons "
       "in the variable."},

      {"Redis", "transports.redis.host", "REDIS_HOST", &Config::redis_host, Form::kPlain, "localhost", "",
       "Host of the Redis server."},
      {"Redis", "transports.redis.port", "REDIS_PORT", &Config::redis_port, Form::kPlain, "6379", "",
       "Port of the Redis server.", 1, 65535},
      {"Redis", "transports.redis.url", "REDIS_URL", &Config::redis_url, Form::kUrl, "",
       "redis://user:password@localhost:6379/0",
       "Whole address of the Redis server, instead of host and port."},
      {"Redis", "", "REDIS_USERNAME", NoField{}, Form::kSecret, "", "", "ACL user on that server."},
      {"Redis", "", "REDIS_PASSWORD", NoField{}, Form::kSecret, "", "", "Password for that server."},

      {"NATS", "transports.nats.url", "NATS_URL", &Config::nats_url, Form::kUrl, "",
       "nats://user:password@localhost:4222",
       "Address of the NATS server, or of several of one cluster with commas between them; tls:// for TLS."},
      {"NATS", "transports.nats.user", "NATS_USER", &Config::nats_user, Form::kPlain, "", "mamc",
       "User on that server."},
      {"NATS", "", "NATS_PASSWORD", NoField{}, Form::kSecret, "", "", "Password for that server."},
      {"NATS", "", "NATS_TOKEN", NoField{}, Form::kSecret, "", "", "Token for that server."},
      {"NATS", "transports.nats.creds_file", "NATS_CREDS", &Config::nats_creds_file, Form::kPlain, "",
       "/etc/mamc/mamc.creds", "File with the user's JWT and seed for that server."},

      {"Dashboard", "boards.dashboard.base_url", "DASHBOARD_API_BASE_URL", &Config::dashboard_api_base_url,
       Form::kUrl, "", "https://dashboard.example.com/api", "Address of the dashboard's API."},
      {"Dashboard", "", "DASHBOARD_API_TOKEN", NoField{}, Form::kSecret, "", "",
       "Token for the dashboard's API."},

      {"LM Studio", "backends.lm-studio.base_url", "LM_STUDIO_BASE_URL", &Config::lm_studio_base_url,
       Form::kUrl, "http://localhost:1234", "http://localhost:1234",
       "Address of LM Studio or another server with the same API."},
      {"LM Studio", "", "LM_STUDIO_API_KEY", NoField{}, Form::kSecret, "", "",
       "Key for that server, when it asks for one."},

      {"Personas", "allowed_personas", "ALLOWED_PERSONAS", &Config::allowed_personas, Form::kPlain, "",
       "coordination,implementation-planner,lead-engineer,qa-engineer",
       "Personas that this machine serves; with coordination it runs the projects too. All that are "
       "installed by default."},
      {"Personas", "personas.<id>.model", "PERSONA_MODELS_JSON", &Config::persona_models, Form::kPlain, "",
       R"({"lead-engineer":"qwen2.5-coder:32b"})",
       "Model by persona; the persona file's or the backend's own otherwise."},
      {"Personas", "personas.<id>.backend", "", &Config::persona_backends, Form::kPlain, "", "lm-studio",
       "Backend by persona."},

      {"Timeouts and retries", "timeouts.default", "PERSONA_DEFAULT_TIMEOUT_MS",
       &Config::persona_default_timeout_ms, Form::kDuration, "60000", "",
       "How long a persona may take, in milliseconds.", 1},
      {"Timeouts and retries", "timeouts.coding", "PERSONA_CODING_TIMEOUT_MS",
       &Config::persona_coding_timeout_ms, Form::kDuration, "180000", "",
       "The same for personas that write code.", 1},
      {"Timeouts and retries", "personas.<id>.timeout", "PERSONA_TIMEOUTS_JSON", &Config::persona_timeouts_ms,
       Form::kPlain, "", R"({"context":60000,"lead-engineer":180000})", "The same by persona."},
      {"Timeouts and retries", "timeouts.max_retries", "PERSONA_TIMEOUT_MAX_RETRIES",
       &Config::persona_timeout_max_retries, Form::kRetries, "3", "",
       "How often a persona request is tried again; `unlimited` is 100.", 0, 100},
      {"Timeouts and retries", "timeouts.backoff_increment", "PERSONA_RETRY_BACKOFF_INCREMENT_MS",
       &Config::persona_retry_backoff_increment_ms, Form::kDuration, "30000", "",
       "Wait before the first retry in milliseconds; each further wait is longer by as much."},

      {"Limits", "limits.iterations", "COORDINATOR_MAX_ITERATIONS", &Config::coordinator_max_iterations,
       Form::kPlain, "500", "", "Tasks that one project loop works on at most, or `unlimited`.", 1, kMany},
      {"Limits", "limits.revision_attempts", "COORDINATOR_MAX_REVISION_ATTEMPTS",
       &Config::coordinator_max_revision_attempts, Form::kPlain, "unlimited", "",
       "Iterations of a QA loop that sets none, or `unlimited`.", 1, kMany},
      {"Limits", "limits.blocked_attempts", "BLOCKED_MAX_ATTEMPTS", &Config::blocked_max_attempts,
       Form::kPlain, "10", "", "How often a blocked task is tried again before a person must look at it.", 0,
       kMany},
      {"Limits", "limits.outage", "MAMC_OUTAGE_LIMIT_MS", &Config::outage_limit_ms, Form::kDuration, "600000",
       "",
       "How long nothing that is tried, or the transport's server, may be out of reach before the host ends, "
       "in milliseconds; 0: nothing waits, and what cannot be reached is a failed attempt like any other."},

      {"Limits", "limits.silence", "MAMC_SILENCE_LIMIT_MS", &Config::silence_limit_ms, Form::kDuration,
       "60000", "",
       "How long a machine that has taken a request, or runs a project, may be silent, dead or cut off, "
       "before another gets it, in milliseconds; the same on all machines.",
       100, kMany},
      {"Limits", "limits.change", "MAMC_CHANGE_LIMIT_BYTES", &Config::change_limit_bytes, Form::kPlain,
       "65536", "",
       "How many bytes of a change a persona that judges it is shown; it can pass no change that is longer. "
       "What the model reads and what the transport carries (NATS: 1 MiB) is the bound.",
       1024, kMany},

      {"Budgets", "budgets.task.calls", "MAMC_BUDGET_TASK_CALLS", &Config::budget_task_calls, Form::kPlain,
       "0", "",
       "Questions to models of one task, over all its runs, before a person must look at it; 0: no limit.", 0,
       kMany},
      {"Budgets", "budgets.task.tokens", "MAMC_BUDGET_TASK_TOKENS", &Config::budget_task_tokens, Form::kPlain,
       "0", "",
       "Tokens of prompts and answers of one task, over all its runs, before a person must look at it; 0: no "
       "limit.",
       0, kMany},
      {"Budgets", "budgets.task.time", "MAMC_BUDGET_TASK_MS", &Config::budget_task_ms, Form::kDuration, "0",
       "",
       "Time of models at work, in milliseconds, of one task, over all its runs, before a person must look "
       "at it; 0: no limit."},
      {"Budgets", "budgets.project.calls", "MAMC_BUDGET_PROJECT_CALLS", &Config::budget_project_calls,
       Form::kPlain, "0", "",
       "Questions to models of one project, in all, before the host waits; 0: no limit.", 0, kMany},
      {"Budgets", "budgets.project.tokens", "MAMC_BUDGET_PROJECT_TOKENS", &Config::budget_project_tokens,
       Form::kPlain, "0", "",
       "Tokens of prompts and answers of one project, in all, before the host waits; 0: no limit.", 0, kMany},
      {"Budgets", "budgets.project.time", "MAMC_BUDGET_PROJECT_MS", &Config::budget_project_ms,
       Form::kDuration, "0", "",
       "Time of models at work, in milliseconds, of one project, in all, before the host waits; 0: no "
       "limit."},
      {"Budgets", "budgets.day.calls", "MAMC_BUDGET_DAY_CALLS", &Config::budget_day_calls, Form::kPlain, "0",
       "", "Questions to models of this machine in a day (UTC) before the host waits; 0: no limit.", 0,
       kMany},
      {"Budgets", "budgets.day.tokens", "MAMC_BUDGET_DAY_TOKENS", &Config::budget_day_tokens, Form::kPlain,
       "0", "",
       "Tokens of prompts and answers of this machine in a day (UTC) before the host waits; 0: no limit.", 0,
       kMany},
      {"Budgets", "budgets.day.time", "MAMC_BUDGET_DAY_MS", &Config::budget_day_ms, Form::kDuration, "0", "",
       "Time of models at work, in milliseconds, of this machine in a day (UTC) before the host waits; 0: no "
       "limit."},

      {"Git", "git.author.name", "MAMC_GIT_AUTHOR_NAME", &Config::git_author_name, Form::kPlain, "",
       "Build Machine", "Name on commits; git's own user.name otherwise."},
      {"Git", "git.author.email", "MAMC_GIT_AUTHOR_EMAIL", &Config::git_author_email, Form::kPlain, "",
       "machine@example.com", "Address on commits; git's own user.email otherwise."},
      {"Git", "", "GIT_TOKEN", NoField{}, Form::kSecret, "", "",
       "Token for the git servers that workspaces.git.token_hosts names."},
      {"Git", "", "GIT_SSH_PASSPHRASE", NoField{}, Form::kSecret, "", "",
       "Passphrase of the key file workspaces.git.ssh_key."},

      {"Personas", "record", "MAMC_RECORD", &Config::record, Form::kPlain, "", "answers.jsonl",
       "File to which every model answer is appended, for the backend `replay`."},

      {"Log", "log.level", "MAMC_LOG_LEVEL", &Config::log_level, Form::kPlain, "info", "",
       "Least level that is logged: debug, info, warn or error."},
      {"Log", "log.format", "MAMC_LOG_FORMAT", &Config::log_format, Form::kPlain, "text", "",
       "Lines for people (text) or for programs (json)."},

      {"Plugins", "plugins.paths", "MAMC_PLUGIN_PATH", &Config::plugin_paths, Form::kPlain, "",
       "/opt/acme/mamc-plugins",
       "Folders with plugins, searched before those beside the program; separated by colons in the "
       "variable."},
      {"Plugins", "plugins.enable", "", &Config::plugins_enabled, Form::kPlain, "", "steps/command",
       "Only these plugins are used when the list is given."},
      {"Plugins", "plugins.disable", "", &Config::plugins_disabled, Form::kPlain, "", "steps/acme.*",
       "Plugins that are not used."},
      {"Plugins", "plugins.pin", "", &Config::plugin_pins, Form::kPlain, "",
       R"({"step/lint":"steps/acme.lint"})", "Which plugin provides a type that two provide."},
  };
}

// A value as one text, without passwords.
std::string Shown(const Setting& setting, const Config& config) {
  if (setting.form == Form::kSecret) return config.Secret(setting.variable) ? "***" : "";
  Json value = ValueOf(setting, config);
  return Masked(value.is_string() ? value.get<std::string>() : Dump(value));
}

}  // namespace

const std::vector<Setting>& Settings() {
  static const std::vector<Setting> kTable = Table();
  return kTable;
}

const Setting* FindByKey(std::string_view key) {
  for (const Setting& setting : Settings()) {
    if (!key.empty() && setting.key == key) return &setting;
  }
  return nullptr;
}

const Setting* FindByVariable(std::string_view variable) {
  for (const Setting& setting : Settings()) {
    if (!variable.empty() && setting.variable == variable) return &setting;
  }
  return nullptr;
}

std::vector<std::string> VariableNames() {
  std::vector<std::string> names;
  for (const Setting& setting : Settings()) {
    if (!setting.variable.empty()) names.emplace_back(setting.variable);
  }
  return names;
}

std::vector<Described> Describe(const Config& config) {
  std::vector<Described> all;
  for (const Setting& setting : Settings()) {
    std::string key(setting.key.empty() ? setting.variable : setting.key);
    all.push_back({key, std::string(setting.variable), Shown(setting, config), config.OriginOf(key)});
  }
  return all;
}

}  // namespace mamc::config
