#include "mamc/cli/table.hpp"

#include <catch2/catch.hpp>
#include <sstream>

using mamc::cli::Printable;
using mamc::cli::Table;

TEST_CASE("columns are aligned by characters and end without blanks") {
  Table table({"ID", "TITLE", ""});
  table.Add({"1", "Größe", "x"});
  table.Add({"22", "a", ""});
  std::ostringstream out;
  table.Print(out);
  CHECK(out.str() == "ID  TITLE\n1   Größe  x\n22  a\n");
}

TEST_CASE("a table without rows prints nothing") {
  std::ostringstream out;
  Table({"ID"}).Print(out);
  CHECK(out.str().empty());
}

TEST_CASE("what a terminal would obey is not printed") {
  CHECK(Printable("a\x1b[31mred\nb\tc\x7f") == "a [31mred b c ");
  CHECK(Printable(std::string("\xC2\x9B") + "31m") == " 31m");
  CHECK(Printable("é \xC2\xA9") == "é \xC2\xA9");
}

TEST_CASE("bytes that are not text do not break JSON") {
  std::ostringstream out;
  mamc::cli::PrintJson(out, {{"a", "\xff"}});
  CHECK(mamc::Json::parse(out.str()).at("a") == "\xEF\xBF\xBD");
}
