// The step type ma-files at work in the workspaces of a task's runs.
#pragma once
#include "git_step.hpp"

namespace mamc::test {

const std::string kPlanLog = ".ma/planning/task-t7-plan.log";
const std::string kQaLog = ".ma/qa/task-t7-qa.log";
const Json kContext = {{"operation", "context"},
                       {"summary", "# Repository\n3 files\n"},
                       {"data", {{"files", 3}, {"languages", {{"C", 1}}}}}};

class MaNotes : public GitStep {
 public:
  explicit MaNotes(Json its_project = Json::object(), const Json& workspace_settings = Json::object())
      : GitStep("ma-files", "task/7", Json::object(), workspace_settings) {
    project = std::move(its_project);
  }

  plugin::Outcome Call(const std::string& run, const Json& params,
                       const std::function<void(const Json&)>& before = {}) {
    const std::string step = "loop@1/notes/" + std::to_string(params.value("iteration", 0)) + "/ma-files@1";
    return CallIn(Tree(run), run, step, params, before);
  }
  Json Ok(const std::string& run, const Json& params, const std::function<void(const Json&)>& before = {}) {
    return OkResult(Call(run, params, before));
  }
  Json Qa(const std::string& run, int iteration, const std::string& status, const std::string& output) {
    return Ok(run, {{"operation", "qa"},
                    {"iteration", iteration},
                    {"status", status},
                    {"exit_code", status == "pass" ? 0 : 2},
                    {"duration_ms", 1234},
                    {"command", "make test"},
                    {"output", output}});
  }
  Json Plan(const std::string& run, int iteration, const std::string& status, const std::string& plan,
            const Json& reasons = Json::array()) {
    return Ok(run, {{"operation", "plan"},
                    {"iteration", iteration},
                    {"status", status},
                    {"plan", plan},
                    {"judged", {{{"persona", "plan-evaluator"}, {"status", status}, {"reasons", reasons}}}}});
  }
  Json Read(const std::string& run) { return Ok(run, {{"operation", "read"}}); }
  // Where the run's branch is on this machine.
  std::string Head(const std::string& run) const {
    return git.Git(git.root(),
                   {"--git-dir", (Tree(run).parent_path() / "git").string(), "rev-parse", branch});
  }
  std::string Remote(const std::string& path) const { return git.RemoteFile(branch, path); }
};

}  // namespace mamc::test
