#include "mamc/schema/schema.hpp"

#include <catch2/catch.hpp>
#include <set>

namespace mamc::schema {
namespace {

Schema Compiled(const char* text) {
  auto schema = Schema::Compile(Json::parse(text));
  INFO(schema.status().message());
  REQUIRE(schema.ok());
  return *schema;
}

std::string Problems(const char* schema, const Json& value) {
  return Describe(Compiled(schema).Validate(value), "params");
}

std::string Refusal(const char* text) {
  auto schema = Schema::Compile(Json::parse(text));
  REQUIRE_FALSE(schema.ok());
  return schema.status().message();
}

constexpr const char* kGit =
    R"({"type":"object","additionalProperties":false,"required":["operation"],"properties":{
  "operation":{"type":"string","enum":["commit","push","pull"]},
  "files":{"type":"array","items":{"type":"string","minLength":1}},
  "count":{"type":"integer","minimum":1,"maximum":10,"default":3},
  "token":{"type":"string","enum":["a"],"x-secret":true}}})";

}  // namespace

TEST_CASE("violations name their place and guess what was meant") {
  CHECK(Problems(kGit, {{"operation", "comit"}}) ==
        "params.operation must be one of: commit, push, pull (did you mean 'commit'?)");
  CHECK(Problems(kGit, {{"operation", "push"}, {"file", 1}}) ==
        "params.file is an unknown key (did you mean 'files'?)");
  CHECK(Problems(kGit, Json::object()) == "params lacks the required key 'operation'");
  CHECK(Problems(kGit, {{"operation", "push"}, {"files", {"a", ""}}}) == "params.files[1] must not be empty");
  CHECK(Problems(kGit, {{"operation", "push"}, {"count", "x"}}) ==
        "params.count must be integer, not string 'x'");
  CHECK(Problems(kGit, {{"operation", "push"}, {"count", 11}}) == "params.count must be at most 10");
}

TEST_CASE("one is told as one and several as several") {
  const char* schema = R"({"type":"object","properties":{"a":{"type":"array","minItems":1,"maxItems":2},
      "s":{"type":"string","minLength":2,"maxLength":3},"t":{"type":"string","maxLength":1}}})";
  CHECK(Problems(schema, {{"a", Json::array()}}) == "params.a must have at least 1 item");
  CHECK(Problems(schema, {{"a", {1, 2, 3}}}) == "params.a must have at most 2 items");
  CHECK(Problems(schema, {{"s", "x"}}) == "params.s must have at least 2 characters");
  CHECK(Problems(schema, {{"s", "xxxx"}}) == "params.s must have at most 3 characters");
  CHECK(Problems(schema, {{"t", "xx"}}) == "params.t must have at most 1 character");
}

TEST_CASE("all violations come at once in document order") {
  auto found = Compiled(kGit).Validate({{"operation", 3}, {"files", {1}}, {"x/y", 0}});
  REQUIRE(found.size() == 3);
  CHECK(found[0].pointer == "/files/0");
  CHECK(found[1].pointer == "/operation");
  CHECK(found[2].pointer == "/x~1y");
  CHECK(found[2].kind == Violation::Kind::kUnknown);
  CHECK(Describe({found[2]}, "") == "x/y is an unknown key");
}

TEST_CASE("the value of a secret is never in a message") {
  CHECK(Problems(kGit, {{"operation", "push"}, {"token", 12345}}).find("12345") == std::string::npos);
  CHECK(Problems(kGit, {{"operation", "push"}, {"token", "b"}}).find("did you mean") == std::string::npos);
}

TEST_CASE("defaults are filled in where members are absent") {
  Schema schema =
      Compiled(R"({"properties":{"a":{"default":1},"b":{"default":{},"properties":{"c":{"default":[]}}}},
    "additionalProperties":{"properties":{"d":{"default":"x"}}}})");
  CHECK(schema.WithDefaults({{"a", 2}, {"other", Json::object()}}) ==
        Json({{"a", 2}, {"b", {{"c", Json::array()}}}, {"other", {{"d", "x"}}}}));
  CHECK(schema.WithDefaults("text") == "text");
  CHECK(Compiled(R"({"items":{"properties":{"a":{"default":1}}}})").WithDefaults(Json::parse("[{}]")) ==
        Json::parse(R"([{"a":1}])"));
}

TEST_CASE("Compile refuses what it does not know and names every place") {
  CHECK(Refusal(R"({"propertys":{}})") ==
        "the schema: unknown keyword 'propertys' (did you mean 'properties'?)");
  CHECK(Refusal(R"({"properties":{"a":{"$ref":"#"},"b":{"type":"strin"}}})") ==
        "/properties/a: unknown keyword '$ref'; /properties/b/type: unknown type \"strin\" (did you mean "
        "'string'?)");
  CHECK(Refusal(R"j({"pattern":"(?=a)"})j").find("RE2") != std::string::npos);
  CHECK(Refusal(R"({"minLength":-1})").find("0 or more") != std::string::npos);
  CHECK(Refusal(R"({"minLength":1.5})").find("0 or more") != std::string::npos);
  CHECK(Refusal(R"({"enum":[]})").find("not empty") != std::string::npos);
  CHECK(Refusal(R"({"anyOf":{}})").find("list of schemas") != std::string::npos);
  CHECK(Refusal(R"({"items":[{}]})").find("by position") != std::string::npos);
  CHECK(Refusal(R"({"required":"a"})").find("list of names") != std::string::npos);
  CHECK(Refusal("[]").find("object") != std::string::npos);
}

TEST_CASE("a schema nested without end is refused") {
  Json schema = Json::object();
  for (int i = 0; i < 100; ++i) schema = Json{{"items", schema}};
  CHECK_FALSE(Schema::Compile(schema).ok());
}

TEST_CASE("a value that is wrong in very many places gets a bounded answer") {
  Json list = Json::array();
  for (int i = 0; i < 200000; ++i) list.push_back("x");
  auto found = Compiled(R"({"items":{"type":"integer"}})").Validate(list);
  CHECK(found.size() == 101);
  CHECK(found.back().message == "has more problems than are listed here");
}

TEST_CASE("uniqueness of a long list takes one pass") {
  Json list = Json::array();
  for (int i = 0; i < 100000; ++i) list.push_back(i);
  CHECK(Compiled(R"({"uniqueItems":true})").Validate(list).empty());
  list.push_back(5.0);
  CHECK(Compiled(R"({"uniqueItems":true})").Validate(list).size() == 1);
}

TEST_CASE("64-bit numbers compare exactly") {
  Schema schema = Compiled(R"({"maximum":9007199254740993})");
  CHECK(schema.Validate(9007199254740993).empty());
  CHECK_FALSE(schema.Validate(9007199254740994).empty());
  CHECK_FALSE(schema.Validate(18446744073709551615u).empty());
}

TEST_CASE("patterns are searched in linear time") {
  CHECK_FALSE(Compiled(R"j({"pattern":"^(a+)+$"})j").Validate(std::string(100000, 'a') + "b").empty());
}

TEST_CASE("alternatives say why none fits") {
  CHECK(Problems(R"({"oneOf":[{"type":"string"},{"type":"integer"}]})", true)
            .find("must be string, not boolean 'true'; or it must be integer") != std::string::npos);
  CHECK(Problems(R"({"oneOf":[{"minimum":1},{"minimum":2}]})", 3) ==
        "params fits 2 alternatives where it must fit exactly one");
}

TEST_CASE("alternatives of keys say which to give and which to leave out") {
  const char* one_of_two = R"({"oneOf":[{"required":["argv"]},{"required":["shell"]}]})";
  CHECK(Problems(one_of_two, Json::object()) == "params must have 'argv' or 'shell'");
  CHECK(Problems(one_of_two, {{"argv", 1}, {"shell", 2}}) ==
        "params must not have 'argv' and 'shell' together; leave one out");
  const char* not_both = R"({"anyOf":[{"properties":{"ms":false}},{"properties":{"s":false}}]})";
  CHECK(Problems(not_both, {{"ms", 1}, {"s", 2}}) ==
        "params must not have 'ms' and 's' together; leave one out");
  CHECK(Problems(R"({"anyOf":[{"required":["a"]},{"required":["b"]},{"required":["c"]}]})", Json::object()) ==
        "params must have 'a', 'b' or 'c'");
  const char* only_beside = R"({"oneOf":[{"properties":{"status":{"const":"blocked"}},"required":["status"]},
      {"properties":{"status":{"enum":["open","done"]},"reason":false}}]})";
  CHECK(Problems(only_beside, {{"reason", 1}}) ==
        "params must have 'status: blocked' or do without 'reason'");
  CHECK(Problems(only_beside, {{"reason", 1}, {"status", "done"}}) ==
        "params.reason is not allowed with status 'done'; it goes with 'blocked'");
}

TEST_CASE("the alternative that a value names or a type chooses is the one that is told") {
  const char* operations =
      R"({"required":["operation"],"properties":{"operation":{"enum":["push","merge","commit"]}},
      "anyOf":[{"properties":{"operation":{"const":"push"},"source":false,"files":false}},
               {"properties":{"operation":{"const":"merge"},"files":false},"required":["source"]},
               {"properties":{"operation":{"const":"commit"},"source":false}}]})";
  CHECK(Problems(operations, {{"operation", "merge"}}) ==
        "params lacks the required key 'source', needed with operation 'merge'");
  CHECK(Problems(operations, {{"operation", "push"}, {"files", 1}, {"source", 2}}) ==
        "params.files is not allowed with operation 'push'; it goes with 'commit'; "
        "params.source is not allowed with operation 'push'; it goes with 'merge'");
  // What is wrong with the name itself is not told twice.
  CHECK(Problems(operations, {{"operation", "psh"}}) ==
        "params.operation must be one of: push, merge, commit (did you mean 'push'?)");
  CHECK(Problems(operations, {{"files", 1}, {"source", 2}}) == "params lacks the required key 'operation'");
  CHECK(Problems(R"({"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]})", {"a", 1}) ==
        "params[1] must be string, not number '1'");
}

TEST_CASE("a text that does not match its pattern is told what it is to be") {
  const char* branch = R"({"type":"string","pattern":"^[a-z]+$","title":"the name of a branch"})";
  CHECK(Problems(branch, "a b") == "params must be the name of a branch, not 'a b'");
  CHECK(Problems(R"({"type":"string","pattern":"^[a-z]+$"})", "a b") ==
        "params must match the pattern ^[a-z]+$");
  CHECK(Problems(R"({"pattern":"^[a-z]+$","title":"a token","x-secret":true})", "a b") ==
        "params must be a token");
}

TEST_CASE("what is not known yet is no violation, and what holds whatever it is, is one") {
  auto problems = [](const char* schema, const Json& value,
                     const std::set<std::string, std::less<>>& unknown) {
    return Describe(Compiled(schema).Validate(value, unknown), "params");
  };
  CHECK(problems(kGit, {{"operation", "?"}, {"files", {"a", "?"}}}, {"/operation", "/files/1"}).empty());
  CHECK(problems(kGit, {{"operation", "?"}, {"count", 0}}, {"/operation"}) ==
        "params.count must be at least 1");
  CHECK(problems(kGit, {{"operation", "push"}, {"files", "?"}}, {""}).empty());
  CHECK(problems(R"({"properties":{"a":{"const":[1,2]}},"uniqueItems":true})", {{"a", {1, "?"}}}, {"/a/1"})
            .empty());
  CHECK(problems(R"({"uniqueItems":true})", {"?", "?"}, {"/0", "/1"}).empty());
  CHECK(problems(R"({"minItems":3})", {"?", "?"}, {"/0", "/1"}) == "params must have at least 3 items");

  const char* one_of_two = R"({"oneOf":[{"required":["argv"]},{"required":["shell"]}]})";
  CHECK(problems(one_of_two, {{"shell", "?"}}, {"/shell"}).empty());
  CHECK(problems(one_of_two, {{"shell", "?"}, {"argv", "?"}}, {"/shell", "/argv"}) ==
        "params must not have 'argv' and 'shell' together; leave one out");
  const char* by_value = R"({"oneOf":[{"properties":{"a":{"const":1}},"required":["b"]},
      {"properties":{"a":{"const":2},"b":false}}]})";
  CHECK(problems(by_value, {{"a", "?"}}, {"/a"}).empty());
  CHECK(problems(by_value, {{"a", "?"}, {"b", "?"}}, {"/a", "/b"}).empty());
  CHECK(problems(by_value, {{"a", 2}, {"b", "?"}}, {"/b"}) ==
        "params.b is not allowed with a '2'; it goes with '1'");
}

TEST_CASE("the names of the properties are known") {
  Schema schema = Compiled(kGit);
  CHECK(schema.PropertyNames() == std::vector<std::string>{"count", "files", "operation", "token"});
  CHECK(schema.HasProperty("files"));
  CHECK_FALSE(schema.HasProperty("file"));
  CHECK(schema.document()["type"] == "object");
}

}  // namespace mamc::schema
