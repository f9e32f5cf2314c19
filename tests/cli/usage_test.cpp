#include <sys/stat.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>

#include "program.hpp"
#include "support/places.hpp"

using namespace mamc;
using namespace mamc::test;

TEST_CASE("no command and no project is wrong use and says what to give") {
  Ran ran = Program().Run({});
  CHECK(ran.code == 2);
  CHECK(ran.out.empty());
  CHECK(Contains(ran.err, "--project ID"));
}

TEST_CASE("help and version go to standard output") {
  Program program;
  Ran help = program.Run({"task", "add", "--help"});
  CHECK(help.code == 0);
  CHECK(Contains(help.out, "--priority"));
  CHECK(help.err.empty());
  Ran version = program.Run({"version"});
  CHECK(version.code == 0);
  CHECK(version.out.substr(0, 10) == "mamc-host ");
  CHECK(program.Run({"version", "--json"}).json().at("abi").is_string());
  CHECK(program.Run({"--version"}).code == 0);
}

TEST_CASE("a misspelt word comes with the right one") {
  Program program;
  auto advice = [&](std::vector<std::string> arguments, const std::string& expected) {
    Ran ran = program.Run(arguments);
    INFO(ran.err);
    CHECK(ran.code == 2);
    CHECK(ran.out.empty());
    CHECK(Contains(ran.err, expected));
  };
  advice({"taks", "list"}, "unknown command 'taks' (did you mean 'task'?); `mamc-host --help`");
  advice({"task", "lst"}, "unknown command 'lst' (did you mean 'list'?); `mamc-host task --help`");
  advice({"task", "add", "--titel", "x"}, "'--titel' (did you mean '--title'?)");
  advice({"plugin", "list", "--confg", "x"}, "'--confg' (did you mean '--config'?)");
  advice({"task", "show"}, "id is required");
  advice({"task"}, "`mamc-host task --help`");
  advice({"plugin", "list", "extra"}, "unexpected argument 'extra'");
}

TEST_CASE("an option that may be repeated takes one word each time and leaves the next one alone") {
  Program program;
  program.dir.Write("w/u.yml", "name: u\nsteps: [{id: a, type: set-variables, variables: {x: 1}}]\n");
  program.dir.Write("answer.md", "Nothing to do.\n");
  std::filesystem::create_directory(program.dir / "p");
  program.dir.Write("mamc.yaml", "state_dir: state\nprojects: {shop: {repo: /srv/shop.git}}\n");
  REQUIRE(program.Run({"task", "add", "--plugins", "p", "--project", "shop", "--title", "T"}).code == 0);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"workflow", "check", "--workflows", "w", "w/u.yml"},
        {"workflow", "check", "--workflows", "w", "--workflows", "p", "u"},
        {"workflow", "--plugins", "p", "check", "w/u.yml"},
        {"--workflows", "w", "--plugins", "p", "workflow", "check", "u"},
        {"task", "show", "--plugins", "p", "1"},
        {"task", "show", "--workflows", "w", "--plugins", "p", "1"}}) {
    Ran ran = program.Run(words);
    INFO(words[0] << " " << words[2] << ": " << ran.err);
    CHECK(ran.code == 0);
  }
  Ran edit = program.Run({"edit", "explain", "--allow", "ci", "--allow", "hooks", "answer.md"});
  CHECK_FALSE(Contains(edit.err, "required"));
  CHECK_FALSE(Contains(edit.err, "--allow"));
  Ran doctor = program.Run({"doctor", "--project", "shop", "other"});
  CHECK(doctor.code == 2);
  CHECK(Contains(doctor.err, "unexpected argument 'other'"));
  Ran run = program.Run({"--drain", "--project", "shop", "other"});
  CHECK(run.code == 2);
  CHECK(Contains(run.err, "unknown command 'other'"));
}

TEST_CASE("an option of a command that stands before it is told its place") {
  Ran ran = Program().Run({"--json", "task", "list"});
  CHECK(ran.code == 2);
  CHECK(Contains(ran.err, "'--json' is an option of `mamc-host task list` and stands behind these words"));
}

TEST_CASE("all problems of the configuration are told at once and end with 2") {
  Program program;
  program.dir.Write("mamc.yaml", "bord: local\nlog: {level: loud}\n");
  program.environment["REDIS_PORT"] = "abc";
  Ran ran = program.Run({"plugin", "list", "--json"});
  INFO(ran.err);
  CHECK(ran.code == 2);
  CHECK(ran.out.empty());
  CHECK(Contains(ran.err, "mamc.yaml:1:1: unknown key 'bord' (did you mean 'board'?)\n"));
  CHECK(Contains(ran.err, "mamc.yaml:2:14: log.level must be one of"));
  CHECK(Contains(ran.err, "REDIS_PORT must be a whole number"));
  CHECK(EachLineNamesTheProgram(ran.err));
}

TEST_CASE("all that keeps a host from starting is told at once") {
  Program program;
  program.dir.Write("flows/odd.yml", "name: odd\nsteps: [{id: a, type: git-operaton}]\n");
  program.dir.Write("flows/personas/odd.yml", "id: odd\nname: O\nprompt: Be odd.\nbackend: nobody\n");
  program.dir.Write(
      "mamc.yaml",
      "workflows: [flows]\nprojects: {shop: {repo: /srv/shop.git, workflow: hotfx}}\nstate_dir: state\n");
  program.environment["ALLOWED_PERSONAS"] = "coordination,odd,lead-enginer";
  const auto told = [&](const std::vector<std::string>& problems) {
    Ran ran = program.Run({"--project", "shop", "--drain"});
    INFO(ran.err);
    CHECK(ran.code == 2);
    for (const std::string& problem : problems) CHECK(Contains(ran.err, problem));
    CHECK(EachLineNamesTheProgram(ran.err));
    CHECK_FALSE(std::filesystem::exists(program.dir / "state"));
  };
  const std::string persona = "there is no persona 'lead-enginer' (did you mean 'lead-engineer'?)";
  told({"there is no workflow 'hotfx' (did you mean 'hotfix'?)", persona});
  program.dir.Write("mamc.yaml",
                    "workflows: [flows]\nprojects: {shop: {repo: /srv/shop.git}}\nstate_dir: state\n");
  told({persona, "unknown step type 'git-operaton'", "no plugin provides the persona backend 'nobody'"});
}

TEST_CASE("a pattern of plugins means the same to the check of the configuration and to the list") {
  Program program;
  program.dir.Write("mamc.yaml", "plugins: {enable: ['boards/[l]ocal', 'boards/dash????d']}\n");
  Ran list = program.Run({"plugin", "list", "--json"});
  CHECK(list.code == 0);
  for (const Json& plugin : list.json())
    CHECK((plugin["state"] == "active") ==
          (plugin["id"] == "boards/local" || plugin["id"] == "boards/dashboard"));
  Ran checked = program.Run({"--project", "shop", "--drain"});
  CHECK_FALSE(Contains(checked.err, "no plugin is called"));
}

TEST_CASE("a folder given by flag must exist") {
  Ran ran = Program().Run({"--plugins", "nowhere", "plugin", "list"});
  CHECK(ran.code == 2);
  CHECK(Contains(ran.err, "--plugins"));
  CHECK(Contains(ran.err, "nowhere: there is no such folder"));
}

TEST_CASE("a state directory that cannot be one is wrong use") {
  Program program;
  program.dir.Write("mamc.yaml", "projects: {shop: {repo: /srv/shop.git}}\n");
  program.dir.Write("file", "");
  Ran ran = program.Run({"--state-dir", "file", "--project", "shop", "--drain"});
  INFO(ran.err);
  CHECK(ran.code == 2);
  CHECK(Contains(ran.err, "state directory"));
}

TEST_CASE("init writes both files and overwrites neither") {
  Program program;
  Ran first = program.Run({"init", "--dir", "new"});
  CHECK(first.code == 0);
  CHECK(first.out == "new/mamc.yaml\nnew/.env\n");
  CHECK(Contains(program.dir.Read("new/mamc.yaml"), "#projects:"));
  struct stat info = {};
  REQUIRE(::stat((program.dir / "new/.env").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(program.Run({"plugin", "path", "--config", "new/mamc.yaml"}).code == 0);

  program.dir.Write("half/.env", "X=1\n");
  Ran second = program.Run({"init", "--dir", "half"});
  CHECK(second.code == 2);
  CHECK(Contains(second.err, "half/.env exists"));
  CHECK(program.dir.Read("half/.env") == "X=1\n");
  CHECK_FALSE(std::filesystem::exists(program.dir / "half/mamc.yaml"));
}

TEST_CASE("output that cannot be written is a failure") {
  Program program;
  std::string command = "'" + (ProgramDir() / "mamc-host").string() + "' version > /dev/full 2> " +
                        (program.dir / "err").string();
  int status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 1);
  CHECK(Contains(program.dir.Read("err"), "could not be written"));
}

TEST_CASE("a reader of the output that goes away is no failure") {
  Program program;
  const std::string words = GENERATE("workflow list", "workflow list --json", "--help", "plugin list");
  // The reader is gone before the first line is written.
  program.dir.Write("run", "(sleep 0.2; exec '" + (ProgramDir() / "mamc-host").string() + "' " + words +
                               " 2> err) | true\nexit ${PIPESTATUS[0]}\n");
  const int status = std::system(("cd '" + program.dir.path().string() + "' && bash run").c_str());
  INFO(words << ": " << program.dir.Read("err"));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(program.dir.Read("err").empty());
}

TEST_CASE("a host whose log nobody reads any more goes on to the end of its tasks") {
  Program program;
  program.dir.Write("w/one.yml", "name: one\nsteps: [{id: a, type: set-variables, variables: {x: 1}}]\n");
  program.dir.Write("mamc.yaml", "state_dir: state\nworkflows: [w]\nprojects: {p: {}}\n");
  const std::string host = "'" + (ProgramDir() / "mamc-host").string() + "' ";
  program.dir.Write("run", host + "task add --project p --title T --workflow one\n(sleep 0.2; exec " + host +
                               "--project p --drain 2>&1) | true\nexit ${PIPESTATUS[0]}\n");
  CHECK(WEXITSTATUS(
            std::system(("cd '" + program.dir.path().string() + "' && bash run > /dev/null").c_str())) == 0);
  Json runs = program.Run({"runs", "list", "--json"}).json();
  REQUIRE(runs.size() == 1);
  INFO(runs.dump());
  CHECK(runs[0].at("status") == "done");
}

TEST_CASE("a folder that is not there any more, or has no name, is wrong use") {
  Program program;
  const std::string host = "'" + (ProgramDir() / "mamc-host").string() + "'";
  const std::string folder = (program.dir / "gone").string(), err = (program.dir / "err").string();
  const std::string command = "mkdir '" + folder + "' && cd '" + folder + "' && rmdir '" + folder +
                              "' && exec " + host + " task list 2> '" + err + "'";
  CHECK(WEXITSTATUS(std::system(command.c_str())) == 2);
  CHECK(Contains(program.dir.Read("err"), "mamc-host: the folder that the program was started in"));
  Ran demo = program.Run({"demo", "--dir", ""});
  CHECK(demo.code == 2);
  CHECK(Contains(demo.err, "--dir names no folder"));
}
