#include "mamc/config/load.hpp"

#include <catch2/catch.hpp>

#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::config;
using mamc::test::TempDir;

namespace {

// One directory with its files, environment and flags.
struct Machine {
  Machine() {
    options.working_directory = dir.path();
    options.system_directory = dir / "etc";
    options.environment["HOME"] = (dir / "home").string();
  }
  LoadResult Load() { return LoadConfig(options); }
  Config Good() {
    LoadResult result = Load();
    for (const std::string& problem : result.problems) UNSCOPED_INFO(problem);
    REQUIRE(result.ok());
    return result.config;
  }
  std::vector<std::string> Problems() { return Load().problems; }

  TempDir dir;
  LoadOptions options;
};

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("without a file or a variable the defaults of the documentation hold") {
  Machine machine;
  Config config = machine.Good();
  CHECK(config.transport == "local");
  CHECK(config.board == "local");
  CHECK(config.backend == "lm-studio");
  CHECK(config.workspace == "git");
  CHECK(config.redis_host == "localhost");
  CHECK(config.redis_port == 6379);
  CHECK(config.persona_default_timeout_ms == 60'000);
  CHECK(config.persona_coding_timeout_ms == 180'000);
  CHECK(config.persona_timeout_max_retries == 3);
  CHECK(config.persona_retry_backoff_increment_ms == 30'000);
  CHECK(config.coordinator_max_iterations == Limit(500));
  CHECK(config.coordinator_max_revision_attempts == std::nullopt);
  CHECK(config.blocked_max_attempts == 10);
  CHECK(config.outage_limit_ms == 600'000);
  CHECK(config.silence_limit_ms == 60'000);
  CHECK(config.change_limit_bytes == 65'536);
  CHECK(config.lm_studio_base_url == "http://localhost:1234");
  CHECK(config.project_base == machine.dir / "projects");
  CHECK(config.state_dir == machine.dir / "home/.local/state/mamc");
  CHECK(config.config_file.empty());
  CHECK(config.OriginOf("log.level").ToString() == "default");
  CHECK(config.Settings(Section::kTransports, "redis") == Json::object());
}

TEST_CASE("a flag beats the environment beats .env beats mamc.yaml beats the default") {
  Machine machine;
  auto level = [&] { return machine.Good().OriginOf("log.level").ToString(); };
  machine.dir.Write("mamc.yaml", "log:\n  level: error\n");
  CHECK(level() == "mamc.yaml:2:10");
  CHECK(machine.Good().log_level == LogLevel::kError);
  machine.dir.Write(".env", "# x\nMAMC_LOG_LEVEL=warn\n");
  CHECK(level() == ".env:2");
  CHECK(machine.Good().log_level == LogLevel::kWarn);
  machine.options.environment["MAMC_LOG_LEVEL"] = "info";
  CHECK(level() == "environment MAMC_LOG_LEVEL");
  machine.options.flags = {{"log.level", "debug", "--log-level"}};
  CHECK(level() == "flag --log-level");
  CHECK(machine.Good().log_level == LogLevel::kDebug);
}

TEST_CASE("the file is looked for in the documented order") {
  Machine machine;
  machine.dir.Write("etc/mamc.yaml", "board: system\n");
  CHECK(machine.Good().board == "system");
  machine.dir.Write("home/.config/mamc/mamc.yaml", "board: home\n");
  CHECK(machine.Good().board == "home");
  machine.options.environment["XDG_CONFIG_HOME"] = (machine.dir / "xdg").string();
  CHECK(machine.Good().board == "system");
  machine.dir.Write("xdg/mamc/mamc.yaml", "board: xdg\n");
  CHECK(machine.Good().board == "xdg");
  machine.dir.Write("mamc.yaml", "board: here\n");
  CHECK(machine.Good().board == "here");
  machine.dir.Write("other/my.yaml", "board: given\n");
  machine.dir.Write("other/.env", "MAMC_TRANSPORT=beside\n");
  machine.dir.Write(".env", "MAMC_TRANSPORT=elsewhere\n");
  machine.options.config_file = "other/my.yaml";
  CHECK(machine.Good().board == "given");
  CHECK(machine.Good().transport == "beside");
  machine.options.config_file = "missing.yaml";
  REQUIRE(machine.Problems().size() == 1);
  CHECK(Contains(machine.Problems()[0], "missing.yaml"));
}

TEST_CASE("the examples of the documentation parse from .env") {
  Machine machine;
  machine.dir.Write(".env", R"(
PROJECT_BASE=/path/to/projects
REDIS_HOST=redis.example.com
REDIS_PORT=6380
DASHBOARD_API_BASE_URL=https://dashboard.example.com/api
LM_STUDIO_BASE_URL=http://localhost:1234
ALLOWED_PERSONAS=coordination,implementation-planner, lead-engineer,qa-engineer
PERSONA_MODELS_JSON='{"lead-engineer":"qwen2.5-coder:32b","qa-engineer":"gpt-4"}'
PERSONA_DEFAULT_TIMEOUT_MS=60001                    # 1 minute default
PERSONA_TIMEOUT_MAX_RETRIES=unlimited
PERSONA_TIMEOUTS_JSON='{"context":60000,"lead-engineer":180000}'
COORDINATOR_MAX_ITERATIONS=unlimited         # Project loop
COORDINATOR_MAX_REVISION_ATTEMPTS=7
BLOCKED_MAX_ATTEMPTS=4                      # Blocked task resolution attempts
MAMC_OUTAGE_LIMIT_MS=0
)");
  Config config = machine.Good();
  CHECK(config.project_base == "/path/to/projects");
  CHECK(config.transport == "redis");
  CHECK(config.OriginOf("transport").ToString() == ".env:3");
  CHECK(config.board == "dashboard");
  CHECK(config.Settings(Section::kTransports, "redis") ==
        Json{{"host", "redis.example.com"}, {"port", 6380}});
  CHECK(config.Settings(Section::kBoards, "dashboard") ==
        Json{{"base_url", "https://dashboard.example.com/api"}});
  CHECK(config.allowed_personas ==
        std::vector<std::string>{"coordination", "implementation-planner", "lead-engineer", "qa-engineer"});
  CHECK(config.persona_models.at("qa-engineer") == "gpt-4");
  CHECK(config.persona_timeouts_ms.at("context") == 60'000);
  CHECK(config.persona_default_timeout_ms == 60'001);
  CHECK(config.persona_timeout_max_retries == 100);
  CHECK(config.coordinator_max_iterations == std::nullopt);
  CHECK(config.coordinator_max_revision_attempts == Limit(7));
  CHECK(config.blocked_max_attempts == 4);
  CHECK(config.outage_limit_ms == 0);
}

TEST_CASE("a transport that is named stays although a Redis variable is set") {
  Machine machine;
  machine.options.environment["REDIS_URL"] = "redis://localhost/1";
  machine.options.environment["DASHBOARD_API_BASE_URL"] = "http://localhost:1/api";
  machine.dir.Write("mamc.yaml", "transport: local\nboard: local\n");
  CHECK(machine.Good().transport == "local");
  CHECK(machine.Good().board == "local");
}

TEST_CASE("NATS_URL chooses nats and reaches it with the other settings of NATS") {
  Machine machine;
  machine.options.environment["NATS_URL"] = "nats://a.example.com:4222,nats://b.example.com:4222";
  machine.options.environment["NATS_USER"] = "mamc";
  machine.options.environment["NATS_CREDS"] = "/etc/mamc/mamc.creds";
  const Config config = machine.Good();
  CHECK(config.transport == "nats");
  CHECK(config.Settings(Section::kTransports, "nats") ==
        Json{{"url", "nats://a.example.com:4222,nats://b.example.com:4222"},
             {"user", "mamc"},
             {"creds_file", "/etc/mamc/mamc.creds"}});
}

TEST_CASE("variables of two transports need one of them named") {
  Machine machine;
  machine.options.environment["REDIS_HOST"] = "localhost";
  machine.options.environment["NATS_URL"] = "nats://localhost";
  const auto problems = machine.Load().problems;
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems[0], Catch::Contains("environment REDIS_HOST and environment NATS_URL") &&
                              Catch::Contains("MAMC_TRANSPORT"));
  machine.options.environment["MAMC_TRANSPORT"] = "nats";
  CHECK(machine.Good().transport == "nats");
}

TEST_CASE("an empty variable counts as not set") {
  Machine machine;
  machine.options.environment["REDIS_HOST"] = "";
  machine.options.environment["BLOCKED_MAX_ATTEMPTS"] = "";
  CHECK(machine.Good().transport == "local");
  CHECK(machine.Good().blocked_max_attempts == 10);
}

TEST_CASE("settings of types and personas are kept by kind and id") {
  Machine machine;
  machine.dir.Write("mamc.yaml", R"(
steps:
  command: {max_output_bytes: 100}
personas:
  lead-engineer: {model: "qwen:32b", backend: replay, timeout: 5m}
  replay: {file: a.jsonl, strict: true}
backends:
  replay: {file: b.jsonl}
transports:
  redis: {host: r1, port: 7000, prefix: x}
)");
  machine.options.environment["PERSONA_TIMEOUTS_JSON"] = R"({"context":1})";
  machine.options.environment["REDIS_PORT"] = "7001";
  Config config = machine.Good();
  CHECK(config.Settings(Section::kSteps, "command") == Json{{"max_output_bytes", 100}});
  CHECK(config.Settings(Section::kBackends, "replay") == Json{{"file", "b.jsonl"}, {"strict", true}});
  CHECK(config.persona_models == std::map<std::string, std::string>{{"lead-engineer", "qwen:32b"}});
  CHECK(config.persona_backends.at("lead-engineer") == "replay");
  CHECK(config.persona_timeouts_ms ==
        std::map<std::string, std::int64_t>{{"context", 1}, {"lead-engineer", 300'000}});
  CHECK(config.OriginOf("personas.lead-engineer.timeout").ToString() == "mamc.yaml:5:64");
  CHECK(config.OriginOf("personas.context.timeout").ToString() == "environment PERSONA_TIMEOUTS_JSON");
  CHECK(config.Settings(Section::kTransports, "redis") ==
        Json{{"host", "r1"}, {"port", 7001}, {"prefix", "x"}});
}

TEST_CASE("projects have their defaults and their repositories resolved beside the file") {
  Machine machine;
  machine.dir.Write("conf/mamc.yaml", R"(
projects:
  shop: {repo: ../shop.git, test: "make test", test_network: true}
  site: {name: Web site, repo: "git@host:acme/site.git", base: main, base_writes: true}
  docs: {repo: "https://user@host/docs.git", base_writes: true, merge: merge, workflow: docs-loop}
  quiet: {repo: ../shop.git, ma: off}
  silent: {repo: ../shop.git, ma: false}
  aside: {repo: ../shop.git, ma: on, ma_branch: mamc-notes}
  strict: {repo: ../shop.git, protected: [LICENSE, "db/**"], inherited_failures: report}
)");
  machine.options.config_file = "conf/mamc.yaml";
  Config config = machine.Good();
  CHECK(config.projects.at("shop").repo == (machine.dir / "shop.git").string());
  CHECK(config.projects.at("shop").name == "shop");
  CHECK(config.projects.at("shop").merge == Merge::kBranch);
  CHECK(config.projects.at("shop").test_network);
  CHECK(config.projects.at("site").repo == "git@host:acme/site.git");
  CHECK(config.projects.at("site").merge == Merge::kSquash);
  CHECK(config.projects.at("docs").merge == Merge::kMerge);
  CHECK(config.projects.at("shop").ma);
  CHECK(config.projects.at("shop").inherited_count);
  CHECK(config.projects.at("shop").protected_files.empty());
  CHECK_FALSE(config.projects.at("strict").inherited_count);
  CHECK(config.projects.at("strict").protected_files == std::vector<std::string>{"LICENSE", "db/**"});
  CHECK(config.projects.at("shop").ma_branch.empty());
  CHECK_FALSE(config.projects.at("quiet").ma);
  CHECK_FALSE(config.projects.at("silent").ma);
  CHECK(config.projects.at("aside").ma);
  CHECK(config.projects.at("aside").ma_branch == "mamc-notes");
  CHECK(config.OriginOf("projects.shop.repo").ToString() == "conf/mamc.yaml:3:16");
}

TEST_CASE("a password or a token in the address of a repository is refused and not repeated") {
  for (const char* repo : {"https://user:hunter22@host/docs.git", "https://hunter22:@host/docs.git",
                           "https://glpat-hunter22@host/docs.git", "http://gho_hunter22@host/docs.git"}) {
    Machine machine;
    machine.dir.Write("mamc.yaml", "projects:\n  docs: {repo: \"" + std::string(repo) + "\"}\n");
    const std::vector<std::string> problems = machine.Problems();
    REQUIRE(problems.size() == 1);
    CHECK(Contains(problems[0], "mamc.yaml:2:16: projects.docs.repo holds a password or a token"));
    CHECK_FALSE(Contains(problems[0], "hunter22"));
  }
}

TEST_CASE("all problems are told at once with their places") {
  Machine machine;
  machine.dir.Write("mamc.yaml", R"(transprot: local
board: 5
log: {level: inf, colour: true}
timeouts:
  default: 20000
projects:
  shop: {repos: x, merge: squash, ma: of}
  site: {repo: x, protected: LICENSE, inherited_failures: reprot}
git: no
board: local
)");
  machine.dir.Write(".env", "REDIS_PORT=abc\nMAMC_BAORD=x\nbroken\n");
  machine.options.environment["COORDINATOR_MAX_ITERATIONS"] = "0";
  machine.options.environment["PERSONA_TIMEOUTS_JSON"] = "{\"a\":}";
  machine.options.environment["DASHBOARD_API_BASE_URL"] = "localhost";
  std::vector<std::string> problems = machine.Problems();
  std::string all;
  for (const std::string& problem : problems) all += problem + "\n";
  INFO(all);
  CHECK(Contains(all, "mamc.yaml:1:1: unknown key 'transprot' (did you mean 'transport'?)"));
  CHECK(Contains(all, "mamc.yaml:2:8: board must be text, not '5'"));
  CHECK(Contains(all,
                 "mamc.yaml:3:14: log.level must be one of: debug, info, warn, error, not 'inf' (did you "
                 "mean 'info'?)"));
  CHECK(Contains(all, "mamc.yaml:3:19: unknown key 'colour' in 'log'"));
  CHECK(Contains(
      all,
      "mamc.yaml:5:12: timeouts.default is wrong: the duration 20000 could mean seconds or milliseconds"));
  CHECK(Contains(all, "mamc.yaml:7:10: unknown key 'repos' in project 'shop' (did you mean 'repo'?)"));
  CHECK(Contains(all,
                 "projects.shop.merge is squash, which writes to the base branch: say `base_writes: true`"));
  CHECK(Contains(all, "projects.shop.ma must be on or off, not 'of'"));
  CHECK(Contains(
      all, "mamc.yaml:8:30: projects.site.protected must be a list of texts such as [LICENSE, \"db/**\"]"));
  CHECK(Contains(
      all,
      "projects.site.inherited_failures must be count or report, not 'reprot' (did you mean 'report'?)"));
  CHECK(Contains(all, "mamc.yaml:9:6: git must hold keys: author"));
  CHECK(Contains(all, "mamc.yaml:10:1: the key 'board' is there twice"));
  CHECK(Contains(all, ".env:1: REDIS_PORT must be a whole number from 1 to 65535, not 'abc'"));
  CHECK(Contains(all, ".env:2: unknown variable MAMC_BAORD (did you mean 'MAMC_BOARD'?)"));
  CHECK(Contains(all, ".env:3: NAME=VALUE is expected"));
  CHECK(Contains(
      all, "COORDINATOR_MAX_ITERATIONS must be a whole number from 1 to 1000000000 or `unlimited`, not '0'"));
  CHECK(Contains(all, "PERSONA_TIMEOUTS_JSON must be JSON such as"));
  CHECK(Contains(all, "DASHBOARD_API_BASE_URL must be a URL such as https://"));
  CHECK(problems.size() == 18);
}

TEST_CASE("the columns of mamc.yaml count characters and not bytes") {
  Machine machine;
  machine.dir.Write("mamc.yaml", "log: {fêle: über, colour: true}\n");
  std::vector<std::string> problems = machine.Problems();
  REQUIRE(problems.size() == 2);
  CHECK(Contains(problems[0], "mamc.yaml:1:19: unknown key 'colour'"));
}

TEST_CASE("a broken YAML file is one problem with its place") {
  Machine machine;
  for (const char* text : {"a: [", "- x\n", "text", "a: b: c", "? [x]\n: 1", "@x", "a: \xff",
                           "---\nboard: local\n---\nb: 1\n"}) {
    machine.dir.Write("mamc.yaml", text);
    INFO(text);
    std::vector<std::string> problems = machine.Problems();
    REQUIRE(problems.size() == 1);
    CHECK(Contains(problems[0], "mamc.yaml:"));
  }
  machine.dir.Write("mamc.yaml", "# nothing\n");
  CHECK(machine.Problems().empty());
}

TEST_CASE("deep nesting and alias bombs are refused") {
  Machine machine;
  machine.dir.Write("mamc.yaml", "steps: {x: " + std::string(500, '[') + std::string(500, ']') + "}\n");
  CHECK_FALSE(machine.Problems().empty());
  std::string bomb = "steps:\n  x:\n    a0: &a0 [1,2,3,4,5,6,7,8,9]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += "    a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) bomb += (j ? ",*a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  machine.dir.Write("mamc.yaml", bomb);
  REQUIRE(machine.Problems().size() == 1);
  CHECK(Contains(machine.Problems()[0], "by aliases"));
}

TEST_CASE("a state folder that is given holds the projects too") {
  Machine machine;
  machine.options.flags = {{"state_dir", "state/", "--state-dir"}};
  CHECK(machine.Good().state_dir == machine.dir / "state");
  CHECK(machine.Good().project_base == machine.dir / "state/projects");
  machine.options.environment["PROJECT_BASE"] = "~/work";
  CHECK(machine.Good().project_base == machine.dir / "home/work");
  machine.options.flags.clear();
  machine.options.environment["XDG_STATE_HOME"] = (machine.dir / "xdg").string();
  CHECK(machine.Good().state_dir == machine.dir / "xdg/mamc");
}

TEST_CASE("without any home the state folder must be named") {
  Machine machine;
  machine.options.environment.clear();
  REQUIRE(machine.Problems().size() == 1);
  CHECK(Contains(machine.Problems()[0], "set MAMC_STATE_DIR"));
}

TEST_CASE("search paths of all sources are kept with the strongest first") {
  Machine machine;
  machine.dir.Write("mamc.yaml", "plugins: {paths: [a, /b]}\nworkflows: [w]\n");
  machine.dir.Write(".env", "MAMC_PLUGIN_PATH=c:d\n");
  machine.options.environment["MAMC_PLUGIN_PATH"] = "e";
  machine.options.flags = {{"plugins.paths", Json::array({"f", "g:h"}), "--plugins"}};
  std::vector<std::string> found;
  for (const SearchPath& path : machine.Good().plugin_paths) {
    found.push_back(path.path.lexically_relative(machine.dir.path()).string());
    if (found.back() == "a") CHECK(path.origin.ToString() == "mamc.yaml:1:18");
  }
  found.back() = "/b";
  CHECK(found == std::vector<std::string>{"f", "g:h", "e", "c", "d", "a", "/b"});
}

TEST_CASE("a secret comes from the environment or .env and is masked") {
  Machine machine;
  machine.dir.Write(".env", "DASHBOARD_API_TOKEN=t0ken-in-file\nACME_KEY=acme-secret\n");
  Config config = machine.Good();
  CHECK(Masked("x t0ken-in-file y") == "x *** y");
  CHECK(config.Secret("DASHBOARD_API_TOKEN") == "t0ken-in-file");
  CHECK(config.Secret("ACME_KEY") == "acme-secret");
  CHECK(Masked("acme-secret") == "***");
  CHECK(config.Secret("NOBODY") == std::nullopt);
  machine.options.environment["DASHBOARD_API_TOKEN"] = "t0ken-in-environment";
  CHECK(machine.Good().Secret("DASHBOARD_API_TOKEN") == "t0ken-in-environment");
}

TEST_CASE("a secret does not appear in the message about it") {
  Machine machine;
  machine.dir.Write("mamc.yaml", "DASHBOARD_API_TOKEN: visible-secret\n");
  REQUIRE(machine.Problems().size() == 1);
  CHECK_FALSE(Contains(machine.Problems()[0], "visible-secret"));
}

TEST_CASE("a value that may be a login is refused and not repeated") {
  const std::string variable =
      GENERATE("NATS_URL", "REDIS_URL", "LM_STUDIO_BASE_URL", "MAMC_TRANSPORT", "MAMC_LOG_LEVEL");
  Machine machine;
  machine.options.environment[variable] = "user:hunter22@host";
  const std::vector<std::string> problems = machine.Problems();
  REQUIRE(problems.size() == 1);
  CHECK(Contains(problems[0], variable));
  CHECK(Contains(problems[0], "not repeated here"));
  CHECK_FALSE(Contains(problems[0], "hunter22"));
}

TEST_CASE("a bare number that is read as milliseconds is said") {
  Machine machine;
  machine.dir.Write("mamc.yaml", "timeouts: {default: 90000, coding: 120}\n");
  LoadResult result = machine.Load();
  REQUIRE(result.ok());
  CHECK(result.config.persona_default_timeout_ms == 90'000);
  CHECK(result.config.persona_coding_timeout_ms == 120'000);
  REQUIRE(result.warnings.size() == 1);
  CHECK(Contains(result.warnings[0], "mamc.yaml:1:21: timeouts.default has no unit"));
}

TEST_CASE("a wait may be nothing and a timeout may not") {
  Machine machine;
  machine.dir.Write("mamc.yaml", "timeouts: {backoff_increment: 0}\n");
  CHECK(machine.Good().persona_retry_backoff_increment_ms == 0);
  machine.options.environment["PERSONA_DEFAULT_TIMEOUT_MS"] = "0";
  machine.options.environment["PERSONA_TIMEOUTS_JSON"] = R"({"context":0})";
  CHECK(machine.Problems().size() == 2);
}

TEST_CASE("a variable that is nearly one of ours is a warning") {
  Machine machine;
  machine.options.environment["MAMC_TRANSPRT"] = "redis";
  machine.options.environment["PATH"] = "/bin";
  LoadResult result = machine.Load();
  REQUIRE(result.ok());
  REQUIRE(result.warnings.size() == 1);
  CHECK(result.warnings[0] == "environment: MAMC_TRANSPRT is no setting (did you mean 'MAMC_TRANSPORT'?)");
}
