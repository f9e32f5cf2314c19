#include "mamc/workflow/expression.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "fake_names.hpp"

namespace mamc::workflow {
namespace {

constexpr const char* kRoots = R"({
  "task": {"title": "Login", "type": "bug", "labels": ["ui", "urgent"], "n": 3, "big": 18446744073709551615},
  "state": {"qa_status": "pass", "empty": "", "zero": 0, "list": [1, 2, 3], "max": 9223372036854775807},
  "steps": {"plan-a": {"result": {"title": "T", "items": [{"x": 1}, {"x": 2}]}}},
  "variables": {"key": "title", "i": 1}})";

Json Value(std::string_view text) {
  auto expression = Expression::Parse(text);
  INFO(text << ": " << expression.status().message());
  REQUIRE(expression.ok());
  return expression->Evaluate(JsonScope(kRoots));
}

std::string Refusal(std::string_view text) {
  auto expression = Expression::Parse(text);
  INFO(text);
  REQUIRE_FALSE(expression.ok());
  return expression.status().message();
}

}  // namespace

TEST_CASE("literals and operators have the values of the table") {
  struct Row {
    const char* text;
    Json value;
  };
  const Row rows[] = {
      {"1", 1},
      {"1.5", 1.5},
      {"-2", -2},
      {"'a'", "a"},
      {"\"b\\n\\\"\"", "b\n\""},
      {"'it\\'s'", "it's"},
      {"true", true},
      {"null", nullptr},
      {"undefined === null", true},
      {"1 + 2 + 3", 6},
      {"1 + 0.5", 1.5},
      {"'a' + 1 + null + true", "a1true"},
      {"task.n + 1", 4},
      {"1 === 1.0", true},
      {"1 == 2", false},
      {"'a' != 'b'", true},
      {"task.n >= 3 && task.n < 4", true},
      {"'a' < 'b'", true},
      {"task.n <= 3 && !(task.n <= 2)", true},
      {"task.n >= 3 && !(task.n >= 4)", true},
      {"task.n < 3 || task.n > 3", false},
      {"'b' <= 'a'", false},
      {"task.title > 1", false},
      {"task.missing < 1", false},
      {"!task.missing", true},
      {"!!state.zero", false},
      {"state.empty || 'x'", "x"},
      {"state.qa_status && 5", 5},
      {"false || null", nullptr},
      {"1 + 1 == 2 ? 'yes' : 'no'", "yes"},
      {"false ? 1 : true ? 2 : 3", 2},
      {"(1 + 2) === 3 || unknown.x", true},
      {"true || false && false", true},
      {"task.labels.length", 2},
      {"task.title.length", 5},
      {"'\xC3\xA4'.length", 1},
      {"task.missing.length", nullptr},
      {"task.labels.includes('ui')", true},
      {"task.labels.includes('u')", false},
      {"task.title.includes('ogi')", true},
      {"task.missing.includes('x')", false},
      {"task.labels[1]", "urgent"},
      {"task.labels[7]", nullptr},
      {"task.labels[-1]", nullptr},
      {"task.labels[0.5]", nullptr},
      {"task.labels[variables.i]", "urgent"},
      {"task['title']", "Login"},
      {"task[variables.key]", "Login"},
      {"steps.plan-a.result.items[1].x", 2},
      {"steps['plan-a'].result.title", "T"},
      {"context.state.get('qa_status') === 'pass'", true},
      {"context.state.qa_status", "pass"},
      {"task.big === 18446744073709551615", true},
      {"state.list === task.labels", false},
      {"task.a.b.c", nullptr},
      {"task.labels.x", nullptr},
      {"task.title + task.labels", "Login[\"ui\",\"urgent\"]"},
      {"task.labels + 1", nullptr},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(Value(row.text) == row.value);
  }
}

TEST_CASE("sums that leave the whole numbers become floating") {
  CHECK(Value("state.max + 1") == Json(9223372036854775808.0));
  CHECK(Value("-state.max + -1") == Json(std::numeric_limits<std::int64_t>::min()));
  CHECK(Value("-task.big") == Json(-18446744073709551615.0));
}

TEST_CASE("errors have line and column") {
  CHECK(Refusal("task.title ===") == "1:15: expected a value but found the end");
  CHECK(Refusal("(1 + 2") == "1:7: expected ')' but found the end");
  CHECK(Refusal("1 +\n  ]") == "2:3: expected a value but found ']'");
  CHECK(Refusal("a b") == "1:3: expected an operator or the end but found 'b'");
  CHECK(Refusal("a - b") == "1:3: '-' is known only before a number");
  CHECK(Refusal("'abc") == "1:1: the text that starts here lacks its closing '");
  CHECK(Refusal("") == "1:1: an expression is missing here");
  CHECK(Refusal("a = b") == "1:3: '=' has no meaning here");
  CHECK(Refusal("f(1)") == "1:1: there is no function 'f'");
  CHECK(Refusal("task.title.toUpperCase()").find("1:12: there is no method 'toUpperCase'") == 0);
  CHECK(Refusal("context.state.get(task.id)").find("text in quotes") != std::string::npos);
  CHECK(Refusal("'\\x'").find("1:2: after a backslash") == 0);
  CHECK(Refusal("1e5") == "1:2: a number is digits with at most one dot");
  CHECK(Refusal("task.") == "1:6: expected a name behind the dot");
  auto placed = Expression::Parse("1 +", {"w.yml", 12, 5});
  CHECK(placed.status().message() == "w.yml:12:8: expected a value but found the end");
}

TEST_CASE("the columns of an expression count characters and not bytes") {
  CHECK(Refusal("'ä€😀' ]") == "1:7: expected an operator or the end but found ']'");
  CHECK(Refusal("'ä' +\n 'öö' ]") == "2:7: expected an operator or the end but found ']'");
  CHECK(Refusal("'ä' + ö") == "1:7: a character that has no meaning here");
}

TEST_CASE("what can never be right is refused before it runs") {
  CHECK(Refusal("1 === 'a'") == "1:3: compares a number with a text, which are never equal");

  CHECK(Refusal("true < 1").find("numbers compare with numbers") != std::string::npos);
  CHECK(Refusal("true + 1").find("'+' adds numbers or joins texts") != std::string::npos);
  CHECK(Refusal("(1).length").find("a number has no members") != std::string::npos);
  CHECK(Refusal("-'a'").find("'-' needs a number") != std::string::npos);
}

TEST_CASE("references carry their longest static path") {
  auto expression = Expression::Parse(
      "steps.plan.result.list[0].x + task.labels.length + context.state.get('k')", {"w.yml", 3, 10});
  REQUIRE(expression.ok());
  auto references = expression->References();
  REQUIRE(references.size() == 3);
  CHECK(references[0].root == "steps");
  CHECK(references[0].path == std::vector<std::string>{"plan", "result", "list"});
  CHECK(references[1].path == std::vector<std::string>{"labels"});
  CHECK(references[1].place.ToString() == "w.yml:3:40");
  CHECK(references[2].root == "state");
  CHECK(references[2].path == std::vector<std::string>{"k"});
  CHECK(expression->text().starts_with("steps.plan"));
}

TEST_CASE("only the side that is needed is looked up") {
  JsonScope scope(kRoots);
  auto expression = Expression::Parse("state.empty && steps.plan-a.result");
  expression->Evaluate(scope);
  CHECK(scope.asked == std::vector<std::string>{"state.empty"});
}

TEST_CASE("hostile nesting is refused and does not exhaust the stack") {
  for (std::string_view piece : {"(", "!", "-", "[", "a[", "a?", "a.includes(", "a+", "a||", "a?b:", "!("}) {
    std::string text;
    while (text.size() < 15000) text += piece;
    INFO(piece);
    CHECK_FALSE(Expression::Parse(text).ok());
    CHECK_FALSE(Expression::Parse(text + "1").ok());
  }
  std::string nested = std::string(5000, '(') + "1" + std::string(5000, ')');
  CHECK(Refusal(nested).find("nested deeper than") != std::string::npos);
  CHECK(Refusal(std::string(20000, ' ') + "1").find("at most") != std::string::npos);
  CHECK_FALSE(Expression::Parse(std::string("a\0b", 3)).ok());
  CHECK_FALSE(Expression::Parse("\xFF").ok());
}

TEST_CASE("every prefix of a rich expression either parses or is refused with a place") {
  std::string text =
      "a.b['c'][0].includes(\"d\\n\") && !(1.5 <= -x.length) || context.state.get('k') ? 'y' : {{";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    auto parsed = Expression::Parse(text.substr(0, length));
    if (!parsed.ok()) CHECK(parsed.status().message().starts_with("1:"));
  }
}

}  // namespace mamc::workflow
