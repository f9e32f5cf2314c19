// A run's branch that has changed a repository in some way, and what `change-check` finds of it.
#pragma once
#include <mamc/workspace.h>

#include <map>
#include <optional>

#include "support/git_fixture.hpp"
#include "support/real_process.hpp"

namespace mamc::test {

using Texts = std::map<std::string, std::optional<std::string>>;

// A repository whose base has these files, and what is found when a run's branch has changed them so.
struct ChangedRepository {
  ChangedRepository(const Texts& base, const Texts& changes) {
    git.OthersCheckOut("main");
    for (const auto& [path, text] : base) WriteText(git.others() / path, *text);
    git.Git(git.others(), {"add", "-A"});
    git.Git(git.others(), {"commit", "-q", "--allow-empty", "-m", "base"});
    git.OthersPublish("main");
    const Json prepared = Ask(MAMC_WORKSPACE_PREPARE,
                              {{"repo", git.remote().string()}, {"base", "main"}, {"branch", "task/1"}});
    workspace = {{"path", prepared["path"]}, {"base_commit", prepared["base_commit"]}};
    tree = prepared["path"].get<std::string>();
    for (const auto& [path, text] : changes) {
      if (text)
        WriteText(tree / path, *text);
      else
        std::filesystem::remove(tree / path);
    }
    Ask(MAMC_WORKSPACE_COMMIT,
        {{"message", "change"}, {"author", {{"name", "A"}, {"email", "a@example.com"}}}, {"time_ms", 1}});
  }

  Json Ask(std::uint32_t verb, Json input) const {
    if (!input.contains("id")) input["id"] = "1";
    PluginDriver workspaces(plugin::Kind::kWorkspace, "git", {{"project_base", git.project_base().string()}});
    workspaces.serve_spawn = false;
    const plugin::Outcome outcome = WaitServingSpawn(workspaces, workspaces.Start(verb, input));
    INFO(outcome.json);
    REQUIRE(outcome.code == Code::kOk);
    return Json::parse(outcome.json);
  }
  Json Check(const Json& params = Json::object(), const Json& project = Json::object()) const {
    PluginDriver driver(plugin::Kind::kStep, "change-check");
    return driver.RunStep(params, {{"project", project}, {"workspace", workspace}}).result();
  }

  GitFixture git;
  std::filesystem::path tree;
  Json workspace;
};

// A file of two tests.
inline constexpr char kPython[] =
    "from calc import add\n\ndef test_add():\n    assert add(1, 2) == 3\n\ndef test_minus():\n    assert "
    "add(1, -2) == -1\n";

}  // namespace mamc::test
