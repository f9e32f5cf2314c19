// Steps and the files they share: who waits for whom, and what a shell makes of a value.
#include <catch2/catch.hpp>
#include <set>

#include "over_git.hpp"
#include "support/server_process.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

namespace {

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

namespace {

// A run whose repository does not answer, with git waiting for it.
struct Fetching {
  explicit Fetching(const TempDir& dir)
      : projects((dir / "projects").string()),
        bench(dir, {.repo = "git://127.0.0.1:" + std::to_string(server.port()) + "/shop.git",
                    .project_base = projects}),
        run(bench.Start("name: w\nsteps:\n" + Act(dir, "w", "test.write", ""))) {
    bench.Until([&] { return !ProcessesWith(projects).empty(); });
  }
  SilentServer server;
  const std::string projects;
  EngineBench bench;
  const std::string run;
};

}  // namespace

TEST_CASE("a run that is cancelled while its repository is fetched ends and so does git") {
  TempDir dir;
  Fetching fetching(dir);
  CHECK(fetching.bench.engine->Cancel(fetching.run, "enough").ok());
  CHECK(fetching.bench.Wait(fetching.run).status == "cancelled");
  fetching.bench.Until([&] { return ProcessesWith(fetching.projects).empty(); });
  CHECK(Log(dir).empty());
}

TEST_CASE("a run that is parked while its repository is fetched leaves no git behind") {
  TempDir dir;
  Fetching fetching(dir);
  fetching.bench.engine->Park(fetching.run);
  CHECK(fetching.bench.Wait(fetching.run).status == "parked");
  fetching.bench.Until([&] { return ProcessesWith(fetching.projects).empty(); });
  CHECK(Log(dir).empty());
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

TEST_CASE(
    "the context is what the run's scan said before the summary as pulled before nothing with a warning") {
  GitFixture git;
  TempDir dir;
  const std::string look =
      "name: w\nsteps:\n  - {id: look, type: set-variables, variables: {seen: \"${context.summary}\"}}\n";
  const std::string scanned =
      "name: w\nsteps:\n  - {id: scan, type: set-variables, variables: {context_summary: scanned}}\n"
      "  - {id: look, type: set-variables, dependencies: [scan], variables: {seen: "
      "\"${context.summary}\"}}\n";
  EngineBench bench(dir, Over(git));
  CHECK(bench.Run(look).state["seen"] == "");
  REQUIRE(bench.Events("warning").size() == 1);

  git.OthersPush("main", ".ma/context/summary.md", "as pulled\n");
  engine::RunSpec spec;
  spec.branch = "task/second";
  // The mirror learns of it by the fetch of a new branch's workspace.
  spec.commit = git.RemoteCommit("main");
  CHECK(bench.Run(look, spec).state["seen"] == "as pulled\n");
  CHECK(bench.Run(scanned, spec).state["seen"] == "scanned");
  engine::RunSpec off = spec;
  off.project = {{"id", "shop"}, {"ma", "off"}};
  CHECK(bench.Run(look, off).state["seen"] == "");
  CHECK(bench.Events("warning").size() == 2);
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
