#include <catch2/catch.hpp>

#include "fake_names.hpp"

namespace mamc::workflow {
namespace {

constexpr const char* kRoots =
    R"({"task": {"title": "Login", "n": 3, "labels": ["a"]}, "state": {"k": {"deep": 1}}})";

Json Rendered(const Json& value) {
  auto parsed = Template::Parse(value);
  INFO(parsed.status().message());
  REQUIRE(parsed.ok());
  return parsed->Render(JsonScope(kRoots));
}

}  // namespace

TEST_CASE("a template alone keeps the type of its value") {
  CHECK(Rendered("${task.n}") == 3);
  CHECK(Rendered("{{ task.n }}") == 3);
  CHECK(Rendered("${state.k}") == Json::parse(R"({"deep":1})"));
  CHECK(Rendered("${task.missing}") == nullptr);
}

TEST_CASE("templates in a longer text become text") {
  CHECK(Rendered("n=${task.n}, {{task.labels}}${task.missing}!") == "n=3, [\"a\"]!");
  CHECK(Rendered(" ${task.n}") == " 3");
  CHECK(Rendered("${'}'}${\"{{\"}") == "}{{");
  CHECK(Rendered("$${HOME} and $HOME and ${'${'}") == "${HOME} and $HOME and ${");
}

TEST_CASE("objects and lists are filled in place") {
  Json value = Json::parse(R"({"a": ["x", "${task.n}", {"b": "${task.title}"}], "c": {"d": true}})");
  CHECK(Rendered(value) == Json::parse(R"({"a": ["x", 3, {"b": "Login"}], "c": {"d": true}})"));
}

TEST_CASE("a template nested deeper than the limit is refused") {
  auto nested = [](int levels) {
    Json value = "${task.n}";
    for (int i = 0; i < levels; ++i) value = i % 2 == 0 ? Json::array({value}) : Json{{"a", value}};
    return value;
  };
  CHECK(Template::Parse(nested(64)).ok());
  auto refused = Template::Parse(nested(65));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.status().message().find("nested deeper than 64 levels") != std::string::npos);
}

TEST_CASE("a constant is known as one and looks nothing up") {
  Json value = Json::parse(R"({"a": [1, {"b": "text $x }} }"}]})");
  auto constant = Template::Parse(value);
  REQUIRE(constant.ok());
  CHECK(constant->constant());
  CHECK(*constant->ConstantValue() == value);
  JsonScope scope(kRoots);
  CHECK(constant->Render(scope) == value);
  CHECK(scope.asked.empty());
  CHECK_FALSE(Template::Parse("${task}")->constant());
  CHECK(Template::Parse("${task}")->ConstantValue() == nullptr);
}

TEST_CASE("only the path that is needed is looked up") {
  JsonScope scope(kRoots);
  auto parsed = Template::Parse(Json::parse(R"(["${state.k.deep}", "${task.title} x"])"));
  CHECK(parsed->Render(scope) == Json::parse(R"([1, "Login x"])"));
  CHECK(scope.asked == std::vector<std::string>{"state.k.deep", "task.title"});
  CHECK(parsed->References().size() == 2);
}

TEST_CASE("broken templates are refused with their place and a way out") {
  CHECK(Template::Parse("abc ${task.", {"w.yml", 2, 7})
            .status()
            .message()
            .starts_with("w.yml:2:18: expected a name"));
  CHECK(Template::Parse("${a").status().message() ==
        "1:4: the template lacks its closing } (write $${ for the text ${ itself)");
  CHECK(Template::Parse("{{.Names}}").status().message().find("write ${'{{'}") != std::string::npos);
  CHECK(Template::Parse("line\n  ${]}").status().message().starts_with("2:5: expected a value"));
  CHECK(Template::Parse(Json::parse(R"(["${", "${"])")).status().message().find("; ") != std::string::npos);
}

TEST_CASE("many templates in one text take one pass") {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "${task.n}";
  CHECK(Rendered(text).get<std::string>().size() == 20000);
}

}  // namespace mamc::workflow
