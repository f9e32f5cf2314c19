#include <sys/stat.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>

#include "program.hpp"

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

TEST_CASE("a folder given by flag must exist") {
  Ran ran = Program().Run({"--plugins", "nowhere", "plugin", "list"});
  CHECK(ran.code == 2);
  CHECK(Contains(ran.err, "--plugins"));
  CHECK(Contains(ran.err, "nowhere: there is no such folder"));
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
  std::string command =
      "'" MAMC_BINARY_DIR "/mamc-host' version > /dev/full 2> " + (program.dir / "err").string();
  int status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 1);
  CHECK(Contains(program.dir.Read("err"), "could not be written"));
}
