// Workspaces of the type git, made and asked as the host does.
#pragma once
#include <mamc/workspace.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "support/git_fixture.hpp"
#include "support/real_process.hpp"

namespace mamc::test {

class Workspaces {
 public:
  // `machine` is a folder's name: what another machine has made is not seen there.
  explicit Workspaces(const GitFixture& its_git, const std::string& machine = "project base")
      : git(its_git),
        driver(plugin::Kind::kWorkspace, "git",
               {{"project_base", (its_git.root() / machine).string()},
                {"author", {{"name", "Müller"}, {"email", "m@example.com"}}}}) {
    driver.serve_spawn = false;
  }

  plugin::Outcome Call(std::uint32_t verb, const Json& input,
                       const std::function<void(const Json&)>& before = {}) {
    return WaitServingSpawn(driver, driver.Start(verb, input), before);
  }
  Json Ok(std::uint32_t verb, const Json& input, const std::function<void(const Json&)>& before = {}) {
    plugin::Outcome outcome = Call(verb, input, before);
    INFO(outcome.json);
    REQUIRE(outcome.code == Code::kOk);
    return Json::parse(outcome.json);
  }
  Json Prepare(const std::string& id, const Json& more = Json::object()) {
    Json input = {{"id", id}, {"repo", git.remote().string()}, {"base", "main"}, {"branch", "task/" + id}};
    input.update(more);
    return Ok(MAMC_WORKSPACE_PREPARE, input);
  }
  Json Commit(const std::string& id, const Json& more = Json::object()) {
    Json input = {
        {"id", id}, {"message", "work"}, {"time_ms", 1'700'000'000'000}, {"trailers", {{"Task", "7"}}}};
    input.update(more);
    return Ok(MAMC_WORKSPACE_COMMIT, input);
  }

  const GitFixture& git;
  PluginDriver driver;
};

inline std::filesystem::path TreeOf(const Json& prepared) {
  return prepared["path"].get<std::string>();
}
inline std::filesystem::path GitDirOf(const Json& prepared) {
  return TreeOf(prepared).parent_path() / "git";
}

}  // namespace mamc::test
