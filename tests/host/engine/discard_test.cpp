// Runs that a person goes on with, and the definitions they keep.
#include <catch2/catch.hpp>

#include "over_git.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

TEST_CASE("retry from a step does it and its dependents again with the files as they were") {
  GitFixture git;
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  EngineBench bench(dir, Over(git, personas));
  const std::string log = (dir / "log").string();
  std::string run = bench.Start(R"(
name: w
steps:
  - {id: first, type: test.write, params: {name: first, log: ")" +
                                log + R"(", write: {path: a.txt, text: one}}}
  - {id: second, type: test.write, dependencies: [first], params: {name: second, log: ")" +
                                log + R"(", write: {path: a.txt, text: two}}}
  - {id: ask, type: persona-request, dependencies: [second], persona: code-reviewer}
  - {id: look, type: test.read, dependencies: [first, ask], read_file: a.txt}
)");
  auto result = bench.Wait(run);
  INFO(result.error);
  REQUIRE(result.status == "done");
  CHECK(result.steps["look"]["result"]["text"] == "two");
  CHECK_FALSE(bench.engine->DiscardFrom(run, "third").ok());

  REQUIRE(bench.engine->DiscardFrom(run, "second").ok());
  result = bench.Wait(bench.Resume(run, true));
  CHECK(result.status == "done");
  CHECK(LinesOf(log).size() == 6);  // first once, second twice
  CHECK(personas->calls().size() == 2);
  CHECK(LinesOf(log)[4] == "second start 1 " + run + "/second@1#1");
  CHECK(result.steps["look"]["result"]["text"] == "two");

  // The reader alone: what the discarded writer left is not there any more.
  REQUIRE(bench.engine->DiscardFrom(run, "second").ok());
  CHECK(bench.journal->Records(run).back().kind == journal::RecordKind::kDiscard);
}

TEST_CASE("what is done again is done with the project as it is set up by then") {
  TempDir dir;
  Json now = {{"id", "p"}, {"test", "./new"}};
  BenchOptions options;
  options.change = [&now](engine::EngineOptions& engine) {
    engine.project = [&now](const engine::RunSpec& spec) { return spec.project["id"] == "p" ? now : Json(); };
  };
  EngineBench bench(dir, options);
  engine::RunSpec spec;
  spec.project = {{"id", "p"}, {"test", "./old"}};
  std::string run = bench.Start(R"(
name: w
steps:
  - {id: first, type: set-variables, params: {variables: {test: "${project.test}"}}}
  - {id: second, type: set-variables, dependencies: [first], params: {variables: {again: "${project.test}"}}}
)",
                                spec);
  auto state = [](const engine::RunResult& result) {
    INFO(result.error);
    REQUIRE(result.status == "done");
    return result.state;
  };
  CHECK(state(bench.Wait(run)) == Json{{"test", "./old"}, {"again", "./old"}});
  // Resumed, it is the same run as before.
  CHECK(state(bench.Wait(bench.Resume(run, true))) == Json{{"test", "./old"}, {"again", "./old"}});

  REQUIRE(bench.engine->DiscardFrom(run, "second").ok());
  CHECK(state(bench.Wait(bench.Resume(run, true))) == Json{{"test", "./old"}, {"again", "./new"}});

  // A project that is set up no more tells nothing.
  now = nullptr;
  REQUIRE(bench.engine->DiscardFrom(run, "second").ok());
  CHECK(state(bench.Wait(bench.Resume(run, true))) == Json{{"test", "./old"}, {"again", "./new"}});
}

TEST_CASE("retry from a step that has been pushed pushes what it makes now on top of that") {
  const std::string from = GENERATE("write", "commit", "push");
  GitFixture git;
  TempDir dir;
  EngineBench bench(dir, Over(git));
  const std::string log = (dir / "log").string();
  engine::RunSpec spec;
  spec.project = {{"id", "p"}, {"ma", "off"}};
  std::string run = bench.Start(R"(
name: w
steps:
  - {id: write, type: command, shell: "echo line >> ')" +
                                    log + R"('; wc -l < ')" + log + R"(' > a.txt"}
  - {id: commit, type: git-operation, dependencies: [write], operation: commit, message: work, author: {name: A, email: a@example.com}}
  - {id: push, type: git-operation, dependencies: [commit], operation: push}
)",
                                spec);
  auto result = bench.Wait(run);
  INFO(result.error);
  REQUIRE(result.status == "done");
  const std::string branch =
      git.Git(git.remote(), {"for-each-ref", "--format=%(refname:short)", "refs/heads/mamc"});
  CHECK(git.RemoteFile(branch, "a.txt") == "1\n");
  const std::string theirs = git.OthersPush(branch, "b.txt", "b\n");

  REQUIRE(bench.engine->DiscardFrom(run, from).ok());
  result = bench.Wait(bench.Resume(run, true));
  INFO(result.error);
  CHECK(result.status == "done");
  CHECK(result.commit == git.RemoteCommit(branch));
  CHECK(git.RemoteFile(branch, "a.txt") == (from == std::string("write") ? "2\n" : "1\n"));
  CHECK(git.RemoteFile(branch, "b.txt") == "b\n");
}

TEST_CASE("what was to be taken back when the remote was out of reach is taken back when it is there") {
  GitFixture git;
  TempDir dir;
  EngineBench bench(dir, Over(git));
  engine::RunSpec spec;
  spec.project = {{"id", "p"}, {"ma", "off"}};
  std::string run = bench.Start(R"(
name: w
steps:
  - {id: write, type: command, shell: "date +%N > a.txt"}
  - {id: commit, type: git-operation, dependencies: [write], operation: commit, message: work, author: {name: A, email: a@example.com}}
  - {id: push, type: git-operation, dependencies: [commit], operation: push}
)",
                                spec);
  REQUIRE(bench.Wait(run).status == "done");
  const std::string branch =
      git.Git(git.remote(), {"for-each-ref", "--format=%(refname:short)", "refs/heads/mamc"});
  const std::string first = git.RemoteFile(branch, "a.txt");
  const std::filesystem::path away = git.root() / "away.git";
  std::filesystem::rename(git.remote(), away);
  REQUIRE(bench.engine->DiscardFrom(run, "write").ok());
  CHECK(bench.Wait(bench.Resume(run, true)).status == "failed");
  std::filesystem::rename(away, git.remote());
  for (const auto files : {engine::Engine::Files::kAsLeft, engine::Engine::Files::kAsPushed})
    REQUIRE(bench.engine->DiscardFrom(run, "write", files).ok());
  auto result = bench.Wait(bench.Resume(run, true));
  INFO(result.error);
  CHECK(result.status == "done");
  CHECK(result.commit == git.RemoteCommit(branch));
  CHECK(git.RemoteFile(branch, "a.txt") != first);
  CHECK(git.Git(git.remote(), {"log", "--format=%s", "-1", branch + "^"}).find("Take back") == 0);
}

TEST_CASE("what was to be followed when the remote was out of reach is followed when it is there") {
  GitFixture git;
  TempDir dir;
  EngineBench bench(dir, Over(git));
  git.Git(git.remote(), {"update-ref", "refs/heads/mamc/task-7", git.RemoteCommit("main")});
  std::string run = bench.Start("name: w\nsteps:\n  - {id: look, type: test.read, read_file: src/main.c}\n");
  REQUIRE(bench.Wait(run).status == "done");
  const std::string theirs = git.OthersPush("mamc/task-7", "src/main.c", "int main(void) { return 1; }\n");
  const std::filesystem::path away = git.root() / "away.git";
  std::filesystem::rename(git.remote(), away);
  REQUIRE(bench.engine->DiscardFrom(run, "look", engine::Engine::Files::kAsPushed).ok());
  CHECK(bench.Wait(bench.Resume(run, true)).status == "failed");
  std::filesystem::rename(away, git.remote());
  REQUIRE(bench.engine->DiscardFrom(run, "look", engine::Engine::Files::kAsLeft).ok());
  auto result = bench.Wait(bench.Resume(run, true));
  INFO(result.error);
  CHECK(result.status == "done");
  CHECK(result.commit == theirs);
}

TEST_CASE("a run that could not reach something goes on with what it had committed by then") {
  const bool cut_off = GENERATE(true, false);
  GitFixture git;
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  EngineBench bench(dir, Over(git, personas));
  const std::string base = git.RemoteCommit("main");
  git.Git(git.remote(), {"update-ref", "refs/heads/mamc/task-7", base});
  const std::string fix = git.OthersPush("mamc/task-7", "src/main.c", "int main(void) { return 1; }\n");
  personas->Say(
      "qa-engineer/test",
      {{{"status", "fail"}, {"exit_code", 1}, {"output", "not ok"}},
       {{"code", static_cast<int>(cut_off ? Code::kUnavailable : Code::kFailed)}, {"message", "no"}},
       {{"status", "pass"}, {"exit_code", 0}}});
  personas->Say("lead-engineer/fix", {{{"status", "pass"}, {"commit", fix}}});
  engine::RunSpec spec;
  spec.commit = base;
  spec.project = {{"id", "p"}, {"ma", "off"}};
  std::string run = bench.Start(R"(
name: w
steps:
  - {id: qa, type: qa-iteration-loop, test_command: make test, on_success: none}
  - {id: look, type: test.read, dependencies: [qa], read_file: src/main.c}
)",
                                spec);
  auto result = bench.Wait(run);
  REQUIRE(result.code == (cut_off ? Code::kUnavailable : Code::kFailed));
  REQUIRE(bench.engine->DiscardFailed(run).ok());
  result = bench.Wait(bench.Resume(run, true));
  INFO(result.error);
  REQUIRE(result.status == "done");
  CHECK(result.commit == (cut_off ? fix : base));
}

TEST_CASE("files that are edited after a run has started do not matter to it") {
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  personas->Say("qa-engineer/work", {nullptr});
  std::string run;
  {
    EngineBench bench(
        dir, {.workflows = {{"inner",
                             "name: inner\nsteps:\n  - {id: x, type: set-variables, variables: {v: old}}\n"}},
              .scripted = personas});
    run = bench.Start(R"(
name: w
steps:
  - {id: ask, type: persona-request, persona: qa-engineer}
  - {id: sub, type: sub-workflow, dependencies: [ask], workflow: inner, outputs: {v: result.state_values.v}}
)");
    bench.Until([&] { return personas->open.size() == 1; });
  }
  personas->Say("qa-engineer/work", {{{"status", "pass"}}});
  EngineBench bench(
      dir, {.workflows = {{"inner",
                           "name: inner\nsteps:\n  - {id: x, type: set-variables, variables: {v: new}}\n"}},
            .scripted = personas});
  auto result = bench.Wait(bench.Resume(run));
  CHECK(result.status == "done");
  CHECK(result.state["v"] == "old");
}
