#include "verdict.hpp"

#include <catch2/catch.hpp>

using namespace mamc;
using namespace mamc::worker;

namespace {

schema::Schema VerdictSchema() {
  auto schema = schema::Schema::Compile(Json::parse(
      R"({"type":"object","properties":{"status":{"enum":["pass","fail"]}},"required":["status"]})"));
  REQUIRE(schema.ok());
  return *schema;
}

std::string Verdict(const std::string& answer) {
  auto verdict = FindVerdict(answer, VerdictSchema());
  return verdict.ok() ? VerdictStatus(*verdict) : "none: " + verdict.status().message();
}

}  // namespace

TEST_CASE("the last fenced object that satisfies the schema is the verdict") {
  CHECK(Verdict("first\n```json\n{\"status\": \"fail\"}\n```\nno:\n```json\n{\"status\": \"pass\"}\n```\n") ==
        "pass");
  CHECK(Verdict("````\n```\n{\"status\":\"pass\"}\n```\n````\n{\"status\": \"fail\"}") == "fail");
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
}
