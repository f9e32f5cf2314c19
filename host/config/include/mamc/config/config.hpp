// The whole configuration of one host as typed values, each with its origin. Made by LoadConfig (load.hpp);
// the table behind it is settings.hpp. A plain value: copy it, read it from any thread.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/base/log.hpp"

namespace mamc::config {

enum class Source { kDefault, kFile, kDotEnv, kEnvironment, kFlag };
std::string_view SourceName(Source source);  // "default", "mamc.yaml", ".env", "environment", "flag"

// Where a value came from.
struct Origin {
  Source source = Source::kDefault;
  std::string
      place;  // "/etc/mamc/mamc.yaml:3:7", "/home/me/.env:2", "REDIS_HOST", "--log-level"; "" for a default
  std::string ToString() const;  // "default", "mamc.yaml:3:7", "environment REDIS_HOST"
};

// A number or, without one, unlimited.
using Limit = std::optional<std::int64_t>;

// One folder of a search order.
struct SearchPath {
  std::filesystem::path path;  // absolute
  Origin origin;
};

enum class Merge { kBranch, kSquash, kMerge };
std::string_view MergeName(Merge merge);

// One entry of `projects:`.
struct Project {
  std::string id;
  std::string name;  // the id when none is given
  std::string repo;  // URL or absolute path; empty: the board has to know it
  std::string base;  // base branch; empty: the remote's default
  bool base_writes = false;
  Merge merge = Merge::kBranch;  // squash when base_writes is set and nothing else is said
  std::string test;              // shell text, run to test the work
  bool test_network = false;
  std::vector<std::string> protected_files;  // patterns: no task changes these
  bool inherited_count = true;               // tests that fail on the base as well count against a task
  std::string workflow;                      // for tasks that name none; empty: by trigger
  bool ma = true;                            // whether its machines keep files below .ma/
  std::string ma_branch;                     // where; empty: on the branches of the tasks
};

// The kinds of which mamc.yaml keeps settings by id: the key of the section.
enum class Section { kSteps, kPersonas, kTransports, kBoards, kWorkspaces, kBackends };
std::string_view SectionName(Section section);

struct Config {
  std::filesystem::path config_file;  // empty: none was found
  std::filesystem::path env_file;     // empty: none was found

  std::string transport, board, backend, workspace;  // ids of types
  std::filesystem::path project_base, state_dir;     // absolute
  std::vector<SearchPath> plugin_paths;              // flags first, then MAMC_PLUGIN_PATH, .env, mamc.yaml
  std::vector<SearchPath> workflow_paths;            // likewise
  std::vector<std::string> plugins_enabled, plugins_disabled;
  std::map<std::string, std::string> plugin_pins;  // type "step/acme.lint" -> plugin id

  std::string redis_host;
  std::int64_t redis_port = 0;
  std::string redis_url;  // empty: redis_host and redis_port count
  std::string nats_url;
  std::string nats_user;
  std::string nats_creds_file;
  std::string dashboard_api_base_url;
  std::string lm_studio_base_url;

  std::vector<std::string> allowed_personas;            // empty: all that are installed
  std::map<std::string, std::string> persona_models;    // persona -> model
  std::map<std::string, std::string> persona_backends;  // persona -> id of a backend
  std::map<std::string, std::int64_t>
      persona_timeouts_ms;  // from PERSONA_TIMEOUTS_JSON and personas.<id>.timeout
  std::int64_t persona_default_timeout_ms = 0;
  std::int64_t persona_coding_timeout_ms = 0;
  std::int64_t persona_timeout_max_retries = 0;
  std::int64_t persona_retry_backoff_increment_ms = 0;
  Limit coordinator_max_iterations;
  Limit coordinator_max_revision_attempts;
  std::int64_t blocked_max_attempts = 0;
  std::int64_t silence_limit_ms = 0;
  std::int64_t change_limit_bytes = 0;
  std::int64_t outage_limit_ms = 0;  // 0: what cannot be reached fails a task as anything else does

  // What models may cost, by scope; 0: no limit.
  std::int64_t budget_task_calls = 0, budget_task_tokens = 0, budget_task_ms = 0;
  std::int64_t budget_project_calls = 0, budget_project_tokens = 0, budget_project_ms = 0;
  std::int64_t budget_day_calls = 0, budget_day_tokens = 0, budget_day_ms = 0;

  std::filesystem::path record;  // absolute; empty: nothing is recorded

  std::string git_author_name, git_author_email;  // empty: git's own
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kText;

  std::map<std::string, Project> projects;

  // What mamc.yaml and the variables say about one type: {} when nothing. Not checked against the type's
  // schema. For a backend, `backends.<id>` over `personas.<id>`.
  Json Settings(Section section, std::string_view id) const;
  // The value of a declared secret: the environment's variable of that name, else .env's. Masked in the log
  // from then on.
  std::optional<std::string> Secret(std::string_view name) const;
  // By the key of the settings table ("log.level"), by its variable for a secret, or by a path in mamc.yaml
  // ("projects.shop.repo"). The default's for what nobody set.
  Origin OriginOf(std::string_view key) const;

  std::map<Section, std::map<std::string, Json>> sections;
  std::map<std::string, Origin, std::less<>> origins;  // of everything that is not a default
  std::map<std::string, std::string, std::less<>>
      variables;  // environment over .env; may hold secrets: never print
};

}  // namespace mamc::config
