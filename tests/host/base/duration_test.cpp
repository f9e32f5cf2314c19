#include "mamc/base/duration.hpp"

#include <catch2/catch.hpp>

#include "mamc/base/json.hpp"

using mamc::Json;
using mamc::ParseDuration;

TEST_CASE("a length of time with a unit means what it says") {
  CHECK(*ParseDuration("250ms") == 250);
  CHECK(*ParseDuration("90s") == 90'000);
  CHECK(*ParseDuration("1.5m") == 90'000);
  CHECK(*ParseDuration("1h") == 3'600'000);
  CHECK(*ParseDuration("20000s") == 20'000'000);
}

TEST_CASE("a bare number is seconds when small and milliseconds when large") {
  bool guessed = true;
  CHECK(*ParseDuration(1800, &guessed) == 1'800'000);
  CHECK_FALSE(guessed);
  CHECK(*ParseDuration(300000, &guessed) == 300'000);
  CHECK(guessed);
  CHECK(*ParseDuration("60", &guessed) == 60'000);
}

TEST_CASE("a bare number that could be either asks for a unit") {
  for (const Json& value : {Json(10000), Json(59999), Json("30000")}) {
    auto result = ParseDuration(value);
    REQUIRE_FALSE(result.ok());
    CHECK(result.status().message().find("could mean seconds or milliseconds") != std::string::npos);
  }
}

TEST_CASE("what is no length of time is refused") {
  for (const Json& value : {Json("soon"), Json("5d"), Json("1 h"), Json(""), Json(-1), Json("1e9h"), Json(0), Json("nan"),
                            Json("infs"), Json("9999h"), Json(nullptr), Json::array()}) {
    CHECK_FALSE(ParseDuration(value).ok());
  }
}
