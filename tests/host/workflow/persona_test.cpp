#include <catch2/catch.hpp>

#include "fake_names.hpp"

namespace mamc::workflow {
namespace {

PersonaResult Load(std::string_view text) {
  FakeNames names;
  return LoadPersona(text, "p.yml", names);
}

}  // namespace

TEST_CASE("a persona file is read whole") {
  auto result = Load(R"(
id: qa-engineer
name: QA
aliases: [tester-qa]
description: runs the tests
prompt: |
  You test.
  ${this is not a template}
model: qwen
backend: lmstudio
coding: true
timeout: 5m
options: {temperature: 0.2}
verdict:
  type: object
  required: [status]
  properties: {status: {enum: [pass, fail]}}
work:
  - id: run
    type: command
    shell: ${request.payload.test_command}
  - id: tell
    type: conditional
    dependencies: run
    condition: persona.id === 'qa-engineer'
    then:
      - {id: push, type: git-operation, operation: push}
)");
  INFO(Lines(result.problems));
  REQUIRE(result.persona);
  const Persona& persona = *result.persona;
  CHECK(persona.id == "qa-engineer");
  CHECK(persona.name == "QA");
  CHECK(persona.aliases == std::vector<std::string>{"tester-qa"});
  CHECK(persona.prompt == "You test.\n${this is not a template}\n");
  CHECK(persona.model == "qwen");
  CHECK(persona.backend == "lmstudio");
  CHECK(persona.coding);
  CHECK(persona.timeout_ms == 300'000);
  CHECK(persona.options["temperature"] == 0.2);
  CHECK(persona.verdict_schema->at("required") == Json{"status"});
  CHECK(persona.work.size() == 2);
  CHECK(persona.work_writes);
}

TEST_CASE("work without a writing step does not write") {
  auto result = Load("id: p\nwork:\n  - {id: a, type: command, shell: make}\n");
  REQUIRE(result.persona);
  CHECK_FALSE(result.persona->work_writes);
  CHECK(result.persona->name == "p");
  CHECK_FALSE(result.persona->verdict_schema);
}

TEST_CASE("all problems of a persona file come at once") {
  auto result = Load(R"(id: a b
promt: hello
coding: maybe
timeout: 20000
aliases: x
options: 3
verdict: {typ: object}
work:
  - {id: a, type: comand}
  - {id: b, type: command, shell: "echo ${result.x}"}
)");
  CHECK_FALSE(result.persona);
  CHECK(Lines(result.problems) == R"(1:5: the id of a persona must be letters, digits, - and _
2:1: unknown key 'promt' (did you mean 'prompt'?)
3:9: 'coding' must be true or false
4:10: 'timeout': the duration 20000 could mean seconds or milliseconds; write "90s", "5m", "1h" or "250ms"
5:10: 'aliases' must be a list of names, not a single value
6:10: 'options' must be a mapping, not a single value
7:10: 'verdict': the schema: unknown keyword 'typ' (did you mean 'type'?)
9:19: unknown step type 'comand' (did you mean 'command'?)
10:43: unknown name 'result'; the names are task, project, milestone, repo, branch, variables, state, personas, steps, context, request, persona
)");
}

TEST_CASE("a member that no request has is an error in a persona's work") {
  FakeNames names;
  auto result = LoadPersona(
      "id: p\nwork:\n  - {id: a, type: command, argv: [\"${request.intnt}\", \"${persona.name}\", "
      "\"${request.payload.anything}\"]}\n",
      "p.yml", names);
  CHECK(Lines(result.problems) ==
        "3:38: unknown member of request 'intnt' (did you mean 'intent'?)\n"
        "3:58: unknown member of persona 'name'\n");
}

TEST_CASE("a persona's work runs no workflows and asks no other personas, as no worker has their texts") {
  const std::string told =
      "the 'work' of a persona asks no other personas and runs no workflows; a workflow does, so put the "
      "step "
      "there\n";
  CHECK(Lines(Load("id: p\nwork:\n  - {id: a, type: sub-workflow, workflow: hotfix}\n").problems) ==
        "3:43: " + told);
  CHECK(Lines(Load("id: p\nwork:\n  - {id: a, type: persona-request, persona: lead-engineer}\n").problems) ==
        "3:45: " + told);
  // By default.
  CHECK(Lines(Load("id: p\nwork:\n  - {id: a, type: qa-iteration-loop}\n").problems) == "3:5: " + told);
}

TEST_CASE("two personas that share a name are told with the places of both") {
  FakeNames names;
  auto loaded = [&](const std::string& text, const std::string& file) {
    auto result = LoadPersona(text, file, names);
    REQUIRE(result.persona);
    return result.persona;
  };
  auto qa = loaded("id: qa\naliases: [tester, qa, checker]\n", "qa.yml");
  auto same_alias = loaded("id: poet\naliases:\n  - bard\n  - tester\n", "poet.yml");
  auto other_id = loaded("id: critic\naliases: [qa]\n", "critic.yml");
  CHECK(Lines(FindSharedNames({qa, same_alias})) ==
        "4:5: the alias 'tester' of poet is an alias of qa too (qa.yml:2:11); a name means one persona: take "
        "the alias away from one of them\n");
  CHECK(Lines(FindSharedNames({other_id, qa})) ==
        "2:11: the alias 'qa' of critic is the id of another persona (qa.yml:1:5); a name means one persona: "
        "take the alias away\n");
  CHECK(FindSharedNames({qa, loaded("id: x\naliases: [y]\n", "x.yml")}).empty());
}

TEST_CASE("a persona without an id is refused") {
  CHECK(Lines(Load("name: x\n").problems) == "1:1: a persona needs an id\n");
  CHECK(Lines(Load("").problems) == "1:1: a persona is a mapping with an id, not nothing\n");
  CHECK(Lines(Load("- a\n").problems) == "1:1: a persona is a mapping with an id, not a list\n");
}

}  // namespace mamc::workflow
