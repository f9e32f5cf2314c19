// What the answer to a request is worth: the verdict of a persona, the exit code of its work.
#include "desk.hpp"
#include "support/captured_log.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::messaging;
using Catch::Matchers::Contains;

TEST_CASE("a verdict that cannot be used is repaired in one more turn") {
  TempDir dir;
  Desk desk(dir, kJudge, {"looks fine to me", "```json\n{\"status\": \"pass\"}\n```"});
  Event end = desk.Ask(desk.Ask("c1"));
  CHECK(end.result["status"] == "pass");
  CHECK(end.result["verdict"] == Json{{"status", "pass"}});
  CHECK(desk.asked() == 2);
  CHECK_THAT(dir.Read("question"), Contains("That answer can not be used"));
}

TEST_CASE("a verdict that cannot be used twice is unknown and never pass") {
  TempDir dir;
  Desk desk(dir, kJudge, {"<think>{\"status\": \"pass\"}</think>pass!", "PASS, really: status pass"});
  Event end = desk.Ask(desk.Ask("c1"));
  CHECK(end.status == "done");
  CHECK(end.result["status"] == "unknown");
  CHECK(desk.asked() == 2);
}

TEST_CASE("a reviewer who blocks what is not in the change is asked once more and then passes nothing") {
  TempDir dir;
  const auto blocking = [](const std::string& file) {
    return Json({{"status", "fail"}, {"findings", {{{"severity", "blocking"}, {"file", file}}}}}).dump();
  };
  const bool comes_to_it = GENERATE(true, false);
  const std::string reviewer =
      "id: qa-engineer\nprompt: You review.\nverdict: {type: object, properties: {status: {enum: [pass, "
      "fail]}, "
      "findings: {type: array, items: {type: object, properties: {file: {type: string}}}}}}\n";
  Desk desk(dir, reviewer, {blocking("other.c"), blocking(comes_to_it ? "a.c" : "another.c")});
  Event end = desk.Ask(desk.Ask("c1", {{"change", "diff --git a/src/a.c b/src/a.c\n+x\n"}}));
  CHECK(end.result["status"] == (comes_to_it ? "fail" : "unknown"));
  CHECK(desk.asked() == 2);
  CHECK_THAT(dir.Read("question"), Contains("names a file of the change") && Contains("src/a.c"));
}

TEST_CASE("a judge whose findings have no places may block what it likes") {
  TempDir dir;
  Desk desk(dir, kJudge, {R"({"status": "fail", "findings": [{"severity": "blocking", "text": "no"}]})"});
  CHECK(desk.Ask(desk.Ask("c1", {{"change", "diff --git a/a.c b/a.c\n+x\n"}})).result["status"] == "fail");
  CHECK(desk.asked() == 1);
}

TEST_CASE("what is wrong with a verdict stands in the result and in the log") {
  TempDir dir;
  GitFixture git;
  const BenchOptions options = {.repo = git.remote().string(), .project_base = git.project_base().string()};
  CapturedLog log;
  const bool works = GENERATE(false, true);
  Desk desk(dir,
            "id: qa-engineer\nprompt: You judge.\nverdict: {type: object, properties: {status: {enum: [pass, "
            "fail]}}, required: [status, reasons]}\n" +
                std::string(works ? "work: [{id: judge, type: ask}]\n" : ""),
            {"{\"status\": \"pass\"}"}, options);
  Event end = desk.Ask(desk.AskOn(git, "c1"));
  INFO(end.error);
  CHECK(end.result["status"] == "unknown");
  CHECK(end.result["problem"] == "the verdict lacks the required key 'reasons'");
  CHECK(log.Has({"no verdict that can be used", "qa-engineer", "lacks the required key 'reasons'"}));
}

TEST_CASE("a verdict that comes after one that cannot be used leaves nothing of its fault") {
  TempDir dir;
  GitFixture git;
  const BenchOptions options = {.repo = git.remote().string(), .project_base = git.project_base().string()};
  Desk desk(dir, std::string(kJudge) + "work: [{id: first, type: ask}, {id: second, type: ask}]\n",
            {"hm", "hm", "{\"status\": \"fail\"}"}, options);
  Event end = desk.Ask(desk.AskOn(git, "c1"));
  INFO(end.error);
  CHECK(end.result["status"] == "fail");
  CHECK_FALSE(end.result.contains("problem"));
}

TEST_CASE("an answer that was cut at its length holds no verdict") {
  TempDir dir;
  const std::string finish = GENERATE("length", "MAX_TOKENS");
  const std::string cut =
      Json({{"text", "Not {\"status\": \"pass\"} but {\"status\": \"fa"}, {"finish", finish}}).dump();
  Desk desk(dir, kJudge, {cut, "{\"status\": \"fail\"}"});
  CHECK(desk.Ask(desk.Ask("c1")).result["status"] == "fail");
  CHECK_THAT(dir.Read("question"), Contains("cut at the limit of its length"));
}

TEST_CASE("an exit code of the work decides and no text overrides it") {
  TempDir dir;
  GitFixture git;
  Desk desk(dir, R"(
id: qa-engineer
prompt: You test.
work:
  - {id: ask, type: ask}
  - {id: test, type: command, dependencies: [ask], argv: [sh, -c, "echo it passed; exit 3"], allow_failure: true}
)",
            {"{\"status\": \"pass\"} everything passes"},
            {.repo = git.remote().string(), .project_base = git.project_base().string()});
  Request request = desk.AskOn(git, "c1");
  Event end = desk.Ask(request);
  INFO(end.error);
  CHECK(end.status == "done");
  CHECK(end.result["exit_code"] == 3);
  CHECK(end.result["status"] == "fail");
  CHECK_THAT(end.result["output"].get<std::string>(), Contains("it passed"));
}

TEST_CASE("an exit code that is not 0 is not made good by what comes behind it or beside it") {
  TempDir dir;
  GitFixture git;
  const std::string work = GENERATE(
      "  - {id: test, type: command, argv: [sh, -c, echo red; exit 3], allow_failure: true}\n"
      "  - {id: tidy, type: command, argv: [echo, tidied], dependencies: [test]}\n",
      "  - id: both\n    type: parallel\n    steps:\n"
      "      - {id: lint, type: command, argv: [echo, clean]}\n"
      "      - {id: test, type: command, argv: [sh, -c, echo red; exit 3], allow_failure: true}\n"
      "  - {id: tidy, type: command, argv: [echo, tidied], dependencies: [both]}\n");
  Desk desk(dir, "id: qa-engineer\nprompt: You test.\nwork:\n" + work, {},
            {.repo = git.remote().string(), .project_base = git.project_base().string()});
  Event end = desk.Ask(desk.AskOn(git, "c1"));
  INFO(end.error);
  CHECK(end.status == "done");
  CHECK(end.result["exit_code"] == 3);
  CHECK(end.result["status"] == "fail");
  CHECK(end.result["output"] == "red\n");
}

TEST_CASE("tests that were stopped have failed whatever comes behind them") {
  TempDir dir;
  GitFixture git;
  Desk desk(dir,
            HangingTester(dir / "begun", ", timeout_ms: 20000, allow_timeout: true") +
                "  - {id: tidy, type: command, argv: [echo, tidied], dependencies: [test]}\n",
            {}, {.repo = git.remote().string(), .project_base = git.project_base().string()});
  desk.Send(desk.AskOn(git, "c1"));
  desk.bench.Until([&] { return std::filesystem::exists(dir / "begun"); });
  desk.bench.Advance(20000);
  Event end = desk.End("c1");
  CHECK(end.result["status"] == "fail");
  CHECK(end.result["timed_out"] == true);
}

TEST_CASE("what a program writes without end or sense is answered with its head and tail") {
  TempDir dir;
  GitFixture git;
  Desk desk(dir,
            "id: qa-engineer\nprompt: You test.\nwork:\n"
            "  - {id: test, type: command, argv: [sh, -c, \"echo head; head -c 3000000 /dev/zero; head -c "
            "3000000 /dev/zero >&2; "
            "echo tail >&2; exit 1\"], allow_failure: true}\n",
            {}, {.repo = git.remote().string(), .project_base = git.project_base().string()});
  Event end = desk.Ask(desk.AskOn(git, "c1"));
  INFO(end.error);
  REQUIRE(end.status == "done");
  CHECK(end.result["exit_code"] == 1);
  const std::string output = end.result["output"];
  CHECK(output.find("head\n") == 0);
  CHECK(output.substr(output.size() - 5) == "tail\n");
  CHECK(output.size() < 300'000);
}
