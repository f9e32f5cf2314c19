#include "mamc/base/diff_paths.hpp"

#include <catch2/catch.hpp>

using namespace mamc;

TEST_CASE("the files of a diff are those of its headings") {
  CHECK(FilesOfDiff("diff --git a/src/a.c b/src/a.c\n--- a/src/a.c\n+++ b/src/a.c\n@@ -1 +1 @@\n"
                    "+diff --git a/not.c b/not.c\n"
                    "diff --git a/two words.c b/two words.c\nnew file mode 100644\n"
                    "diff --git a/x b/x.c b/x b/x.c\n"
                    "diff --git a/old.c b/dir/new.c\nrename from old.c\n"
                    "diff --git a/last.c b/last.c") ==
        std::vector<std::string>{"src/a.c", "two words.c", "x b/x.c", "dir/new.c", "last.c"});
  CHECK(FilesOfDiff("").empty());
  CHECK(FilesOfDiff("diff --git a/a.c b/a.c\ndiff --git \"a/\\303\\274.c\" \"b/\\303\\274.c\"\n").empty());
  CHECK(FilesOfDiff("diff --git a/\ndiff --git a/ b/\nno diff at all").empty());
}

TEST_CASE("a file of a diff is meant however a reader writes its path") {
  const std::vector<std::string> files = {"src/a.c", "src/b.c", "tests/b.c", "a/d.c", "d.c"};
  for (const char* path : {"src/a.c", "./src/a.c", "a/src/a.c", "b/src/a.c", "a.c"})
    CHECK(FileMeant(path, files) == "src/a.c");
  CHECK(FileMeant("a/d.c", files) == "a/d.c");
  CHECK(FileMeant("d.c", files) == "d.c");
  for (const char* path : {"", ".", "b.c", "c", ".c", "src", "src/a.c.c", "/src/a.c", "other.c"})
    CHECK(FileMeant(path, files) == "");
}
