// Steps and the files they share: who waits for whom, and what a shell makes of a value.
#include <catch2/catch.hpp>
#include <set>

#include "support/engine_bench.hpp"
#include "support/git_fixture.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

namespace {

BenchOptions Over(const GitFixture& git) {
  return {.repo = git.remote().string(), .project_base = git.project_base().string()};
}

std::string Act(const TempDir& dir, const std::string& id, const std::string& type, const std::string& gate) {
  Json params = {{"name", id}, {"log", (dir / "log").string()}};
  if (!gate.empty()) params["wait"] = (dir / gate).string();
  return "  - {id: " + id + ", type: " + type + ", params: " + params.dump() + "}\n";
}

// "a start", without attempt and operation.
std::vector<std::string> Log(const TempDir& dir) {
  std::vector<std::string> lines = LinesOf(dir / "log");
  for (std::string& line : lines)
    if (auto at = line.find(" start"); at != std::string::npos) line.resize(at + 6);
  return lines;
}

}  // namespace

TEST_CASE("steps that read the workspace overlap and one that writes waits for both") {
  GitFixture git;
  TempDir dir;
  EngineBench bench(dir, Over(git));
  std::string run = bench.Start("name: w\nsteps:\n" + Act(dir, "r1", "test.read", "g1") +
                                Act(dir, "r2", "test.read", "g2") + Act(dir, "w", "test.write", "") +
                                Act(dir, "r3", "test.read", ""));
  bench.Until([&] { return Log(dir).size() == 2; });
  dir.Write("g1", "");
  bench.Until([&] { return bench.Events("step-done").size() == 1; });
  CHECK(Log(dir).size() == 3);
  dir.Write("g2", "");
  CHECK(bench.Wait(run).status == "done");
  std::vector<std::string> log = Log(dir);
  REQUIRE(log.size() == 8);
  CHECK(std::set<std::string>{log[0], log[1]} == std::set<std::string>{"r1 start", "r2 start"});
  CHECK(std::vector<std::string>(log.begin() + 2, log.end()) ==
        std::vector<std::string>{"r1 end", "r2 end", "w start", "w end", "r3 start", "r3 end"});
}

// What is kept alive for nobody is seen by the leak checker of the preset asan.
TEST_CASE("an engine that is taken apart lets go of steps that wait for the workspace") {
  GitFixture git;
  TempDir dir;
  std::string workflow = "name: w\nsteps:\n" + Act(dir, "holder", "test.write", "never") +
                         Act(dir, "behind", "test.write", "never");
  {
    EngineBench preparing(dir, Over(git));
    preparing.Start(workflow);
    preparing.Until([&] { return preparing.Events("step-started").size() == 2; });
    CHECK(Log(dir).empty());
  }
  EngineBench holding(dir, Over(git));
  holding.Start(workflow);
  holding.Until([&] { return !Log(dir).empty(); });
  CHECK(Log(dir) == std::vector<std::string>{"holder start"});
}

TEST_CASE("a step that writes below one that reads is refused and touches nothing") {
  GitFixture git;
  TempDir dir;
  EngineBench bench(dir, Over(git));
  Json write = {{"type", "test.write"}, {"params", {{"log", (dir / "log").string()}}}};
  Json read = {{"type", "test.read"}, {"params", {{"name", "reader"}, {"log", (dir / "log").string()}}}};
  dir.Write("script", Json({{{"key", "w"}, {"service", "step.run"}, {"input", write}},
                            {{"key", "r"}, {"service", "step.run"}, {"input", read}}})
                          .dump());
  auto result = bench.Run("name: w\nsteps:\n  - {id: outer, type: test.reading-script, params: {script: \"" +
                          (dir / "script").string() + "\"}}\n");
  CHECK(result.status == "done");
  Json ends = result.steps["outer"]["result"]["ends"];
  REQUIRE(ends.size() == 2);
  CHECK(ends[0]["code"] == static_cast<int>(Code::kInvalid));
  CHECK_THAT(ends[0]["json"]["message"].get<std::string>(),
             Contains("writes to the workspace, but runs within outer@1, which only reads it"));
  CHECK(ends[1]["code"] == 0);
  CHECK(Log(dir) == std::vector<std::string>{"reader start", "reader end"});
}

TEST_CASE("a real shell gets every value back byte for byte in every kind of quotes") {
  const std::map<std::string, std::string> values = {
      {"newline", "one\ntwo\n\nfour\n"},
      {"quotes", "it's \"quoted\" ''\"\""},
      {"program", "$(touch hit) `touch hit` ; touch hit & touch hit | touch hit > hit"},
      {"variable", "$HOME ${HOME} $$ $1 $MAMC_ARG_1 ${MAMC_ARG_1}"},
      {"backslash", R"(\ \n \\ \' \" end\)"},
      {"empty", ""},
      {"dash", "-n -e --help"},
      {"utf8", "größe 漢字 🙂"},
      {"glob", "* ? [a-z] ~ {a,b} !x #y"},
      {"blanks", "  \t two  blanks \t "},
      {"template", "${task.id} {{task.id}}"},
  };
  GitFixture git;
  TempDir dir;
  EngineBench bench(dir, Over(git));
  std::string text = "name: w\nsteps:\n  - id: shell\n    type: command\n    env: {OUT: \"" +
                     dir.path().string() + "\"}\n    shell: |\n";
  for (const auto& [name, value] : values) {
    std::string from = "${task.values." + name + "}";
    for (const auto& [quotes, word] : std::map<std::string, std::string>{
             {"bare", from}, {"double", "\"<" + from + ">\""}, {"single", "'<" + from + ">'"}})
      text += "      printf '%s' " + word + " > \"$OUT/" + name + "." + quotes + "\"\n";
    text += "      printf '%s' \"$(printf '%s.' " + from + ")\" > \"$OUT/" + name + ".nested\"\n";
  }
  for (const auto& [name, value] : values)
    text += "  - {id: argv-" + name + ", type: command, argv: [printf, '<%s>', \"${task.values." + name +
            "}\"]}\n";
  engine::RunSpec spec;
  spec.task = {{"id", "7"}, {"title", "T"}, {"values", values}};
  auto result = bench.Run(text, spec);
  INFO(result.error);
  REQUIRE(result.status == "done");
  for (const auto& [name, value] : values) {
    INFO(name);
    CHECK(dir.Read(name + ".bare") == value);
    CHECK(dir.Read(name + ".double") == "<" + value + ">");
    CHECK(dir.Read(name + ".single") == "<" + value + ">");
    CHECK(dir.Read(name + ".nested") == value + ".");
    CHECK(result.steps["argv-" + name]["result"]["stdout"] == "<" + value + ">");
  }
  CHECK_FALSE(std::filesystem::exists(dir / "hit"));
}
