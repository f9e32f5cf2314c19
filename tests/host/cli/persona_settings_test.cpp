#include "mamc/cli/persona_settings.hpp"

#include <catch2/catch.hpp>

#include "mamc/config/load.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::cli;
using mamc::test::TempDir;

namespace {

// The time of a persona on a machine with this configuration.
struct Machine {
  std::int64_t TimeoutOf(const std::string& file) {
    config::LoadOptions options;
    options.working_directory = dir.path();
    options.system_directory = dir / "etc";
    options.environment = environment;
    options.environment["HOME"] = (dir / "home").string();
    config::LoadResult loaded = config::LoadConfig(options);
    for (const std::string& problem : loaded.problems) FAIL(problem);
    plugin::Catalog catalog(plugin::CatalogOptions{});
    Names names(catalog, {});
    auto persona = workflow::LoadPersona(file, "persona.yml", names);
    for (const auto& problem : persona.problems) FAIL(problem.ToString());
    return PersonaTimeoutMs(loaded.config, *persona.persona);
  }

  TempDir dir;
  std::map<std::string, std::string, std::less<>> environment;
};

constexpr const char* kPlain = "id: qa-engineer\nprompt: p\n";
constexpr const char* kCoding = "id: lead-engineer\nprompt: p\ncoding: true\n";

}  // namespace

TEST_CASE("without a word a persona has one minute and one that writes code three") {
  Machine machine;
  CHECK(machine.TimeoutOf(kPlain) == 60'000);
  CHECK(machine.TimeoutOf(kCoding) == 180'000);
}

TEST_CASE("the machine's default times count for personas whose file says nothing") {
  Machine machine;
  machine.environment = {{"PERSONA_DEFAULT_TIMEOUT_MS", "11000"}, {"PERSONA_CODING_TIMEOUT_MS", "22000"}};
  CHECK(machine.TimeoutOf(kPlain) == 11'000);
  CHECK(machine.TimeoutOf(kCoding) == 22'000);
  CHECK(machine.TimeoutOf(std::string(kPlain) + "timeout: 33s\n") == 33'000);
  CHECK(machine.TimeoutOf(std::string(kCoding) + "timeout: 33s\n") == 33'000);
}

TEST_CASE("the machine's time for one persona comes before that of its file and leaves the others alone") {
  Machine machine;
  machine.environment = {{"PERSONA_DEFAULT_TIMEOUT_MS", "11000"},
                         {"PERSONA_TIMEOUTS_JSON", R"({"qa-engineer":44000})"}};
  CHECK(machine.TimeoutOf(kPlain) == 44'000);
  CHECK(machine.TimeoutOf(std::string(kPlain) + "timeout: 33s\n") == 44'000);
  CHECK(machine.TimeoutOf(kCoding) == 180'000);
}

TEST_CASE("the time of a persona in mamc.yaml gives way to the variable") {
  Machine machine;
  machine.dir.Write(
      "mamc.yaml",
      "personas:\n  qa-engineer: {timeout: 55s}\n  lead-engineer: {timeout: 66s}\ntimeouts: {default: 7s}\n");
  CHECK(machine.TimeoutOf(std::string(kPlain) + "timeout: 33s\n") == 55'000);
  CHECK(machine.TimeoutOf("id: other\nprompt: p\n") == 7'000);
  machine.environment = {{"PERSONA_TIMEOUTS_JSON", R"({"qa-engineer":44000})"}};
  CHECK(machine.TimeoutOf(kPlain) == 44'000);
  CHECK(machine.TimeoutOf(kCoding) == 66'000);
}
