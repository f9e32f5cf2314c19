#include <catch2/catch.hpp>

#include "program.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

// Runs a workflow of one step; the id of its run.
std::string RunOnce(const Program& program) {
  program.dir.Write("w/one.yml", "name: one\nsteps: [{id: a, type: set-variables, variables: {x: 1}}]\n");
  Ran added = program.Run({"--state-dir", "state", "--workflows", "w", "task", "add", "--project", "p",
                           "--title", "T", "--workflow", "one", "--repo", "/nowhere.git"});
  INFO(added.err);
  REQUIRE(added.code == 0);
  program.Run({"--state-dir", "state", "--workflows", "w", "--project", "p", "--drain"});
  Json runs = program.Run({"--state-dir", "state", "runs", "list", "--json"}).json();
  REQUIRE(runs.size() == 1);
  return runs[0]["id"];
}

}  // namespace

TEST_CASE("on a machine where nothing has run each command about runs says what to do first") {
  Program program;
  for (std::vector<std::string> words : {std::vector<std::string>{"list"},
                                         {"show", "r1"},
                                         {"log", "r1"},
                                         {"resume", "r1"},
                                         {"retry", "r1", "--from", "a"},
                                         {"cancel", "r1"}}) {
    bool list = words[0] == "list";
    words.insert(words.begin(), "runs");
    Ran ran = program.Run(words);
    INFO(words[1] << ": " << ran.err);
    CHECK(ran.code == (list ? 0 : 2));
    CHECK(Contains(ran.err, "there are no runs yet"));
    CHECK(Contains(ran.err, "mamc-host task add"));
  }
  CHECK(program.Run({"runs", "list", "--json"}).json() == Json::array());
}

TEST_CASE("an unknown run is told with the nearest and the newest") {
  Program program;
  std::string run = RunOnce(program), slip = run;
  slip.back() = slip.back() == '0' ? '1' : '0';
  for (const char* verb : {"show", "log", "resume", "cancel"}) {
    Ran ran = program.Run({"--state-dir", "state", "runs", verb, slip});
    INFO(verb << ": " << ran.err);
    CHECK(ran.code == 2);
    CHECK(Contains(ran.err, "did you mean '" + run + "'?"));
    CHECK(Contains(ran.err, run + " (task 1, done)"));
  }
}
