#include "mamc/config/dotenv.hpp"

#include <catch2/catch.hpp>

using mamc::config::DotEnv;
using mamc::config::ParseDotEnv;

namespace {

std::string ValueIn(const std::string& text, const std::string& name = "X") {
  DotEnv parsed = ParseDotEnv(text, ".env");
  INFO(text);
  REQUIRE(parsed.problems.empty());
  REQUIRE(parsed.entries.count(name) == 1);
  return parsed.entries.at(name).value;
}

}  // namespace

TEST_CASE("a value ends before its trailing comment") {
  CHECK(ValueIn("X=1   # comment") == "1");
  CHECK(ValueIn("X=# all comment") == "");
  CHECK(ValueIn("X='a # b' # comment") == "a # b");
  CHECK(ValueIn("X=http://host/page#part") == "http://host/page#part");
}

TEST_CASE("single quotes are literal and double quotes have escapes") {
  CHECK(ValueIn(R"(X='{"context":60000}')") == R"({"context":60000})");
  CHECK(ValueIn(R"(X='a\nb')") == R"(a\nb)");
  CHECK(ValueIn(R"(X="a\n\"b\" \\ \$HOME \w")") == "a\n\"b\" \\ $HOME \\w");
  CHECK(ValueIn("X=\"two\nlines\"\nY=1") == "two\nlines");
}

TEST_CASE("nothing is expanded") {
  CHECK(ValueIn("X=$HOME/`id`$(id)") == "$HOME/`id`$(id)");
  CHECK(ValueIn("X=\"$HOME\"") == "$HOME");
}

TEST_CASE("export prefixes, blank lines, comments, CRLF and a byte order mark are taken") {
  CHECK(ValueIn("\xEF\xBB\xBF# head\r\n\r\n  export  X = 1 \r\n") == "1");
  CHECK(ValueIn("exported=2", "exported") == "2");
  CHECK(ParseDotEnv("A=1\nB=2\nA=3", ".env").entries.at("A").line == 3);
}

TEST_CASE("every wrong line is reported with its number") {
  DotEnv parsed = ParseDotEnv("A\n1B=2\nC='x' y\nOK=1\nD=\"open", "x/.env");
  REQUIRE(parsed.problems.size() == 4);
  CHECK(parsed.problems[0] == "x/.env:1: NAME=VALUE is expected");
  CHECK(parsed.problems[1] == "x/.env:2: '1B' is no name of a variable");
  CHECK(parsed.problems[2] == "x/.env:3: unexpected text after the closing quote of C");
  CHECK(parsed.problems[3] == "x/.env:5: the quote of D is never closed");
  CHECK(parsed.entries.size() == 1);
}

TEST_CASE("bytes that are not text are refused") {
  CHECK(ParseDotEnv("A=\xff\xfe", ".env").problems.size() == 1);
  CHECK(ParseDotEnv(std::string("A=1\0", 4), ".env").problems.size() == 1);
}
