// Files that nobody writes by accident: each is answered with problems, in bounded time and stack.
#include <catch2/catch.hpp>
#include <chrono>

#include "fake_names.hpp"

namespace mamc::workflow {
namespace {

std::string Repeat(std::string_view piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

}  // namespace

TEST_CASE("broken YAML is one problem with its place") {
  CHECK(ProblemsOf("name: [a\n").find("not valid YAML") != std::string::npos);
  CHECK(ProblemsOf("name: a\n\tsteps: []\n").find("2:") == 0);
  CHECK(ProblemsOf("").find("a workflow is a mapping") != std::string::npos);
  CHECK(ProblemsOf("name: a\n---\nname: b\n").find("one document") != std::string::npos);
  CHECK(ProblemsOf("a: &x [*x]\n").find("alias stands inside") != std::string::npos);
  CHECK(ProblemsOf("a: *nothing\n").find("not valid YAML") != std::string::npos);
}

TEST_CASE("bytes that would hide the rest of a file are refused") {
  CHECK(ProblemsOf(std::string("name: a\nsteps: []\n\x04 hidden\n", 28)).find("3:1: a control character") ==
        0);
  CHECK(ProblemsOf(std::string("name: a\0b\n", 10)).find("control character") != std::string::npos);
  CHECK(ProblemsOf("name: \xFF\n").find("not UTF-8") != std::string::npos);
  CHECK(ProblemsOf(Repeat("# comment\n", 300000)).find("larger than") != std::string::npos);
}

TEST_CASE("deep nesting is refused") {
  CHECK(ProblemsOf(Repeat("[", 100000)).find("deep") != std::string::npos);
  CHECK(ProblemsOf(Repeat("{a: ", 100000)).find("deep") != std::string::npos);
  CHECK(ProblemsOf(Repeat("- ", 100000)).find("deep") != std::string::npos);
  CHECK_FALSE(ProblemsOf(Repeat("? ", 10000)).empty());
  std::string steps = "name: w\nsteps: ";
  for (int i = 0; i < 40; ++i)
    steps += "[{id: s" + std::to_string(i) + ", type: conditional, condition: true, then: ";
  CHECK(ProblemsOf(steps + "[]" + Repeat("}]", 40)).find("deep") != std::string::npos);
}

TEST_CASE("aliases do not multiply without bound") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + Repeat("," + before, 9) +
            "]\n";
  }
  CHECK(ProblemsOf(text).find("counting what aliases repeat") != std::string::npos);
}

TEST_CASE("duplicate keys and merge keys and foreign tags are refused") {
  CHECK(ProblemsOf("name: a\nname: b\nsteps: [{id: a, type: command}]\n") ==
        "2:1: the key 'name' is there twice, first on line 1\n");
  CHECK(ProblemsOf("name: a\nsteps: [{id: a, type: acme.lint, params: {<<: {x: 1}}}]\n").find("merge keys") !=
        std::string::npos);
  CHECK(ProblemsOf("name: !python/object x\nsteps: [{id: a, type: command}]\n").find("tag") !=
        std::string::npos);
  CHECK(ProblemsOf("name: a\n? [x]\n: 1\nsteps: [{id: a, type: command}]\n").find("a key must be a text") !=
        std::string::npos);
}

TEST_CASE("wrong shapes everywhere are problems") {
  for (const char* value :
       {"5", "[]", "{}", "null", "text", "[1]", "[[]]", "{a: 1}", "[{}]", "[null]", "'${'", "!!int x"})
    for (const char* key : {"name", "version", "variables", "trigger", "order", "steps", "on_failure"}) {
      INFO(key << ": " << value);
      ProblemsOf(std::string(key) + ": " + value + "\n");
    }
  for (const char* value :
       {"5", "[]", "{}", "null", "text", "[1]", "[[]]", "{a: 1}", "[{}]", "[null]", "'${'", "{'': {}}"})
    for (const char* key : {"id", "name", "type", "dependencies", "condition", "timeout", "retries",
                            "outputs", "on_failure", "params", "shell", "env", "count", "then"}) {
      INFO(key << ": " << value);
      ProblemsOf("name: w\nsteps:\n  - {" + std::string(key) + ": " + value + ", id: x, type: command}\n");
      ProblemsOf("name: w\nsteps:\n  - {id: y, type: conditional, " + std::string(key) + ": " + value +
                 "}\n");
    }
}

TEST_CASE("very many problems are cut") {
  std::string text = "name: w\nsteps:\n";
  for (int i = 0; i < 5000; ++i)
    text += "  - {id: a" + std::to_string(i) + ", type: command, dependencies: b" + std::to_string(i) + "}\n";
  FakeNames names;
  auto result = LoadWorkflow(text, "w.yml", names);
  CHECK(result.problems.size() == 101);
  CHECK(result.problems.back().message == "there are more problems than are listed here");
}

TEST_CASE("long words are shortened in messages") {
  std::string problems = ProblemsOf("name: w\nsteps: [{id: a, type: " + std::string(100000, 'x') + "}]\n");
  CHECK(problems.size() < 1000);
}

TEST_CASE("every cut of a good file is answered") {
  std::string text = R"(name: w
variables: {a_timeout: 5m}
steps:
  - id: "a"
    type: command
    shell: 'echo "${task.title}"'
    outputs: {k: "${result.x}"}
  - {id: b, type: conditional, condition: state.k, then: [{id: c, type: task-update, status: done}], dependencies: a}
)";
  for (std::size_t length = 0; length < text.size(); ++length) ProblemsOf(text.substr(0, length));
  for (std::size_t at = 0; at < text.size(); ++at)
    for (char c : {'{', '"', ':', '&', '\n', '-'}) {
      std::string changed = text;
      changed[at] = c;
      ProblemsOf(changed);
    }
}

TEST_CASE("a file of a thousand steps loads in one pass and ten times as many in ten times the time") {
  auto load = [](int count) {
    std::string text = "name: w\nsteps:\n";
    for (int i = 0; i < count; ++i) {
      std::string id = "s" + std::to_string(i);
      std::string before = i ? ", dependencies: s" + std::to_string(i - 1) : "";
      text += "  - {id: " + id + ", type: command, shell: \"echo ${task.title}\", outputs: {k: result.x}" +
              before + "}\n";
    }
    FakeNames names;
    auto begin = std::chrono::steady_clock::now();
    auto result = LoadWorkflow(text, "w.yml", names);
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    INFO(Lines(result.problems));
    REQUIRE(result.workflow);
    CHECK(result.workflow->steps.size() == static_cast<std::size_t>(count));
    CHECK(names.lookups <= count + 20);
    return took.count();
  };
  double small = load(1000);
  double large = load(10000);
  INFO("1 000 steps: " << small << " s, 10 000 steps: " << large << " s");
  // A quadratic loader would take a hundred times as long; the wide margin is for a busy machine.
  CHECK(large < small * 40);
}

}  // namespace mamc::workflow
