// What the parameters of the shipped step types must fit together, as `workflow check` tells it.
#include <catch2/catch.hpp>

#include "program.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

// The problems of a workflow with this one step, whose first key stands at 3:5; empty when there are none.
std::string ProblemsOf(const std::string& step) {
  Program program;
  program.dir.Write("w.yml", "name: w\nsteps:\n  - {id: a, " + step + "}\n");
  Ran ran = program.Run({"workflow", "check", "w.yml"});
  INFO(ran.err);
  CHECK(ran.code == (ran.err.empty() ? 0 : 2));
  return ran.err;
}

std::string Told(const std::string& place, const std::string& problem) {
  return "mamc-host: w.yml:" + place + ": " + problem + "\n";
}

}  // namespace

TEST_CASE("a command says once what to run and how long") {
  CHECK(ProblemsOf("type: command, shell: make, timeout_s: 2") == "");
  CHECK(ProblemsOf("type: command, argv: [\"${project.test}\"]") == "");
  CHECK(ProblemsOf("type: command, timeout_s: 2") ==
        Told("3:5", "the step 'a' (command) must have 'argv' or 'shell'"));
  CHECK(ProblemsOf("type: command, argv: [make], shell: \"make ${task.id}\"") ==
        Told("3:5", "the step 'a' (command) must not have 'argv' and 'shell' together; leave one out"));
  CHECK(ProblemsOf("type: command, shell: make, timeout_s: 2, timeout_ms: \"${variables.x}\"")
            .find("must not have 'timeout_ms' and 'timeout_s' together; leave one out") != std::string::npos);
}

TEST_CASE("a git operation takes what it uses and nothing else") {
  CHECK(ProblemsOf("type: git-operation, operation: merge, source: main") == "");
  CHECK(ProblemsOf("type: git-operation, operation: merge") ==
        Told("3:5",
             "the step 'a' (git-operation) lacks the required key 'source', needed with operation 'merge'"));
  CHECK(ProblemsOf("type: git-operation, operation: push, files: [a]") ==
        Told("3:51", "files is not allowed with operation 'push'; it goes with 'commit'"));
  CHECK(ProblemsOf("type: git-operation, operation: push, source: \"${task.id}\"") ==
        Told("3:51", "source is not allowed with operation 'push'; it goes with 'merge'"));
  CHECK(ProblemsOf("type: git-operation, operation: comit, files: [a]") ==
        Told("3:45",
             "operation must be one of: checkout, commit, push, pull, merge, finalize (did you mean "
             "'commit'?)"));
  CHECK(
      ProblemsOf("type: git-operation, operation: \"${variables.x || 'push'}\", files: [a]").find("files") ==
      std::string::npos);
}

TEST_CASE("a summary that is to be kept is given") {
  CHECK(ProblemsOf("type: ma-files, operation: context, summary: \"${state.a_result}\"") == "");
  CHECK(ProblemsOf("type: ma-files, operation: context") ==
        Told("3:5",
             "the step 'a' (ma-files) lacks the required key 'summary', needed with operation 'context'"));
  CHECK(ProblemsOf("type: ma-files, operation: read") == "");
}

TEST_CASE("a branch that git would not take is told, and one with a template is left to the run") {
  CHECK(ProblemsOf("type: git-operation, operation: checkout, branch: \"feature/x\", base: release-1.2") ==
        "");
  CHECK(ProblemsOf("type: git-operation, operation: checkout, branch: \"task/${task.id}\"") == "");
  CHECK(ProblemsOf("type: git-operation, operation: checkout, branch: \"my branch\"") ==
        Told("3:64", "branch must be a branch name as git takes it, not 'my branch'"));
  CHECK(ProblemsOf("type: git-operation, operation: checkout, base: -x") ==
        Told("3:61", "base must be a branch name as git takes it, not '-x'"));
}

TEST_CASE("a change of the task changes something, and a reason is one for being blocked") {
  CHECK(ProblemsOf("type: task-update, status: blocked, reason: person") == "");
  CHECK(ProblemsOf("type: task-update, status: blocked") == "");
  CHECK(ProblemsOf("type: task-update, comment: here") == "");
  CHECK(ProblemsOf("type: task-update") ==
        Told("3:5", "the step 'a' (task-update) must have 'status', 'comment', 'priority' or 'labels'"));
  CHECK(ProblemsOf("type: task-update, comment: x, reason: person") ==
        Told("3:5", "the step 'a' (task-update) must have 'status: blocked' or do without 'reason'"));
  CHECK(ProblemsOf("type: task-update, status: done, reason: person") ==
        Told("3:46", "reason is not allowed with status 'done'; it goes with 'blocked'"));
}

TEST_CASE("a step that asks the persona's model stands in a persona's work") {
  CHECK(Contains(
      ProblemsOf("type: ask, instructions: think"),
      "w.yml:3:5: the step 'a' (ask) asks the model of the persona whose 'work' it is part of, and it "
      "is part of none; move it to the 'work' of a persona file, and ask that persona here"));
  CHECK(Contains(ProblemsOf("type: diff-apply, source: \"${state.a_result}\", repairs: 2"),
                 "w.yml:3:60: the step 'a' (diff-apply) asks, with 'repairs', the model"));
  CHECK(ProblemsOf("type: diff-apply, source: \"${state.a_result}\"") == "");
  Program program;
  program.dir.Write("personas/p.yml", "id: p\nwork: [{id: a, type: ask, instructions: think}]\n");
  CHECK(program.Run({"workflow", "check", "personas/p.yml"}).code == 0);
}
