// A run's workspace with a few files, and scans of it.
#pragma once
#include <mamc/workspace.h>

#include <catch2/catch.hpp>

#include "support/git_fixture.hpp"
#include "support/real_process.hpp"

namespace mamc::test {

struct ScannedRepository {
  ScannedRepository() { Prepare("1"); }

  // A further run, from what its base is at now.
  void Prepare(const std::string& id) {
    PluginDriver workspaces(plugin::Kind::kWorkspace, "git", {{"project_base", git.project_base().string()}});
    workspaces.serve_spawn = false;
    plugin::Outcome outcome = WaitServingSpawn(
        workspaces,
        workspaces.Start(
            MAMC_WORKSPACE_PREPARE,
            {{"id", id}, {"repo", git.remote().string()}, {"base", "main"}, {"branch", "task/" + id}}));
    INFO(outcome.json);
    REQUIRE(outcome.code == Code::kOk);
    tree = Json::parse(outcome.json)["path"].get<std::string>();
  }

  // By patterns of lines unless it is said, so that every machine finds the same symbols.
  Json Scan(const Json& params = Json::object(), const Json& task = Json::object(),
            bool ctags = false) const {
    PluginDriver driver(plugin::Kind::kStep, "context-scan", {{"ctags", ctags}});
    return driver.RunStep(params, {{"task", task}, {"workspace", {{"path", tree.string()}}}}).result();
  }
  void Write(const std::string& path, const std::string& text) const { WriteText(tree / path, text); }
  std::filesystem::path cache() const {
    return tree.parent_path().parent_path().parent_path() / "context-scan.cache";
  }

  GitFixture git;
  std::filesystem::path tree;
};

inline bool Holds(const Json& text, const std::string& part) {
  return text.get<std::string>().find(part) != std::string::npos;
}

}  // namespace mamc::test
