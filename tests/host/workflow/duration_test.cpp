#include <catch2/catch.hpp>

#include "fake_names.hpp"

namespace mamc::workflow {
namespace {

std::int64_t Ms(const Json& value, bool guessed = false) {
  bool guessed_ms = !guessed;
  auto duration = ParseDuration(value, &guessed_ms);
  INFO(value);
  REQUIRE(duration.ok());
  CHECK(guessed_ms == guessed);
  return *duration;
}

}  // namespace

TEST_CASE("durations with a unit are exact") {
  CHECK(Ms("90s") == 90'000);
  CHECK(Ms("5m") == 300'000);
  CHECK(Ms("1h") == 3'600'000);
  CHECK(Ms("250ms") == 250);
  CHECK(Ms("1.5s") == 1'500);
  CHECK(Ms("20000s") == 20'000'000);
}

TEST_CASE("bare numbers are seconds below 10000 and milliseconds from 60000") {
  CHECK(Ms(1800) == 1'800'000);
  CHECK(Ms(9999) == 9'999'000);
  CHECK(Ms("30") == 30'000);
  CHECK(Ms(60000, true) == 60'000);
  CHECK(Ms(300000, true) == 300'000);
}

TEST_CASE("what could mean either or nothing is refused") {
  for (const Json& value : {Json(10000), Json(59999), Json(0), Json(-5), Json("5 m"), Json("5d"), Json(""),
                            Json("m"), Json("-1s"), Json("0ms"), Json("nan"), Json("inf"), Json(true),
                            Json(nullptr), Json("1e9s"), Json(1e300), Json("99999999h")}) {
    INFO(value);
    CHECK_FALSE(ParseDuration(value).ok());
  }
  CHECK(ParseDuration(10000).status().message() ==
        "the duration 10000 could mean seconds or milliseconds; write \"90s\", \"5m\", \"1h\" or \"250ms\"");
}

}  // namespace mamc::workflow
