#include "mamc/base/json.hpp"

#include <catch2/catch.hpp>
#include <limits>

namespace mamc {

TEST_CASE("JSON text with a duplicate key is refused by name") {
  auto result = ParseJson(R"({"a":1,"b":{"c":1,"c":2}})");
  REQUIRE_FALSE(result.ok());
  CHECK(result.status().message().find("duplicate key 'c'") != std::string::npos);
}

TEST_CASE("JSON nested deeper than the limit is refused") {
  std::string deep = std::string(65, '[') + std::string(65, ']');
  CHECK_FALSE(ParseJson(deep).ok());
  CHECK(ParseJson(deep.substr(1, 128)).ok());
  auto objects = [](int levels) {
    std::string text = "1";
    for (int i = 0; i < levels; ++i) text = "{\"a\":" + text + "}";
    return ParseJson(text);
  };
  CHECK(objects(64).ok());
  CHECK_FALSE(objects(65).ok());
}

TEST_CASE("JSON text of more bytes than the limit is refused with both numbers") {
  const JsonLimits limits{.max_bytes = 10};
  CHECK(ParseJson("[1,2,3,45]", limits).ok());
  auto refused = ParseJson("[1,2,3,456]", limits);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.status().code() == Code::kLimit);
  CHECK(refused.status().message() == "JSON text of 11 bytes exceeds the limit of 10");
}

TEST_CASE("trailing bytes and bad UTF-8 are not JSON") {
  CHECK_FALSE(ParseJson("{} x").ok());
  CHECK_FALSE(ParseJson("\"\xff\"").ok());
  CHECK_FALSE(ParseJson("").ok());
}

TEST_CASE("a dump has sorted keys and survives bytes that are not UTF-8") {
  Json value = {{"b", 1}, {"a", "\xff"}};
  CHECK(Dump(value) == "{\"a\":\"\xEF\xBF\xBD\",\"b\":1}");
}

TEST_CASE("a number that is not whole or outside the range is no integer") {
  const auto value = ParseJson(
      R"({"big": 1e93, "small": -1e93, "edge": 9223372036854775808, "half": 1.5, "two": 2.0, "low": -9223372036854775808})");
  REQUIRE(value.ok());
  for (const char* key : {"big", "small", "edge", "half"}) CHECK(GetInt(*value, key, 7) == 7);
  CHECK(GetInt(*value, "two") == 2);
  CHECK(GetInt(*value, "low") == std::numeric_limits<std::int64_t>::min());
}

}  // namespace mamc
