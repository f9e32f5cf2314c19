#include "workflow_choice.hpp"

#include <catch2/catch.hpp>

#include "support/engine_bench.hpp"

using namespace mamc;
using namespace mamc::coordinator;

namespace {

struct Shelf {
  test::TempDir dir;
  test::EngineBench bench{dir};
  std::vector<WorkflowPtr> workflows;
  void Add(const std::string& name, const std::string& more = "") {
    auto loaded = workflow::LoadWorkflow(
        "name: " + name + "\n" + more + "steps:\n  - {id: a, type: set-variables, variables: {x: 1}}\n", name,
        *bench.names);
    for (const auto& problem : loaded.problems) FAIL(problem.ToString());
    workflows.push_back(loaded.workflow);
  }
  std::string Choose(const Json& task, const std::string& of_project = "") {
    auto chosen = ChooseWorkflow(workflows, task, nullptr, {{"id", "p"}}, of_project, "project-loop");
    return chosen.ok() ? (*chosen)->name : chosen.status().message();
  }
};

}  // namespace

TEST_CASE("a task gets its own workflow and else the project's and else the first whose trigger holds") {
  Shelf shelf;
  shelf.Add("project-loop");
  shelf.Add("late", "trigger: task.type === 'hotfix' || task.labels.includes('hot')\norder: 50\n");
  shelf.Add("hotfix", "trigger: \"(task.type == \\\"hotfix\\\")\"\norder: 10\n");
  shelf.Add("loud",
            "trigger: task.type == 'bug' && task.priority >= 5 || task.title === \"LOUD\"\norder: 5\n");
  CHECK(shelf.Choose({{"type", "hotfix"}}) == "hotfix");
  CHECK(shelf.Choose({{"type", "bug"}, {"priority", 5}}) == "loud");
  CHECK(shelf.Choose({{"type", "bug"}, {"priority", 4.5}}) == "project-loop");
  CHECK(shelf.Choose({{"type", "hotfix"}, {"priority", 9}}) == "hotfix");
  CHECK(shelf.Choose({{"title", "LOUD"}}) == "loud");
  CHECK(shelf.Choose({{"type", "bug"}, {"labels", {"hot"}}}) == "late");
  CHECK(shelf.Choose({{"type", "bug"}}) == "project-loop");
  CHECK(shelf.Choose({{"type", "hotfix"}}, "late") == "late");
  CHECK(shelf.Choose({{"type", "hotfix"}, {"workflow", "project-loop"}}, "late") == "project-loop");
}

TEST_CASE("a workflow that is not installed is named with the nearest one") {
  Shelf shelf;
  shelf.Add("project-loop");
  const std::string error = shelf.Choose({{"id", "7"}, {"workflow", "projectloop"}});
  CHECK(error.find("task 7 wants workflow 'projectloop'") == 0);
  CHECK(error.find("project-loop") != std::string::npos);
}
