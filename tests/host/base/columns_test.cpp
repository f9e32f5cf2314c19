#include "mamc/base/columns.hpp"

#include <catch2/catch.hpp>

namespace mamc {

TEST_CASE("columns count the characters of their own line") {
  Columns columns("aä€\nb\n\xF0\x9F\x98\x80!");
  CHECK(columns.CharactersBefore(0, 0) == 0);
  CHECK(columns.CharactersBefore(0, 1) == 1);
  CHECK(columns.CharactersBefore(0, 3) == 2);
  CHECK(columns.CharactersBefore(0, 6) == 3);
  CHECK(columns.CharactersBefore(1, 1) == 1);
  CHECK(columns.CharactersBefore(2, 4) == 1);
  CHECK(columns.CharactersBefore(2, 5) == 2);
}

TEST_CASE("columns beyond the text count every byte") {
  Columns columns("ä");
  CHECK(columns.CharactersBefore(0, 3) == 2);
  CHECK(columns.CharactersBefore(7, 3) == 3);
  CHECK(Columns("").CharactersBefore(0, 0) == 0);
}

}  // namespace mamc
