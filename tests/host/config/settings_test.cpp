#include "mamc/config/settings.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "mamc/base/files.hpp"
#include "mamc/base/text.hpp"
#include "mamc/config/dotenv.hpp"
#include "mamc/config/load.hpp"
#include "support/places.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::config;

namespace {

// The file as if its reader had removed every # before a setting.
std::string Uncommented(const std::string& text) {
  std::string result, line;
  for (char c : text + "\n") {
    if (c != '\n') {
      line += c;
      continue;
    }
    bool setting = line.size() > 1 && line[0] == '#' && (line[1] != ' ' || line[2] == ' ');
    result += (setting ? line.substr(1) : line) + "\n";
    line.clear();
  }
  return result;
}

}  // namespace

TEST_CASE("every variable of the specification is a setting and stands in .env.example") {
  Result<std::string> file = ReadFile(test::SourceDir() / ".env.example");
  REQUIRE(file.ok());
  for (const char* name : {"PROJECT_BASE",
                           "REDIS_HOST",
                           "REDIS_PORT",
                           "REDIS_URL",
                           "REDIS_USERNAME",
                           "REDIS_PASSWORD",
                           "NATS_URL",
                           "NATS_USER",
                           "NATS_PASSWORD",
                           "NATS_TOKEN",
                           "NATS_CREDS",
                           "DASHBOARD_API_BASE_URL",
                           "DASHBOARD_API_TOKEN",
                           "LM_STUDIO_BASE_URL",
                           "LM_STUDIO_API_KEY",
                           "ALLOWED_PERSONAS",
                           "PERSONA_MODELS_JSON",
                           "PERSONA_DEFAULT_TIMEOUT_MS",
                           "PERSONA_CODING_TIMEOUT_MS",
                           "PERSONA_TIMEOUT_MAX_RETRIES",
                           "PERSONA_RETRY_BACKOFF_INCREMENT_MS",
                           "PERSONA_TIMEOUTS_JSON",
                           "COORDINATOR_MAX_ITERATIONS",
                           "COORDINATOR_MAX_REVISION_ATTEMPTS",
                           "BLOCKED_MAX_ATTEMPTS",
                           "MAMC_OUTAGE_LIMIT_MS",
                           "MAMC_TRANSPORT",
                           "MAMC_BOARD",
                           "MAMC_BACKEND",
                           "MAMC_WORKSPACE",
                           "MAMC_PLUGIN_PATH",
                           "MAMC_WORKFLOWS",
                           "MAMC_STATE_DIR",
                           "MAMC_LOG_LEVEL",
                           "MAMC_LOG_FORMAT",
                           "MAMC_GIT_AUTHOR_NAME",
                           "MAMC_GIT_AUTHOR_EMAIL"}) {
    INFO(name);
    CHECK(FindByVariable(name) != nullptr);
    CHECK(Contains(*file, std::string("\n#") + name + "="));
  }
}

TEST_CASE("the committed .env.example is what the table says") {
  Result<std::string> file = ReadFile(test::SourceDir() / ".env.example");
  REQUIRE(file.ok());
  INFO("renew it: mamc-host init --dir DIR, then copy DIR/.env over .env.example");
  CHECK(*file == RenderEnvExample());
}

TEST_CASE("every line of the generated files is valid once it is uncommented") {
  test::TempDir dir;
  dir.Write(".env", Uncommented(RenderEnvExample()));
  dir.Write("mamc.yaml", Uncommented(RenderConfigExample()));
  LoadOptions options;
  options.working_directory = dir.path();
  options.environment["HOME"] = dir.path().string();
  LoadResult result = LoadConfig(options);
  for (const std::string& problem : result.problems) UNSCOPED_INFO(problem);
  CHECK(result.ok());
  CHECK(result.config.projects.count("shop") == 1);
  for (const Setting& setting : Settings()) {
    if (setting.form == Form::kSecret) continue;
    INFO(setting.key);
    CHECK(result.config.OriginOf(setting.key).source != Source::kDefault);
  }
}

TEST_CASE("as they are the generated files set nothing") {
  test::TempDir dir;
  dir.Write(".env", RenderEnvExample());
  dir.Write("mamc.yaml", RenderConfigExample());
  LoadOptions options;
  options.working_directory = dir.path();
  options.environment["HOME"] = dir.path().string();
  LoadResult result = LoadConfig(options);
  CHECK(result.ok());
  CHECK(result.config.origins.empty());
}

TEST_CASE("keys and variables of the table are unique and documented") {
  std::set<std::string_view> keys, variables;
  for (const Setting& setting : Settings()) {
    INFO(setting.key << " " << setting.variable);
    CHECK((setting.key.empty() || keys.insert(setting.key).second));
    CHECK((setting.variable.empty() || variables.insert(setting.variable).second));
    CHECK_FALSE(setting.doc.empty());
    CHECK(setting.doc.back() == '.');
  }
}

TEST_CASE("the description for doctor shows origins and hides secrets") {
  test::TempDir dir;
  LoadOptions options;
  options.working_directory = dir.path();
  options.environment["HOME"] = dir.path().string();
  options.environment["LM_STUDIO_API_KEY"] = "sk-very-secret";
  options.environment["REDIS_URL"] = "redis://me:pass-word@host:1/0";
  LoadResult result = LoadConfig(options);
  REQUIRE(result.ok());
  std::string all;
  for (const Described& line : Describe(result.config))
    all += line.key + "=" + line.value + " " + line.origin.ToString() + "\n";
  CHECK(Contains(all, "LM_STUDIO_API_KEY=*** environment LM_STUDIO_API_KEY\n"));
  CHECK(Contains(all, "transports.redis.url=redis://me:***@host:1/0 environment REDIS_URL\n"));
  CHECK(Contains(all, "transport=redis environment REDIS_URL\n"));
  CHECK(Contains(all, "limits.revision_attempts=unlimited default\n"));
  CHECK_FALSE(Contains(all, "secret\n"));
}
