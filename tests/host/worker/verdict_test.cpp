#include "verdict.hpp"

#include <catch2/catch.hpp>

using namespace mamc;
using namespace mamc::worker;

namespace {

schema::Schema VerdictSchema() {
  auto schema = schema::Schema::Compile(Json::parse(
      R"({"type":"object","properties":{"status":{"enum":["pass","fail"]},"findings":{"type":"array"}},"required":["status"]})"));
  REQUIRE(schema.ok());
  return *schema;
}

std::string Verdict(const std::string& answer) {
  auto verdict = FindVerdict(answer, VerdictSchema());
  return verdict.ok() ? VerdictStatus(*verdict) : "none: " + verdict.status().message();
}

}  // namespace

TEST_CASE("the last fenced object that satisfies the schema is the verdict") {
  CHECK(Verdict("not {\"status\": \"perfect\"} but\n```json\n{\"status\": \"pass\"}\n```\nsee {\"a\": 1}") ==
        "pass");
  CHECK(Verdict("````\n```\n{\"status\":\"fail\"}\n```\n````\n{\"status\": \"fail\"}") == "fail");
  CHECK(Verdict("so {\"status\": \"fail\", \"text\": \"a } in { it\"} it is") == "fail");
}

TEST_CASE("what is not clearly a verdict is none and the reason says what to do better") {
  CHECK(Verdict("I think it passes.") == "none: the answer holds no JSON object");
  CHECK(Verdict("{\"status\": \"perfect\"}").find("none: ") == 0);
  CHECK(Verdict("status: pass").find("none: ") == 0);
  CHECK(Verdict("{\"status\": \"pa").find("none: ") == 0);
  CHECK(Verdict("").find("none: ") == 0);
  CHECK(VerdictStatus(Json{{"status", "PASS"}}) == "unknown");
  CHECK(VerdictStatus(Json{{"status", true}}) == "unknown");
  CHECK(VerdictStatus(Json::object()) == "unknown");
}

TEST_CASE("an answer that says pass and fail holds no verdict") {
  const std::string both = "none: the answer says \"pass\" and \"fail\"; give one verdict";
  const std::string pass = "{\"status\": \"pass\"}", fail = "{\"status\": \"fail\"}";
  const auto fenced = [](const std::string& text) { return "\n```json\n" + text + "\n```\n"; };
  CHECK(Verdict("first" + fenced(fail) + "no:" + fenced(pass)) == both);
  CHECK(Verdict("Not this one:" + fenced(pass) + fail) == both);
  CHECK(Verdict(fenced(pass) + "corrected:" + fenced("{\"status\": \"fail\", \"findings\": 12}")) == both);
  CHECK(Verdict(pass + " " + pass) == "pass");
  CHECK(Verdict(fenced("{\"status\": \"FAIL\"}") + fenced(pass)) == both);
  CHECK(Verdict("The line `if (n) {` overflows:\n" + fail + "\nHad it been correct:" + fenced(pass)) == both);
  CHECK(Verdict("`{\"n` is cut\n" + fail + "\nelse" + fenced(pass)) == both);
}

TEST_CASE("a verdict that passes what it blocks is none") {
  const auto with = [](const std::string& status, const std::string& severity) {
    return "{\"status\": \"" + status + "\", \"findings\": [{\"severity\": \"" + severity +
           "\", \"text\": \"t\"}]}";
  };
  CHECK(Verdict(with("pass", "blocking")).find("none: the verdict contradicts itself") == 0);
  CHECK(Verdict(with("pass", "advice")) == "pass");
  CHECK(Verdict(with("fail", "blocking")) == "fail");
  CHECK(Verdict(with("fail", "advice")) == "fail");
}

TEST_CASE("a verdict that blocks nothing of the change says where to look") {
  const std::string change = "diff --git a/src/a.c b/src/a.c\n@@ -1 +1 @@\ndiff --git a/b.c b/b.c\n";
  const auto with = [](const std::vector<Json>& files) {
    Json verdict = {{"status", "fail"}, {"findings", {{{"severity", "advice"}, {"file", "b.c"}}}}};
    for (const Json& file : files) verdict["findings"].push_back({{"severity", "blocking"}, {"file", file}});
    return verdict;
  };
  const std::string wrong = CheckFindings(with({"other.c", nullptr}), change).message();
  CHECK_THAT(wrong, Catch::Contains("none of its blocking findings names a file of the change") &&
                        Catch::Contains("src/a.c, b.c"));
  CHECK(CheckFindings(with({"other.c", "a.c"}), change).ok());
  CHECK(CheckFindings(with({}), change).ok());
  CHECK(CheckFindings(with({"other.c"}), "").ok());
  CHECK(CheckFindings(with({"other.c"}), "In words.").ok());
  CHECK(CheckFindings({{"status", "fail"}}, change).ok());
}

TEST_CASE("reasoning is never searched for a verdict") {
  const std::string thought = "<think>maybe {\"status\": \"pass\"}?</think>";
  CHECK(Verdict(thought + "no").find("none: ") == 0);
  CHECK(Verdict(thought + "{\"status\": \"fail\"}") == "fail");
  CHECK(Verdict("{\"status\": \"fail\"}<think>or {\"status\": \"pass\"}") == "fail");
  CHECK(Verdict("perhaps {\"status\": \"pass\"}</think>{\"status\": \"fail\"}") == "fail");
  CHECK(WithoutReasoning("a<think>b</think>c<think>d</think>e") == "ace");
  CHECK(WithoutReasoning("b</think>c") == "c");
}

TEST_CASE("a hundred thousand braces are judged at once") {
  CHECK(Verdict(std::string(100000, '{')).find("none: ") == 0);
  CHECK(Verdict(std::string(100000, '{') + std::string(100000, '}')).find("none: ") == 0);
  CHECK(Verdict(std::string(100000, '`')).find("none: ") == 0);
  std::string begun;
  for (int i = 0; i < 100000; ++i) begun += "{\"a\":";
  CHECK(Verdict(begun + "1").find("none: the answer holds many objects that begin") == 0);
}
