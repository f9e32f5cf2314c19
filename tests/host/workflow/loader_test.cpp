#include <catch2/catch.hpp>

#include "fake_names.hpp"

namespace mamc::workflow {
namespace {

const StepDef& First(const std::shared_ptr<const Workflow>& workflow) {
  return *workflow->steps.at(0);
}

// Steps under a heading, so that a test shows only what it is about. The first step stands on line 3.
std::string Steps(std::string_view steps) {
  return "name: w\nsteps:\n" + std::string(steps);
}

}  // namespace

TEST_CASE("all top-level keys are read") {
  auto workflow = Loaded(R"(name: feature
version: 1.0
description: d
variables: {branch: main, plan_timeout: 20m}
trigger: task.type === 'feature' || task.labels.includes('new')
order: 5
steps:
  - {id: a, type: command, shell: make, timeout: "{{variables.plan_timeout}}"}
on_failure:
  - {id: tell, type: task-update, status: blocked}
)");
  CHECK(workflow->version == "1.0");
  CHECK(workflow->order == 5);
  CHECK(workflow->trigger);
  CHECK(workflow->variables == Json::parse(R"({"branch":"main","plan_timeout":"20m"})"));
  CHECK(First(workflow).timeout_ms == 1'200'000);
  CHECK(workflow->on_failure.size() == 1);
  CHECK(workflow->file == "w.yml");
  CHECK(workflow->text.starts_with("name: feature"));
}

TEST_CASE("all keys of a step are read") {
  auto workflow = Loaded(Steps(R"(  - {id: a, type: command, shell: make}
  - id: b
    name: B
    description: d
    type: acme.lint@^1.0
    dependencies: a
    condition: ${steps.a.status === 'done'}
    timeout: 90s
    maxRetries: unlimited
    outputs:
      plan: ${result.plan}
      title: result.title || 'none'
    on_failure:
      - {id: c, type: task-update, status: blocked}
    params: {deep: {x: "${state.plan}"}}
    extra: [1, 2]
)"));
  const StepDef& step = *workflow->steps[1];
  CHECK(step.name == "B");
  CHECK(step.type == "acme.lint");
  CHECK(step.range == "^1.0");
  CHECK(step.place.ToString() == "w.yml:4:5");
  CHECK(step.dependencies == std::vector<std::string>{"a"});
  CHECK(step.condition);
  CHECK(step.timeout_ms == 90'000);
  CHECK(step.retries == 100);
  CHECK(step.outputs.size() == 2);
  CHECK(step.outputs.at("title").text() == "result.title || 'none'");
  CHECK(step.on_failure.size() == 1);
  CHECK(step.params.Render(JsonScope(R"({"state":{"plan":7}})")) ==
        Json::parse(R"({"deep":{"x":7},"extra":[1,2]})"));
  CHECK(Loaded(Steps("  - {id: a, type: command, on_failure: continue}\n"))->steps[0]->continue_on_failure);
}

TEST_CASE("unknown names come with a guess and all at once") {
  CHECK(ProblemsOf(R"(name: w
stepss: []
steps:
  - id: plan
    type: persona-requst
  - id: ask
    type: persona-request
    persona: lead-enginer
  - id: git
    type: git-operation
    operaton: commit
    operation: comit
    dependencies: [pln]
  - id: sub
    type: sub-workflow
    workflow: hotfx
  - id: lint
    type: acme.lint@^1.2
  - id: cond
    type: command
    condition: tsk.title && personas.qa-enginer.result && steps.plan.rsult && context.sumary
)") == R"(2:1: unknown key 'stepss' (did you mean 'steps'?)
5:11: unknown step type 'persona-requst' (did you mean 'persona-request'?)
8:14: unknown persona 'lead-enginer' (did you mean 'lead-engineer'?)
11:5: unknown parameter of git-operation 'operaton' (did you mean 'operation'?)
12:16: operation must be one of: checkout, commit, push, pull, merge (did you mean 'commit'?)
13:20: unknown dependency 'pln' (did you mean 'plan'?)
16:15: unknown workflow 'hotfx' (did you mean 'hotfix'?)
18:11: needs acme.lint ^1.2, 1.1.0 is installed
21:16: unknown name 'tsk' (did you mean 'task'?); the names are task, project, milestone, repo, branch, variables, state, personas, steps, context
21:29: unknown persona 'qa-enginer' (did you mean 'qa-engineer'?)
21:59: unknown member of a step 'rsult' (did you mean 'result'?)
21:79: unknown member of context 'sumary' (did you mean 'summary'?)
)");
}

TEST_CASE("a parameter that is a persona by its type's schema names one that there is") {
  CHECK(ProblemsOf(Steps("  - {id: qa, type: qa-iteration-loop, tester: qa-enginer}\n")) ==
        "3:47: unknown persona 'qa-enginer' (did you mean 'qa-engineer'?)\n");
  CHECK(ProblemsOf(Steps("  - {id: qa, type: qa-iteration-loop, tester: tester-qa}\n")).empty());
}

TEST_CASE("an unknown name is found wherever a parameter may hold a template") {
  std::string found = ProblemsOf(Steps(
      R"(  - {id: a, type: command, argv: ["echo", "${nosuch}", "and ${nosuch2.x}"], env: {HOW: "${nosuch3}"}, shell: "echo ${nosuch4}"}
  - {id: b, type: acme.lint, params: {deep: [{list: [x, {text: "{{nosuch5}} at the end"}]}]}}
  - {id: c, type: set-variables, variables: {x: ["${nosuch6}"]}}
  - {id: d, type: conditional, condition: true, then: [{id: e, type: command, argv: ["${nosuch7}"]}], on_failure: [{id: f, type: command, argv: ["${nosuch8}"]}]}
)"));
  for (const char* name : {"'nosuch'", "'nosuch2'", "'nosuch3'", "'nosuch4'", "'nosuch5'", "'nosuch6'",
                           "'nosuch7'", "'nosuch8'"})
    CHECK_THAT(found, Catch::Matchers::Contains(std::string("unknown name ") + name));
}

TEST_CASE("a member that can never be there is an error") {
  auto problems = [](const std::string& expression) {
    return ProblemsOf(Steps("  - {id: a, type: acme.lint, text: [\"${" + expression + "}\"]}\n"));
  };
  CHECK(problems("project.tset") == "3:40: unknown member of project 'tset' (did you mean 'test'?)\n");
  CHECK(problems("personas.qa-engineer.reslt") ==
        "3:40: unknown member of a persona 'reslt' (did you mean 'result'?)\n");
  CHECK(problems("branch.name") == "3:40: 'branch' is a text, which has no member 'name'\n");
  CHECK(problems("branch.length > 0 && repo.includes('x') && project.test.length > 0") == "");
  CHECK(problems("task.whatever.the_board_says") == "");
}

TEST_CASE("state keys are known from outputs and types and parameters and ids") {
  Loaded(Steps(R"(  - {id: my-plan, type: command, outputs: {plan: result.x}}
  - {id: set, type: set-variables, variables: {mode: fast}}
  - {id: qa, type: qa-iteration-loop}
  - {id: use, type: command, condition: state.plan && state.mode && state.qa_status && state.my_plan_result && state.use_status}
)"));
  CHECK(ProblemsOf(Steps("  - {id: a, type: command, outputs: {plan: result.x}, condition: state.plam}\n")) ==
        "3:66: unknown state key 'plam' (did you mean 'plan'?)\n");
}

TEST_CASE("a state key of an installed type that no step sets is a warning") {
  FakeNames names;
  auto result =
      LoadWorkflow(Steps("  - {id: a, type: command, condition: state.qa_status}\n"), "w.yml", names);
  CHECK(result.workflow);
  CHECK(Lines(result.warnings) ==
        "3:39: no step of this file sets the state key 'qa_status'; it will be null\n");
}

TEST_CASE("retries of a step that only holds others are warned of") {
  FakeNames names;
  const auto warnings_of = [&](const std::string& step) {
    return Lines(LoadWorkflow(Steps("  - {id: c, " + step + "}\n"), "w.yml", names).warnings);
  };
  const std::string held = "then: [{id: a, type: command, retries: 2}]";
  const std::string warning = "3:5: 'retries' of the step 'c' has no effect";
  CHECK_THAT(warnings_of("type: conditional, condition: true, retries: 2, " + held),
             Catch::Contains(warning));
  CHECK(warnings_of("type: conditional, condition: true, retries: 0, " + held).empty());
  CHECK_THAT(warnings_of("type: sub-workflow, workflow: hotfix, retries: 2"), Catch::Contains(warning));
  CHECK(warnings_of("type: sub-workflow, workflow: hotfix").empty());
  CHECK(warnings_of("type: persona-request, persona: lead-engineer, retries: 2").empty());
}

TEST_CASE("ids are unique in a file and named where they were first") {
  CHECK(ProblemsOf(Steps(R"(  - {id: a, type: command}
  - id: c
    type: conditional
    condition: true
    then: [{id: a, type: command}]
)")) == "7:17: the id 'a' is already that of the step on line 3; ids are unique in a file\n");
  CHECK(ProblemsOf(Steps("  - {type: command}\n  - {id: 'a/b', type: command}\n  - {id: x}\n")) ==
        "3:5: a step needs an id (a text)\n"
        "4:10: the id 'a/b' must be letters, digits, - and _, begin with a letter or digit and have at most "
        "100 "
        "characters\n5:5: a step needs a type\n");
}

TEST_CASE("a cycle is named with its path") {
  CHECK(ProblemsOf(Steps(R"(  - {id: a, type: command, dependencies: [c]}
  - {id: b, type: command, dependencies: [a]}
  - {id: c, type: command, dependencies: [b]}
  - {id: d, type: command, dependencies: [d]}
)")) == "3:5: the dependencies form a cycle: a -> c -> b -> a\n6:5: the dependencies form a cycle: d -> d\n");
}

TEST_CASE("a dependency on a step of another list is refused") {
  CHECK(ProblemsOf(Steps(R"(  - {id: a, type: command}
  - id: c
    type: conditional
    condition: true
    then: [{id: b, type: command, dependencies: a}]
)")) == "7:49: the step 'a' is not in the same list; a step depends on steps beside it\n");
}

TEST_CASE("two steps that may run together must not set one state key") {
  CHECK(ProblemsOf(Steps(R"(  - {id: a, type: command, outputs: {k: result}}
  - {id: b, type: command, outputs: {k: result}}
)")) == "4:5: the steps 'a' (line 3) and 'b' may run together and both set the state key 'k'; let one depend "
        "on the "
        "other or use two keys\n");
  // A path of dependencies, also through others, keeps them apart.
  Loaded(Steps(R"(  - {id: c, type: command, outputs: {k: result}, dependencies: b}
  - {id: b, type: command, dependencies: [a]}
  - {id: a, type: command, outputs: {k: result}}
)"));
  // Nested steps set it too, and so do types and the parameters of set-variables.
  CHECK(ProblemsOf(Steps(R"(  - {id: a, type: set-variables, variables: {k: 1}}
  - {id: c, type: conditional, condition: true, then: [{id: d, type: command, outputs: {k: result}}]}
)"))
            .find("'a' (line 3) and 'c' may run together") != std::string::npos);
  CHECK(ProblemsOf(Steps("  - {id: a, type: qa-iteration-loop}\n  - {id: b, type: qa-iteration-loop}\n"))
            .find("'qa_status'") != std::string::npos);
  CHECK(ProblemsOf(Steps("  - {id: a-b, type: command}\n  - {id: a_b, type: command}\n"))
            .find("'a_b_result'") != std::string::npos);
  // Either branch may set it.
  Loaded(Steps(R"(  - id: c
    type: conditional
    condition: true
    then: [{id: d, type: command, outputs: {k: result}}]
    else: [{id: e, type: command, outputs: {k: result}}]
)"));
}

TEST_CASE("a step that takes any parameter takes no misspelt key") {
  const std::string persona = "  - {id: a, type: persona-request, persona: lead-engineer, ";
  CHECK(
      ProblemsOf(Steps(persona + "conditon: \"1 === 2\"}\n")) ==
      "3:60: unknown key 'conditon' (did you mean 'condition'?); what is meant for the persona stands under "
      "'params'\n");
  CHECK(ProblemsOf(Steps(persona + "depends_on: [b]}\n")) ==
        "3:60: unknown key 'depends_on'; a step waits for those named under 'dependencies'\n");
  Loaded(Steps(persona + "style: terse}\n"));
  Loaded(Steps(persona + "params: {conditon: wet}}\n"));
}

TEST_CASE("parameters are checked against the schema and computed ones by name only") {
  CHECK(ProblemsOf(Steps("  - {id: a, type: command, count: 0, argv: [1]}\n")) ==
        "3:35: count must be at least 1\n3:45: argv[0] must be string, not number '1'\n");
  Loaded(Steps("  - {id: a, type: command, count: \"${task.n}\", argv: [\"${task.n}\"]}\n"));
  CHECK(ProblemsOf(Steps("  - {id: a, type: command, counte: \"${task.n}\"}\n")) ==
        "3:28: unknown parameter of command 'counte' (did you mean 'count'?)\n");
  CHECK(ProblemsOf(Steps("  - {id: a, type: git-operation, message: \"${task.n}\"}\n")) ==
        "3:5: the step 'a' (git-operation) lacks the required key 'operation'\n");
  Loaded(Steps("  - {id: a, type: conditional, condition: true, then: [{id: b, type: command}]}\n"));
  CHECK(ProblemsOf(Steps("  - {id: a, type: conditional, condition: true, then: []}\n")) ==
        "3:55: then must have at least 1 item\n");
  CHECK(ProblemsOf(Steps("  - {id: a, type: conditional, condition: true, then: 5}\n")) ==
        "3:55: 'then' must be a list of steps, not a single value\n");
}

TEST_CASE("the same parameter at the step and under params is an error") {
  CHECK(ProblemsOf(Steps("  - id: a\n    type: command\n    count: 1\n    params: {count: 1}\n")) ==
        "6:14: the parameter 'count' is given twice, also on line 5\n");
  CHECK(First(Loaded(Steps("  - id: a\n    type: acme.lint\n    params: {timeout: 5}\n")))
            .params.ConstantValue()
            ->at("timeout") == 5);
}

TEST_CASE("retries and maxRetries are one") {
  CHECK(First(Loaded(Steps("  - {id: a, type: command, retries: 2, maxRetries: 2}\n"))).retries == 2);
  CHECK(ProblemsOf(Steps("  - {id: a, type: command, retries: 2, maxRetries: 3}\n")) ==
        "3:40: 'retries' and 'maxRetries' mean the same and say different things here; keep one\n");
  CHECK(ProblemsOf(Steps("  - {id: a, type: command, retries: -1}\n")).find("from 0 to 100") !=
        std::string::npos);
  CHECK(ProblemsOf(Steps("  - {id: a, type: command, retries: 101}\n")).find("from 0 to 100") !=
        std::string::npos);
}

TEST_CASE("durations and constants are checked") {
  CHECK(ProblemsOf("name: w\nvariables: {x_timeout: 20000, y: \"${task.id}\"}\nsteps: [{id: a, type: "
                   "command, timeout: 30000}]\n") ==
        "2:24: 'x_timeout': the duration 20000 could mean seconds or milliseconds; write \"90s\", \"5m\", "
        "\"1h\" or "
        "\"250ms\"\n2:35: variables are constants; put the template where it is used\n3:41: 'timeout': the "
        "duration 30000 "
        "could mean seconds or milliseconds; write \"90s\", \"5m\", \"1h\" or \"250ms\"\n");
  CHECK(ProblemsOf(Steps("  - {id: a, type: command, timeout: \"${task.n}\"}\n"))
            .find("computed when the file is read") != std::string::npos);
}

TEST_CASE("the trigger sees the task and its surroundings only") {
  CHECK(ProblemsOf("name: w\ntrigger: state.x\nsteps: [{id: a, type: command}]\n") ==
        "2:10: unknown name 'state'; the names of a trigger are task, milestone, project\n");
}

TEST_CASE("outputs are expressions") {
  CHECK(ProblemsOf(Steps("  - {id: a, type: command, outputs: {k: \"a ${result}\"}}\n")).find("3:44:") == 0);
  CHECK(ProblemsOf(Steps("  - {id: a, type: command, outputs: {k: \"${result} b\"}}\n"))
            .find("join texts with +") != std::string::npos);
  CHECK(ProblemsOf(Steps("  - {id: a, type: command, condition: result}\n")).find("unknown name 'result'") !=
        std::string::npos);
}

TEST_CASE("a writing step inside a reading one is refused") {
  CHECK(ProblemsOf(Steps(R"(  - id: scan
    type: with-reading
    steps:
      - id: c
        type: conditional
        condition: true
        then: [{id: push, type: git-operation, operation: push}]
)")) == "9:16: the step 'push' writes to the workspace, but the step 'scan' around it (line 3) only reads; "
        "move it out of there\n");
  Loaded(Steps(
      "  - {id: scan, type: with-reading, steps: []}\n  - {id: p, type: git-operation, operation: push}\n"));
}

TEST_CASE("places are right in block texts and behind quotes") {
  CHECK(ProblemsOf(Steps(R"(  - id: a
    type: acme.lint
    text: |
      first
        second ${tsk.x}
    quoted: "ab ${tsk.x}"
)"))
            .find("7:18: unknown name 'tsk'") != std::string::npos);
  CHECK(ProblemsOf(Steps("  - id: a\n    type: acme.lint\n    quoted: \"ab ${tsk.x}\"\n"))
            .starts_with("5:19: "));
}

TEST_CASE("the columns of a workflow count characters and not bytes") {
  CHECK(ProblemsOf(Steps("  - {id: a, name: äöü, type: command, condition: \"'€' + tsk.x\"}\n"))
            .starts_with("3:57: unknown name 'tsk'"));
  CHECK(ProblemsOf(Steps("  - {id: a, type: acme.lint, quoted: &ä \"ö ${tsk.x}\"}\n"))
            .starts_with("3:46: unknown name 'tsk'"));
  CHECK(ProblemsOf("name: 'ö\x01'\n").starts_with("1:9: a control character"));
  CHECK(ProblemsOf("\xEF\xBB\xBF{name: w, stepss: []}\n").find("1:11: unknown key 'stepss'") !=
        std::string::npos);
}

TEST_CASE("problems inside the lists of an unknown type are found too") {
  CHECK(ProblemsOf(Steps(R"(  - id: a
    type: paralel
    branches:
      - {id: b, type: comand}
  - {id: c, type: command, condition: steps.b.result && state.anything}
)")) == "4:11: unknown step type 'paralel': no plugin of this machine has it; `mamc-host plugin list` shows "
        "what is there, --plugins DIR adds a folder\n6:23: unknown step type 'comand' (did you mean "
        "'command'?)\n");
}

TEST_CASE("a step that is not there is told beside a type that is not there") {
  CHECK(ProblemsOf(Steps(R"(  - {id: a, type: comand}
  - {id: b, type: command, condition: steps.aa.result && state.anything}
)")) == "3:19: unknown step type 'comand' (did you mean 'command'?)\n4:39: unknown step 'aa' (did you mean "
        "'a'?)\n");
}

TEST_CASE("steps that all start at once cannot wait for each other") {
  CHECK(ProblemsOf(Steps(R"(  - id: all
    type: all-at-once
    steps:
      - {id: a, type: acme.lint}
      - {id: b, type: acme.lint, dependencies: [a]}
      - {id: c, type: acme.lint, dependencies: [other]}
  - {id: other, type: acme.lint}
)")) == "7:49: the steps of this list all start at once, so that 'b' cannot wait for 'a'; move 'b' behind "
        "the step that "
        "holds the list, or put the two into a list of steps that may wait for each other\n"
        "8:49: the step 'other' is not in the same list; a step depends on steps beside it\n");
  Loaded(Steps(R"(  - id: all
    type: all-at-once
    steps:
      - id: chain
        type: conditional
        condition: "true"
        then: [{id: a, type: acme.lint}, {id: b, type: acme.lint, dependencies: [a]}]
)"));
}

TEST_CASE("steps that start at once are not told to wait for each other when they set the same key") {
  CHECK_THAT(ProblemsOf(Steps(R"(  - id: all
    type: all-at-once
    steps:
      - {id: a, type: set-variables, variables: {x: 1}}
      - {id: b, type: set-variables, variables: {x: 2}}
)")),
             Catch::Matchers::Contains("both set the state key 'x'; use two keys\n"));
}

TEST_CASE("what other systems call dependencies is named") {
  CHECK(ProblemsOf(Steps("  - {id: a, type: command, shell: make}\n"
                         "  - {id: b, type: command, shell: make, depends_on: [a]}\n")) ==
        "4:41: unknown key 'depends_on'; a step waits for those named under 'dependencies'\n");
}

namespace {

// Problems of workflows by name, each given as the name that its one step calls.
std::string Circles(const std::map<std::string, std::vector<std::string>>& calls) {
  FakeNames names;
  names.workflows.clear();
  for (const auto& [name, called] : calls) names.workflows.push_back(name);
  std::map<std::string, std::shared_ptr<const Workflow>> workflows;
  for (const auto& [name, called] : calls) {
    std::string text = "name: " + name + "\nsteps:\n  - {id: z, type: acme.lint}\n";
    for (const std::string& one : called)
      text += "  - {id: " + one + ", type: sub-workflow, workflow: " + one + "}\n";
    LoadResult loaded = LoadWorkflow(text, name + ".yml", names);
    INFO(Lines(loaded.problems));
    REQUIRE(loaded.workflow);
    workflows[name] = loaded.workflow;
  }
  std::string text;
  for (const Problem& problem : FindCircles(workflows)) text += problem.ToString() + "\n";
  return text;
}

}  // namespace

TEST_CASE("workflows that run themselves are found with the place of the call that closes the circle") {
  const std::string advice =
      "; take this step out, or let what is to be repeated be the steps of one workflow\n";
  CHECK(Circles({{"a", {"b", "c"}}, {"b", {"c"}}, {"c", {}}}) == "");
  CHECK(Circles({{"a", {"a"}}}) ==
        "a.yml:4:43: the workflow 'a' would run itself without end: a -> a" + advice);
  CHECK(Circles({{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}}) ==
        "c.yml:4:43: the workflow 'b' would run itself without end: b -> c -> b" + advice);
  std::map<std::string, std::vector<std::string>> chain;
  for (int i = 0; i < 2000; ++i) chain["w" + std::to_string(i)] = {"w" + std::to_string((i + 1) % 2000)};
  CHECK_THAT(Circles(chain), Catch::Matchers::Contains("the workflow 'w0' would run itself"));
}

}  // namespace mamc::workflow
