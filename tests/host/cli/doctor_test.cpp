#include <catch2/catch.hpp>
#include <sstream>

#include "doctor/disk_space.hpp"
#include "doctor/finding.hpp"
#include "doctor/journal_view.hpp"
#include "doctor/report.hpp"
#include "doctor/self_tests.hpp"

using namespace mamc;
using namespace mamc::cli;
using namespace mamc::cli::doctor;

namespace {

Section With(std::vector<Finding> findings) {
  return {"check", "Title", std::move(findings)};
}
Finding Problem(Exit exit) {
  return {.level = Level::kProblem, .what = "no", .where = "", .advice = "do", .exit = exit};
}
const SelfTested kBoardX = {"board x", "`mamc-host plugin show boards/x`"};
Section SelfTestOf(const Json& answer) {
  Section section = With({});
  AddSelfTest(answer, kBoardX, section);
  return section;
}

}  // namespace

TEST_CASE(
    "the doctor's exit code names the worst: a broken configuration, then what is away, then the rest") {
  const Finding note{Level::kNote, "n", "", ""}, warning{Level::kWarning, "w", "", ""};
  CHECK(ExitOf({With({note, {Level::kOk, "o", "", ""}})}) == kDone);
  CHECK(ExitOf({With({note}), With({warning})}) == kWorkFailed);
  CHECK(ExitOf({With({Problem(kUnreachable), Problem(kWorkFailed)})}) == kUnreachable);
  CHECK(ExitOf({With({Problem(kUnreachable)}), With({Problem(kWrongUse)}), With({Problem(kWorkFailed)})}) ==
        kWrongUse);
}

TEST_CASE("a place at the beginning of a message is told apart from its words") {
  CHECK(SplitPlace("mamc.yaml:3:7: unknown key 'x': y").place == "mamc.yaml:3:7");
  CHECK(SplitPlace("mamc.yaml:3:7: unknown key 'x': y").message == "unknown key 'x': y");
  CHECK(SplitPlace("environment REDIS_PORT: no number").place == "environment REDIS_PORT");
  CHECK(SplitPlace("Redis at localhost:6379 is away: refused").place == "");
  CHECK(SplitPlace("nothing here").message == "nothing here");
}

TEST_CASE("little disk space is a warning and next to none a problem") {
  constexpr std::uint64_t kMiB = 1u << 20;
  CHECK(JudgeSpace(4096 * kMiB, "/d").level == Level::kOk);
  CHECK(JudgeSpace(512 * kMiB, "/d").level == Level::kWarning);
  const Finding full = JudgeSpace(3 * kMiB, "/d");
  CHECK(full.level == Level::kProblem);
  CHECK(full.where == "/d");
  CHECK(full.what.find("only 3 MiB are free") == 0);
  CHECK(full.advice.find("MAMC_STATE_DIR") != std::string::npos);
}

TEST_CASE(
    "a self-test's facts are fine and its findings have their level, and the facts of one without findings "
    "say why not") {
  const Json finding = {{"level", "warning"}, {"text", "slow"}, {"advice", "hurry"}};
  Section told = SelfTestOf({{"ok", true}, {"facts", {"there"}}, {"findings", Json::array({finding})}});
  REQUIRE(told.findings.size() == 2);
  CHECK(told.findings[0].level == Level::kWarning);
  CHECK(told.findings[0].advice == "hurry");
  CHECK(told.findings[1].level == Level::kOk);
  Section why = SelfTestOf({{"ok", false}, {"facts", {"it is not there"}}});
  REQUIRE(why.findings.size() == 1);
  CHECK(why.findings[0].level == Level::kProblem);
  CHECK(why.findings[0].what == "it is not there");
}

TEST_CASE("a self-test that is not ok and says nothing else is told") {
  for (const Json& silent :
       {Json{{"ok", false}}, Json{{"ok", false}, {"facts", Json::array()}, {"findings", Json::array()}},
        Json{{"ok", false}, {"findings", {{{"level", "note"}, {"text", "n"}}}}}}) {
    const Section section = SelfTestOf(silent);
    REQUIRE_FALSE(section.findings.empty());
    const Finding& said = section.findings.back();
    CHECK(said.level == Level::kProblem);
    CHECK(said.what.find("does not say why") != std::string::npos);
    CHECK(said.advice.find("README") != std::string::npos);
  }
}

TEST_CASE("a self-test that answers nonsense harms nobody") {
  for (const Json& odd :
       {Json(), Json(1), Json::array(), Json{{"facts", 3}}, Json{{"facts", {1, Json::object()}}},
        Json{{"findings", {1, "x", Json::object()}}}}) {
    Section section = SelfTestOf(odd);
    for (const Finding& finding : section.findings) CHECK(finding.level == Level::kProblem);
  }
}

TEST_CASE(
    "what a plugin is out of reach of makes the doctor end with 3, and a type without a self-test is a "
    "note") {
  Section section = With({});
  AddSelfTest(Status(Code::kUnsupported, "no such verb"), kBoardX, section);
  CHECK(section.findings[0].level == Level::kNote);
  CHECK(ExitOf({section}) == kDone);
  AddSelfTest(Status(Code::kTimeout, "silence"), kBoardX, section);
  CHECK(ExitOf({section}) == kUnreachable);
  CHECK(section.findings[1].advice.find("plugin show boards/x") != std::string::npos);
}

TEST_CASE("a request of a run is open until its receipt, and counts its tries") {
  using journal::Record;
  using journal::RecordKind;
  const std::string called = Dump({{"service", "persona.request"}, {"input", {{"persona", "qa-engineer"}}}});
  std::vector<Record> records = {
      {1, RecordKind::kChild, "qa@1", "test/1", 10, called},
      {2, RecordKind::kTry, "qa@1", "test/1", 20, Dump({{"number", 1}})},
      {3, RecordKind::kTry, "qa@1", "test/1", 30, Dump({{"number", 2}, {"due_ms", 40}})}};
  auto open = OpenRequests(records);
  REQUIRE(open.size() == 1);
  CHECK(open[0].persona == "qa-engineer");
  CHECK(open[0].tries == 2);
  CHECK(open[0].asked_ms == 30);
  auto end_with = [&](RecordKind kind, const std::string& path, const std::string& key,
                      const std::string& body) {
    auto ended = records;
    ended.push_back({4, kind, path, key, 50, body});
    return OpenRequests(ended).size();
  };
  CHECK(end_with(RecordKind::kChildReceipt, "qa@1", "test/1", "{}") == 0);
  CHECK(end_with(RecordKind::kReceipt, "qa@1", "", "{}") == 0);
  CHECK(end_with(RecordKind::kDiscard, "", "", Dump({{"steps", {"qa"}}})) == 0);
  CHECK(end_with(RecordKind::kChildReceipt, "qa@1", "test/2", "{}") == 1);
}

TEST_CASE("the doctor's lines end before the terminal does and hold no control characters") {
  Finding finding{
      Level::kProblem, "the words of a server are \x1b[31mred and many, so that they need several lines here",
      "mamc.yaml:1:1", "set something to something else, or do what else there is to be done about it"};
  for (std::size_t columns : {50, 80, 120}) {
    std::ostringstream out;
    PrintReport(out, {}, {With({finding})}, {columns, false});
    CHECK(out.str().find('\x1b') == std::string::npos);
    std::istringstream lines(out.str());
    std::size_t longest = 0;
    for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
    CHECK(longest <= columns);
  }
  std::ostringstream piped;
  PrintReport(piped, {}, {With({finding})}, {});
  CHECK(piped.str().find("many, so that they need several lines here\n") != std::string::npos);
}
