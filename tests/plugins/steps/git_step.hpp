// A step type that works in workspaces of the type git, made and asked as the host does.
#pragma once
#include <mamc/step.h>
#include <mamc/workspace.h>

#include <catch2/catch.hpp>
#include <map>

#include "support/git_fixture.hpp"
#include "support/real_process.hpp"

namespace mamc::test {

// Runs of the task t7, each in a workspace of its own on this machine.
class GitStep {
 public:
  GitStep(const std::string& type, std::string its_branch, const Json& settings = Json::object(),
          const Json& workspace_settings = Json::object())
      : branch(std::move(its_branch)),
        workspaces(plugin::Kind::kWorkspace, "git", WithBase(git, workspace_settings)),
        steps(plugin::Kind::kStep, type, settings) {
    workspaces.serve_spawn = steps.serve_spawn = false;
  }

  Json Prepare(const std::string& run, const Json& more = Json::object()) {
    Json input = {{"id", run}, {"repo", git.remote().string()}, {"base", "main"}, {"branch", branch}};
    input.update(project);
    input.update(more);
    plugin::Outcome outcome = WaitServingSpawn(workspaces, workspaces.Start(MAMC_WORKSPACE_PREPARE, input));
    INFO(outcome.json);
    REQUIRE(outcome.code == Code::kOk);
    Json prepared = Json::parse(outcome.json);
    trees_[run] = prepared["path"].get<std::string>();
    return prepared;
  }
  std::filesystem::path Tree(const std::string& run) const { return trees_.at(run); }

  plugin::Outcome CallIn(const std::filesystem::path& tree, const std::string& run, const std::string& step,
                         const Json& params, const std::function<void(const Json&)>& before = {}) {
    plugin::CallInfo info;
    info.started_unix_ms = now_ms;
    Json input = {{"params", params},   {"run", run},
                  {"step", step},       {"task", {{"id", "t7"}, {"title", "Teach it to sing"}}},
                  {"project", project}, {"workspace", {{"path", tree.string()}}}};
    return WaitServingSpawn(steps, steps.Start(MAMC_STEP_RUN, input, info), before);
  }

  // A branch of others, at the base.
  void Begin(const std::string& name) const {
    git.Git(git.remote(), {"update-ref", "refs/heads/" + name, git.RemoteCommit("main")});
  }
  // Others push what no plain file is: a link ("120000") to README.md, or a submodule ("160000").
  void OthersPushEntry(const std::string& name, const std::string& mode, const std::string& path) const {
    const std::filesystem::path& clone = git.others();
    git.OthersCheckOut(name);
    const bool is_link = mode == "120000";
    if (is_link) WriteText(git.root() / "target", "README.md");
    const std::string object = is_link
                                   ? git.Git(clone, {"hash-object", "-w", (git.root() / "target").string()})
                                   : git.RemoteCommit("main");
    git.Git(clone, {"update-index", "--add", "--replace", "--cacheinfo", mode + "," + object + "," + path});
    git.Git(clone, {"commit", "-q", "-m", "others change " + path});
    git.OthersPublish(name);
    git.Git(clone, {"reset", "-q", "--hard"});
  }
  // Below .ma/ on a branch of the remote.
  std::string Files(const std::string& name) const {
    return git.Git(git.remote(), {"ls-tree", "-r", "--name-only", name, ".ma/"});
  }

  GitFixture git;
  const std::string branch;
  Json project = Json::object();
  std::int64_t now_ms = 1'700'000'123'456;
  PluginDriver workspaces;
  PluginDriver steps;

 private:
  static Json WithBase(const GitFixture& git, const Json& more) {
    Json settings = {{"project_base", git.project_base().string()},
                     {"author", {{"name", "Müller"}, {"email", "m@example.com"}}}};
    settings.update(more);
    return settings;
  }

  std::map<std::string, std::filesystem::path> trees_;
};

inline Json OkResult(const plugin::Outcome& outcome) {
  INFO(outcome.json);
  REQUIRE(outcome.code == Code::kOk);
  return Json::parse(outcome.json);
}

}  // namespace mamc::test
