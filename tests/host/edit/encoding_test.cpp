// Files whose bytes are not UTF-8.
#include <catch2/catch.hpp>

#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

TEST_CASE("a file in another encoding is not written anew as UTF-8") {
  for (const std::string& before : {std::string("name = Gr\xfc\xdf"
                                                "e\nx = 1\n"),
                                    std::string("\xff\xfex\0=\0"
                                                "1\0\n\0",
                                                10)}) {
    test::TempDir dir;
    dir.Write("a.txt", before);
    const Report whole = Try(dir, "FILE: a.txt\n```\nname = Gruesse\nx = 2\n```\n");
    REQUIRE(whole.refused.size() == 1);
    CHECK(whole.refused[0].reason.find("is not UTF-8 text") != std::string::npos);
    CHECK(dir.Read("a.txt") == before);
  }
  test::TempDir dir;
  dir.Write("a.txt",
            "name = Gr\xfc\xdf"
            "e\nx = 1\n");
  CHECK(Try(dir, "a.txt\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n").ok());
  CHECK(dir.Read("a.txt") ==
        "name = Gr\xfc\xdf"
        "e\nx = 2\n");
}
