#include "mamc/workflow/needs.hpp"

#include <catch2/catch.hpp>

#include "fake_names.hpp"

using namespace mamc;
using namespace mamc::workflow;

namespace {

class MarkedNames final : public FakeNames {
 public:
  MarkedNames() {
    Add("ask-two", R"({"properties":{"first":{"type":"string","x-persona":true},
      "second":{"type":["string","null"],"x-persona":true,"default":"qa-engineer"},"text":{"type":"string"}},
      "additionalProperties":true})")
        .composite = true;
    Add("save", R"({"properties":{"operation":{"enum":["look","keep"],"x-commits":["keep"]},
      "author":{"type":"object"}},"additionalProperties":false})");
    Add("land",
        R"({"properties":{"do":{"enum":["look","land"],"x-writes-base":["land"]},"how":{"type":"string",
      "x-writes-base":["squash"]},"base":{"type":"string"}},"additionalProperties":false})");
    Add("mend", R"({"properties":{"repairs":{"type":"integer","default":0,"x-asks":true}},
      "additionalProperties":false})");
    Add("wonder", R"({"x-asks":true,"additionalProperties":false})");
    Add("judge",
        R"({"properties":{"who":{"type":"string","x-persona":true,"x-judge":{"what":["review"],"how":["pass"]}},
      "always":{"type":"string","x-persona":true,"x-judge":{}},"what":{"type":"string"},"how":{"type":"string"}},
      "additionalProperties":false})");
    Add("try-out", R"({"properties":{"with":{"type":"string","x-test":true}},"additionalProperties":false})");
  }
};

StepList StepsOf(const std::string& steps) {
  static const MarkedNames names;
  auto loaded = LoadWorkflow("name: w\nsteps:\n" + steps, "w.yml", names);
  for (const Problem& problem : loaded.problems) FAIL(problem.ToString());
  return loaded.workflow->steps;
}

Needs NeedsOfWork(const std::string& steps) {
  static const MarkedNames names;
  auto loaded = LoadPersona("id: p\nwork:\n" + steps, "p.yml", names);
  for (const Problem& problem : loaded.problems) FAIL(problem.ToString());
  return NeedsOf(loaded.persona->work, names);
}

Needs NeedsOfSteps(const std::string& steps) {
  return NeedsOf(StepsOf(steps), MarkedNames());
}

}  // namespace

TEST_CASE("the personas that steps name are found in nested steps and in defaults") {
  CHECK(NeedsOfSteps("  - {id: a, type: task-update, status: done}\n").personas.empty());
  CHECK(NeedsOfSteps("  - {id: a, type: ask-two, first: lead-engineer, text: plan-evaluator}\n").personas ==
        std::set<std::string>{"lead-engineer", "qa-engineer"});
  CHECK(NeedsOfSteps("  - {id: a, type: ask-two, first: \"${task.type}\", second: null}\n").personas.empty());
  CHECK(NeedsOfSteps("  - id: a\n    type: conditional\n    condition: task.type === 'x'\n    then:\n"
                     "      - {id: b, type: ask-two, second: lead-engineer}\n")
            .personas == std::set<std::string>{"lead-engineer"});
  CHECK(NeedsOfSteps("  - {id: a, type: ask-two}\n").asks);
  CHECK_FALSE(NeedsOfSteps("  - {id: a, type: task-update, status: done}\n").asks);
}

TEST_CASE("a leaf that hands its failures to the model asks it unless it may not") {
  CHECK(NeedsOfWork("  - {id: a, type: mend, repairs: 2}\n").asks);
  CHECK_FALSE(NeedsOfWork("  - {id: a, type: mend, repairs: 0}\n").asks);
  CHECK(NeedsOfWork("  - {id: a, type: wonder}\n").asks);
  CHECK_FALSE(NeedsOfSteps("  - {id: a, type: mend}\n").asks);
}

TEST_CASE("a persona whose word decides is found when all that its mark names has such a value") {
  auto judges = [](const std::string& params) {
    return NeedsOfSteps("  - {id: a, type: judge, " + params + "}\n").judges;
  };
  const std::set<std::string> one = {"qa-engineer"};
  CHECK(judges("who: qa-engineer, what: review, how: pass") == one);
  CHECK(judges("who: qa-engineer, what: review").empty());
  CHECK(judges("who: qa-engineer, what: look, how: pass").empty());
  CHECK(judges("always: qa-engineer") == one);
  CHECK(NeedsOfSteps("  - {id: a, type: judge, who: qa-engineer}\n").personas == one);
}

TEST_CASE("a step that may commit is found unless it names its author") {
  CHECK(NeedsOfSteps("  - {id: a, type: save, operation: look}\n").commits.empty());
  CHECK(NeedsOfSteps("  - {id: a, type: save, operation: keep}\n").commits == std::set<std::string>{"save"});
  CHECK(NeedsOfSteps("  - {id: a, type: save, operation: keep, author: {name: a}}\n").commits.empty());
}

TEST_CASE("a step that writes to the base branch is found when all that is marked says so") {
  auto writes = [](const std::string& params) {
    return NeedsOf(StepsOf("  - {id: a, type: land, " + params + "}\n"), MarkedNames(), {{"merge", "squash"}})
        .writes_base;
  };
  CHECK(writes("do: land, how: squash"));
  CHECK(writes("do: land, how: \"${project.merge}\""));
  CHECK_FALSE(writes("do: land, how: branch"));
  CHECK_FALSE(writes("do: land"));
  CHECK_FALSE(writes("do: look, how: squash"));
  CHECK_FALSE(writes("do: land, how: squash, base: release"));
  CHECK_FALSE(NeedsOfSteps("  - {id: a, type: save, operation: keep}\n").writes_base);
}

TEST_CASE("the project's test command is needed where it is handed on alone") {
  auto needs = [](const std::string& steps) { return NeedsProjectTest(StepsOf(steps)); };
  CHECK(needs("  - {id: a, type: qa-iteration-loop, test_command: \"${project.test}\"}\n"));
  CHECK(needs("  - {id: a, type: acme.lint, deep: [{x: \"{{project.test}}\"}]}\n"));
  CHECK(
      needs("  - id: a\n    type: conditional\n    condition: task.type === 'x'\n    then:\n"
            "      - {id: b, type: qa-iteration-loop, test_command: \"${project.test}\"}\n"));
  CHECK_FALSE(needs("  - {id: a, type: qa-iteration-loop, test_command: make test}\n"));
  CHECK_FALSE(needs("  - {id: a, type: qa-iteration-loop, test_command: \"${project.test || 'make'}\"}\n"));
  CHECK_FALSE(needs("  - {id: a, type: acme.lint, comment: \"tested with ${project.test}\"}\n"));
  CHECK_FALSE(
      needs("  - {id: a, type: qa-iteration-loop, condition: project.test, "
            "test_command: \"${project.test}\"}\n"));
  CHECK_FALSE(
      needs("  - id: a\n    type: conditional\n    condition: project.test !== ''\n    then:\n"
            "      - {id: b, type: qa-iteration-loop, test_command: \"${project.test}\"}\n"));
}

TEST_CASE("after somebody changed the branch all is done again from the last tests before the step") {
  StepList steps = StepsOf(
      "  - {id: write, type: task-update, status: open}\n"
      "  - {id: first, type: qa-iteration-loop, test_command: \"${project.test}\", dependencies: [write]}\n"
      "  - {id: qa, type: qa-iteration-loop, test_command: \"${project.test}\", dependencies: [first]}\n"
      "  - {id: review, type: task-update, status: open, dependencies: [qa]}\n"
      "  - {id: aside, type: acme.lint, test_command: \"${project.test}\", dependencies: [write]}\n"
      "  - {id: last, type: task-update, status: done, dependencies: [review]}\n");
  MarkedNames names;
  const std::set<std::string> all = {"write", "first", "qa", "review", "aside", "last"};
  CHECK(TestedAgainFrom(steps, "last", all, names) == "qa");
  CHECK(TestedAgainFrom(steps, "qa", all, names) == "qa");
  CHECK(TestedAgainFrom(steps, "first", all, names) == "first");
  CHECK(TestedAgainFrom(steps, "write", all, names) == "");
  // A condition has skipped it, and would skip it again.
  CHECK(TestedAgainFrom(steps, "last", {"write", "first", "review", "last"}, names) == "first");
}

TEST_CASE("a test in the lists of a step is found when it was begun and no step beside that one tests") {
  StepList steps = StepsOf(
      "  - {id: write, type: task-update, status: open}\n"
      "  - id: checks\n    type: all-at-once\n    dependencies: [write]\n    steps:\n"
      "      - {id: lint, type: acme.lint}\n"
      "      - {id: qa, type: try-out, with: make test}\n"
      "  - id: perhaps\n    type: conditional\n    dependencies: [checks]\n    condition: \"true\"\n    "
      "then:\n"
      "      - id: inner\n        type: all-at-once\n        steps: [{id: deep, type: try-out, with: make}]\n"
      "  - {id: last, type: task-update, status: done, dependencies: [perhaps]}\n");
  MarkedNames names;
  std::set<std::string> begun = {"write", "checks", "lint", "qa", "perhaps", "last"};
  CHECK(TestedAgainFrom(steps, "last", begun, names) == "checks");
  CHECK(TestedAgainFrom(steps, "checks", begun, names) == "checks");
  CHECK(TestedAgainFrom(steps, "write", begun, names) == "");
  begun.insert({"inner", "deep"});
  CHECK(TestedAgainFrom(steps, "last", begun, names) == "perhaps");
  CHECK(TestedAgainFrom(steps, "last", {"write", "last"}, names) == "");
}

TEST_CASE("a step of a type that tests is found whatever its command is") {
  StepList steps = StepsOf(
      "  - {id: write, type: task-update, status: open}\n"
      "  - {id: qa, type: try-out, with: make test, dependencies: [write]}\n"
      "  - {id: last, type: task-update, status: done, dependencies: [qa]}\n");
  CHECK(TestedAgainFrom(steps, "last", {"write", "qa", "last"}, MarkedNames()) == "qa");
}
