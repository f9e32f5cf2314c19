#include <catch2/catch.hpp>

#include "program.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

// What `mamc.yaml` is told, by a run and by a check, which both end before anything else.
std::string Refused(const std::string& config) {
  Program program;
  program.dir.Write("mamc.yaml", "state_dir: state\n" + config);
  program.dir.Write("w.yml", "name: w\nsteps: [{id: a, type: set-variables, variables: {x: 1}}]\n");
  Ran check = program.Run({"workflow", "check", "w.yml"});
  Ran run = program.Run({"--project", "p", "--drain"});
  INFO(check.err);
  INFO(run.err);
  CHECK(check.code == 2);
  CHECK(run.code == 2);
  CHECK(check.err == run.err);
  CHECK(EachLineNamesTheProgram(check.err));
  CHECK_FALSE(std::filesystem::exists(program.dir / "state"));
  return check.err;
}

}  // namespace

TEST_CASE("settings of a type that nobody has are refused with the nearest") {
  std::string told = Refused("steps:\n  comand: {}\nboards: {locl: {path: x}}\n");
  CHECK(Contains(told, "mamc.yaml:3:3: no plugin provides the step type 'comand' (did you mean 'command'?)"));
  CHECK(Contains(told, "mamc.yaml:4:10: no plugin provides the board type 'locl' (did you mean 'local'?)"));
}

TEST_CASE("settings that their type does not take are refused before anything names the type") {
  std::string told = Refused("steps:\n  git-operation:\n    author: me\n    authr: {}\n");
  CHECK(Contains(told, "mamc.yaml:4:13: steps.git-operation.author must be"));
  CHECK(Contains(told, "mamc.yaml:5:5: "));
  CHECK(Contains(told, "(did you mean 'author'?)"));
}

TEST_CASE("the workflow of a project must be there") {
  std::string told = Refused("projects:\n  p: {repo: /srv/p.git, workflow: hotfx}\n");
  CHECK(Contains(told, "mamc.yaml:3:35: there is no workflow 'hotfx' (did you mean 'hotfix'?)"));
}

TEST_CASE("folders that mamc.yaml or a variable names must be there") {
  std::string told = Refused("plugins: {paths: [no-plugins]}\nworkflows: [no-workflows]\n");
  CHECK(Contains(told, "mamc.yaml:2:18: there is no folder "));
  CHECK(Contains(told, "no-plugins, which plugins.paths names"));
  CHECK(Contains(told, "no-workflows, which workflows names"));
}

TEST_CASE("plugins that are enabled or pinned must be there") {
  std::string told = Refused(
      "plugins:\n"
      "  enable: ['steps/*', 'bords/*']\n"
      "  pin:\n"
      "    step/command: steps/comand\n"
      "    step/lint: steps/ask\n");
  CHECK(Contains(told, "mamc.yaml:3:11: plugins.enable: no plugin is called 'bords/*'"));
  CHECK(Contains(told,
                 "mamc.yaml:5:19: the plugin 'steps/comand', to which step/command is pinned, is not there"
                 " (did you mean 'steps/command'?)"));
  CHECK(Contains(told, "mamc.yaml:6:16: the plugin 'steps/ask' has no type step/lint"));
}

TEST_CASE("a place where answers cannot be recorded is refused") {
  CHECK(Contains(Refused("record: no-such-folder/answers.jsonl\n"),
                 "mamc.yaml:2:9: answers cannot be recorded in "));
}

TEST_CASE("settings of a plugin that is disabled wait for it") {
  Program program;
  program.dir.Write("mamc.yaml", "plugins: {disable: [steps/ask]}\nsteps: {ask: {}}\n");
  program.dir.Write("w.yml", "name: w\nsteps: [{id: a, type: set-variables, variables: {x: 1}}]\n");
  Ran check = program.Run({"workflow", "check", "w.yml"});
  INFO(check.err);
  CHECK(check.code == 0);
}

TEST_CASE("a workflow is told why the plugin of its step is not used") {
  Program program;
  program.dir.Write("mamc.yaml", "plugins: {disable: [steps/command]}\n");
  program.dir.Write("w.yml", "name: w\nsteps: [{id: a, type: command, argv: ['true']}]\n");
  Ran check = program.Run({"workflow", "check", "w.yml"});
  CHECK(check.code == 2);
  CHECK(Contains(check.err, "w.yml:2:23: no active plugin provides the step type 'command'"));
  CHECK(Contains(check.err, "is disabled"));
  CHECK(EachLineNamesTheProgram(check.err));
}

TEST_CASE("a project that is misspelt is not an empty one") {
  Program program;
  program.dir.Write("mamc.yaml",
                    "state_dir: state\nbackend: replay\nbackends: {replay: {cassette: c.jsonl}}\n"
                    "projects: {shop: {repo: /srv/shop.git}}\n");
  program.dir.Write("c.jsonl", "");
  Ran run = program.Run({"--project", "shpo", "--drain"});
  INFO(run.err);
  CHECK(run.code == 2);
  CHECK(Contains(run.err, "there is no project 'shpo' (did you mean 'shop'?)"));
  CHECK(program.Run({"task", "add", "--project", "shpo", "--title", "T"}).code == 2);
  CHECK_FALSE(std::filesystem::exists(program.dir / "state"));
  CHECK(program.Run({"--project", "shop", "--drain"}).code == 0);
}

TEST_CASE("a task takes only a workflow that is there") {
  Program program;
  program.dir.Write("mamc.yaml", "state_dir: state\nprojects: {shop: {repo: /srv/shop.git}}\n");
  Ran wrong = program.Run({"task", "add", "--project", "shop", "--title", "t", "--workflow", "hotfx"});
  CHECK(wrong.code == 2);
  CHECK(Contains(wrong.err, "there is no workflow 'hotfx' (did you mean 'hotfix'?)"));
  REQUIRE(program.Run({"task", "add", "--project", "shop", "--title", "t", "--workflow", "hotfix"}).code ==
          0);
  CHECK(program.Run({"task", "set", "1", "--workflow", "hotfx"}).code == 2);
  CHECK(program.Run({"task", "show", "1", "--json"}).json().at("task").at("workflow") == "hotfix");
}

TEST_CASE("runs are listed by a status that runs have") {
  Program program;
  Ran wrong = program.Run({"runs", "list", "--status", "faild"});
  CHECK(wrong.code == 2);
  CHECK(Contains(wrong.err, "there is no status 'faild' (did you mean 'failed'?)"));
}
