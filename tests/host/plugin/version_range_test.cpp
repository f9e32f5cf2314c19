#include "version_range.hpp"

#include <catch2/catch.hpp>

namespace mamc::plugin {
namespace {

bool Within(const std::string& version, const std::string& range) {
  auto parsed = ParseVersion(version);
  auto bounds = VersionRange::Parse(range);
  REQUIRE(parsed.has_value());
  REQUIRE(bounds.ok());
  return bounds->Contains(*parsed);
}

}  // namespace

TEST_CASE("a caret lets change what is right of the first number that is not zero") {
  CHECK(Within("1.2.0", "^1.2"));
  CHECK(Within("1.99.0", "^1.2"));
  CHECK_FALSE(Within("1.1.9", "^1.2"));
  CHECK_FALSE(Within("2.0.0", "^1.2"));
  CHECK(Within("0.2.7", "^0.2"));
  CHECK_FALSE(Within("0.3.0", "^0.2"));
  CHECK(Within("0.0.3", "^0.0.3"));
  CHECK_FALSE(Within("0.0.4", "^0.0.3"));
  CHECK(Within("0.9.0", "^0"));
  CHECK_FALSE(Within("1.0.0", "^0"));
}

TEST_CASE("a tilde lets the patch change and with one number the minor") {
  CHECK(Within("1.2.9", "~1.2"));
  CHECK(Within("1.2.9", "~1.2.3"));
  CHECK_FALSE(Within("1.2.2", "~1.2.3"));
  CHECK_FALSE(Within("1.3.0", "~1.2"));
  CHECK(Within("1.9.0", "~1"));
  CHECK_FALSE(Within("2.0.0", "~1"));
}

TEST_CASE("all terms of a range must hold") {
  CHECK(Within("2.9.9", ">=1.0 <3"));
  CHECK_FALSE(Within("3.0.0", ">=1.0 <3"));
  CHECK_FALSE(Within("0.9.0", ">=1.0 <3"));
  CHECK(Within("1.3.0", ">1.2"));
  CHECK_FALSE(Within("1.2.9", ">1.2"));
  CHECK(Within("1.2.9", "<=1.2"));
  CHECK_FALSE(Within("1.3.0", "<=1.2"));
  CHECK(Within("1.2.4", ">1.2.3"));
  CHECK_FALSE(Within("1.2.3", ">1.2.3"));
}

TEST_CASE("a bare version is exact in the numbers that it gives") {
  CHECK(Within("1.4.2", "1.4.2"));
  CHECK_FALSE(Within("1.4.3", "1.4.2"));
  CHECK(Within("1.4.3", "1.4"));
  CHECK_FALSE(Within("1.5.0", "=1.4"));
  CHECK(Within("7.0.0", ""));
  CHECK(Within("7.0.0", "*"));
}

TEST_CASE("a prerelease comes before its release and is not let in from above") {
  CHECK(Compare(*ParseVersion("1.0.0-rc.1"), *ParseVersion("1.0.0")) < 0);
  CHECK(Compare(*ParseVersion("1.0.0-rc.2"), *ParseVersion("1.0.0-rc.10")) < 0);
  CHECK(Compare(*ParseVersion("1.0.0-alpha"), *ParseVersion("1.0.0-alpha.1")) < 0);
  CHECK(Compare(*ParseVersion("1.0.0-1"), *ParseVersion("1.0.0-a")) < 0);
  CHECK(Compare(*ParseVersion("1.0.0+a"), *ParseVersion("1.0.0+b")) == 0);
  CHECK_FALSE(Within("2.0.0-rc.1", "^1.2"));
  CHECK_FALSE(Within("1.2.0-rc.1", "^1.2"));
  CHECK(Within("2.0.0-rc.1", ">=2.0.0-beta"));
}

TEST_CASE("what is no version is refused") {
  const std::string text = GENERATE(as<std::string>(), "", "1", "1.2", "1.2.3.4", "1.02.3", "v1.2.3", "1.2.x",
                                    "1.2.3-", "1.2.3-a..b", "1..2", "1.2.", "18446744073709551615.0.0",
                                    "99999999999999999999.0.0", "-1.0.0");
  CAPTURE(text);
  CHECK_FALSE(ParseVersion(text).has_value());
}

TEST_CASE("what is no range is refused and the term is named") {
  const std::string text =
      GENERATE(as<std::string>(), "^", "=>1.2", "^1.2 || ^2", "1.2-rc", ">", "latest", "^^1.2", ">= 1.2");
  CAPTURE(text);
  auto range = VersionRange::Parse(text);
  REQUIRE_FALSE(range.ok());
  CHECK(range.status().message().find("in the version range '" + text + "'") != std::string::npos);
}

}  // namespace mamc::plugin
