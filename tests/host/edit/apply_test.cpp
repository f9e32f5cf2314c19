#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "support/cpu_time.hpp"
#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;
namespace fs = std::filesystem;

namespace {

std::string BlockFor(const std::string& path, const std::string& search, const std::string& replace) {
  return path + "\n```\n<<<<<<< SEARCH\n" + search + "=======\n" + replace + ">>>>>>> REPLACE\n```\n";
}

// While it lives, no file can grow beyond a few kilobytes: root meets this limit as everybody does.
class FullDisk {
 public:
  FullDisk() : before_handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit small{4096, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, before_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*before_handler_)(int);
  rlimit before_{};
};

bool Says(const Report& report, const std::string& words) {
  return report.feedback.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("two edits that differ in the mode alone are not taken for one said twice") {
  test::TempDir dir;
  dir.Write("run.sh", "x\n");
  Try(dir,
      "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"
      "diff --git a/run.sh b/run.sh\nold mode 100755\nnew mode 100644\n");
  struct stat info {};
  REQUIRE(::stat((dir / "run.sh").c_str(), &info) == 0);
  CHECK((info.st_mode & 0111) == 0);
}

TEST_CASE("an answer that edits a file and deletes it is refused") {
  test::TempDir dir;
  dir.Write("a.c", "one\ntwo\n");
  Report report = Try(dir, BlockFor("a.c", "two\n", "2\n") + "DELETE: a.c\n");
  CHECK(Says(report, "deletes it"));
  CHECK(dir.Read("a.c") == "one\ntwo\n");
}

TEST_CASE("an answer that deletes a file and makes it anew is refused") {
  test::TempDir dir;
  dir.Write("a.c", "one\ntwo\n");
  for (const std::string& made :
       {BlockFor("a.c", "", "three\n"), std::string("--- /dev/null\n+++ b/a.c\n@@ -0,0 +1 @@\n+three\n"),
        std::string("FILE: a.c\n```\nthree\n```\n")}) {
    CHECK_FALSE(Try(dir, "DELETE: a.c\n" + made).ok());
    CHECK(dir.Read("a.c") == "one\ntwo\n");
  }
}

TEST_CASE(
    "a place that is far from the lines is not taken where nearer ones leave out another part of the file") {
  test::TempDir dir;
  const std::string before =
      "\tsize_t count = 0;\n\t/*\n\t * the encoding of a number is at most one byte more than its\n"
      "\t * storage size.  however, it may also be much smaller.\n\t */\n\tdata = evbuffer_pullup(\n"
      "\t\tevbuf, len < sizeof(number) + 1 ? len : sizeof(number) + 1);\n\tif (!data)\n\t\treturn (-1);\n"
      "\twhile (count++ < len) {\n\t\tif (shift >= 28) {\n\t\t\t/* Make sure it fits into 32 bits */\n"
      "\t\t\t\treturn (-1);\n\nmod utils;\n";
  dir.Write("a.c", before);
  Report report =
      Try(dir,
          "--- a/a.c\n+++ b/a.c\n@@ -1,4 +1,5 @@\n pub use self::source::GitSource;\n"
          " pub use self::utils::{fetch, GitCheckout, GitDatabase, GitRemote};\n \tsize_t count = 0;\n ...\n"
          " \t * the encoding of a number is at most one byte more than its\n"
          " \t * storage size.  however, it may also be much smaller.\n \t */\n \tdata = evbuffer_pullup(\n"
          "-\t\tevbuf, len < sizeof(number) + 1 ? len : sizeof(number) + 1);\n \tif (!data)\n"
          " \t\treturn (-1);\n \n-\twhile (count++ < len) {\n \t\tev_uint8_t lowest = *data++;\n"
          " \t\tif (shift >= 28) {\n \t\t\t/* Make sure it fits into 32 bits */\n \t\t\t\treturn (-1);\n"
          " \t\t}\n \t\tnumber |= (lower & (unsigned)0x7f) << shift;\n");
  CHECK(Says(report, "would leave out reaches into another part of the file"));
  CHECK(dir.Read("a.c") == before);
}

TEST_CASE("blocks of several files apply together and say what they did") {
  test::TempDir dir;
  dir.Write("src/a b.c", "one\ntwo\nthree\n");
  Report report = Try(dir, BlockFor("`src/a b.c`", "two\n", "2\n2b\n") + BlockFor("new/ü.txt", "", "neu\n") +
                               BlockFor("`src/a b.c`", "three\n", ""));
  INFO(report.feedback);
  REQUIRE(report.ok());
  CHECK(dir.Read("src/a b.c") == "one\n2\n2b\n");
  CHECK(dir.Read("new/ü.txt") == "neu\n");
  REQUIRE(report.applied.size() == 2);
  CHECK(report.applied[0].action == Action::kCreated);
  CHECK(report.applied[1].action == Action::kModified);
}

TEST_CASE("one edit that does not fit leaves everything as it was and explains") {
  test::TempDir dir;
  dir.Write("a.c", "int alpha;\nint beta;\nint gamma;\n");
  Report report = Try(dir, BlockFor("a.c", "int alpha;\n", "long alpha;\n") +
                               BlockFor("a.c", "int beta ;\nint gamma;\n", "x\n"));
  CHECK_FALSE(report.ok());
  CHECK(report.applied.empty());
  CHECK(dir.Read("a.c") == "int alpha;\nint beta;\nint gamma;\n");
  CHECK(Says(report, "3| int gamma;"));
  CHECK(Says(report, "do not send these again"));
  CHECK(Says(report, "These fit"));
}

TEST_CASE("two equally good places are refused with their lines") {
  test::TempDir dir;
  dir.Write("a.c", "x\ny\nx\n");
  Report report = Try(dir, BlockFor("a.c", "x\n", "z\n"));
  CHECK_FALSE(report.ok());
  CHECK(Says(report, "at lines 1, 3"));
}

TEST_CASE("new lines that may belong behind a line that was left out are refused") {
  test::TempDir dir;
  const std::string before =
      "int f() {\n  if (empty()) {\n    // Nothing here.\n    release(head);\n  }\n}\n";
  dir.Write("a.c", before);
  auto diff = [](const std::string& changed) {
    return "```diff\n--- a/a.c\n+++ b/a.c\n@@ -1,6 +1,8 @@\n int f() {\n   if (empty()) {\n" + changed +
           "   }\n }\n```\n";
  };
  // Before or after release(head)?
  Report report =
      Try(dir, diff("-    // Nothing here.\n+    // Free it and forget it.\n+    head = nullptr;\n"));
  CHECK_FALSE(report.ok());
  CHECK(Says(report, "the place of the new lines is not certain"));
  CHECK(dir.Read("a.c") == before);
  // As many as go have their place.
  REQUIRE(Try(dir, diff("-    // Nothing here.\n+    // Free it.\n")).ok());
  CHECK(dir.Read("a.c").find("    // Free it.\n    release(head);\n") != std::string::npos);
}

TEST_CASE("an indentation that the file shows to be another is refused") {
  test::TempDir dir;
  const std::string before = "run()\n{\n\tif x; then\n\t\tcall a \\\n\t\t    b\n\t\tend\n\tfi\n}\n";
  dir.Write("a.sh", before);
  // Twelve spaces are two tabs and four spaces there, and no third tab.
  Report report =
      Try(dir,
          "```diff\n--- a/a.sh\n+++ b/a.sh\n@@ -3,5 +3,7 @@\n     if x; then\n         call a \\\n"
          "             b\n         end\n+        call c \\\n+            d\n     fi\n }\n```\n");
  CHECK_FALSE(report.ok());
  CHECK(Says(report, "indentation"));
  CHECK(dir.Read("a.sh") == before);
}

TEST_CASE("an exact place wins over one that differs in trailing spaces") {
  test::TempDir dir;
  dir.Write("a.c", "x  \nx\n");
  CHECK(Try(dir, BlockFor("a.c", "x\n", "z\n")).ok());
  CHECK(dir.Read("a.c") == "x  \nz\n");
  dir.Write("b.c", "if (a) \t\n  b;\n");
  CHECK(Try(dir, BlockFor("b.c", "if (a)\n  b;\n", "c;\n")).ok());
  CHECK(dir.Read("b.c") == "c;\n");
}

TEST_CASE("line ends and byte order mark and a missing last newline are kept") {
  test::TempDir dir;
  dir.Write("crlf.txt", "\xEF\xBB\xBFone\r\ntwo\r\nthree");
  CHECK(Try(dir, BlockFor("crlf.txt", "two\nthree\n", "2\n3\n")).ok());
  CHECK(dir.Read("crlf.txt") == "\xEF\xBB\xBFone\r\n2\r\n3");
  CHECK(Try(dir, "FILE: crlf.txt\n```\na\nb\n```\n").ok());
  CHECK(dir.Read("crlf.txt") ==
        "\xEF\xBB\xBF"
        "a\r\nb");
}

TEST_CASE("the executable bit is kept and deletion and no change are told apart") {
  test::TempDir dir;
  fs::permissions(dir.Write("run.sh", "a\n"), fs::perms::owner_all);
  dir.Write("old.txt", "x\n");
  dir.Write("same.txt", "s\n");
  Report report =
      Try(dir, BlockFor("run.sh", "a\n", "b\n") + "DELETE: old.txt\nFILE: same.txt\n```\ns\n```\n");
  REQUIRE(report.ok());
  CHECK((fs::status(dir / "run.sh").permissions() & fs::perms::owner_exec) != fs::perms::none);
  CHECK_FALSE(fs::exists(dir / "old.txt"));
  CHECK(ActionName(report.applied[0].action) == "deleted");
  CHECK(ActionName(report.applied[2].action) == "unchanged");
}

TEST_CASE("no path leads out of the tree or into git") {
  test::TempDir outside;
  outside.Write("target.txt", "safe\n");
  const fs::path tree = outside / "tree";
  fs::create_directories(tree / "src");
  fs::create_directory_symlink(outside.path(), tree / "link");
  fs::create_symlink(outside / "target.txt", tree / "file-link");
  REQUIRE(::mkfifo((tree / "pipe").c_str(), 0600) == 0);
  const std::string absolute = (outside / "new.txt").string();
  const std::vector<std::string> wrong_words = {absolute,      "../new.txt",   "src/../../new.txt", "src//x",
                                                ".git/config", ".GIT/hooks/a", "sub/.Git/config",   ".git./x",
                                                "git~1/x",     "a\\..\\b"};
  for (const std::string& path : wrong_words) {
    INFO(path);
    CHECK_FALSE(PathRefusal(path, {}).empty());
  }
  CHECK(PathRefusal(absolute, {}).find("absolute") != std::string::npos);
  std::vector<std::string> paths = {"link/target.txt", "link/new.txt", "file-link", "pipe", "src"};
  paths.insert(paths.end(), wrong_words.begin(), wrong_words.end());
  for (const std::string& path : paths) {
    INFO(path);
    auto report = Apply(ParseAnswer("FILE: " + path + "\n```\nowned\n```\n"), tree, {});
    REQUIRE(report.ok());
    REQUIRE_FALSE(report->ok());
    CHECK(report->refused[0].path == path);
  }
  CHECK(outside.Read("target.txt") == "safe\n");
  CHECK_FALSE(fs::exists(absolute));
  CHECK_FALSE(fs::exists(tree / ".git"));
}

TEST_CASE("CI files and hooks and secrets need permission of their own") {
  test::TempDir dir;
  auto answer = [](const std::string& path) { return "FILE: " + path + "\n```\nx\n```\n"; };
  CHECK_FALSE(Try(dir, answer(".github/workflows/ci.yml")).ok());
  CHECK_FALSE(Try(dir, answer(".husky/pre-commit")).ok());
  CHECK_FALSE(Try(dir, answer("config/.env.production")).ok());
  CHECK_FALSE(Try(dir, answer("server.KEY")).ok());
  CHECK(Try(dir, answer(".env.example")).ok());
  Policy policy;
  CHECK_FALSE(Try(dir, answer("debian/postinst")).ok());
  policy.allow_ci = policy.allow_hooks = policy.allow_secrets = policy.allow_install = true;
  CHECK(Try(dir, answer("debian/postinst"), policy).ok());
  CHECK(Try(dir, answer(".github/workflows/ci.yml"), policy).ok());
  CHECK(Try(dir, answer(".husky/pre-commit"), policy).ok());
  CHECK(Try(dir, answer(".env"), policy).ok());
}

TEST_CASE("allowed paths and blocked extensions and the size limit are held") {
  test::TempDir dir;
  Policy policy;
  policy.allowed_paths = {"src/", "README.md"};
  policy.blocked_extensions = {".exe"};
  policy.max_file_bytes = 10;
  CHECK(Try(dir, "FILE: src/a\n```\nx\n```\n", policy).ok());
  CHECK_FALSE(Try(dir, "FILE: srcs/a\n```\nx\n```\n", policy).ok());
  CHECK_FALSE(Try(dir, "FILE: src/a.EXE\n```\nx\n```\n", policy).ok());
  CHECK_FALSE(Try(dir, "FILE: src/b\n```\n0123456789\n```\n", policy).ok());
  CHECK_FALSE(fs::exists(dir / "src/b"));
  policy.max_total_bytes = 12;  // of all files of the answer
  CHECK(Try(dir, "FILE: src/c\n```\n01234\n```\nFILE: src/d\n```\n0123\n```\n", policy).ok());
  const Report together =
      Try(dir, "FILE: src/e\n```\n0123456\n```\nFILE: src/f\n```\n0123456\n```\n", policy);
  CHECK(Says(together, "larger than 12 bytes together"));
  CHECK_FALSE(fs::exists(dir / "src/e"));
}

TEST_CASE("a path cannot become a file and a folder") {
  test::TempDir dir;
  Report report = Try(dir, "FILE: a\n```\nx\n```\nFILE: a/b/c\n```\ny\n```\n");
  CHECK_FALSE(report.ok());
  CHECK(Says(report, "'a'"));
  CHECK(fs::is_empty(dir.path()));
}

TEST_CASE("a set that cannot be written leaves no half and no temporary file") {
  test::TempDir dir;
  dir.Write("old", "as it was\n");
  const std::string large(64 << 10, 'y');
  const Answer answer =
      ParseAnswer("FILE: a\n```\nx\n```\nDELETE: old\nFILE: new/folder/b\n```\n" + large + "\n```\n");
  REQUIRE(answer.edits.size() == 3);
  Result<Report> report = Internal("not tried");
  {
    FullDisk full;
    report = Apply(answer, dir.path(), {});
  }
  CHECK_FALSE(report.ok());
  CHECK(dir.Read("old") == "as it was\n");
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("what was written before a file that cannot be written goes back") {
  test::TempDir dir;
  dir.Write("tree/old", "as it was\n");
  dir.Write("tree/z", "as it was\n");
  fs::create_hard_link(dir / "tree/z", dir / "other name");  // so it cannot be written in place
  fs::create_directory(dir / "tree/.mamc-edit.new");         // nor beside it
  auto report =
      Apply(ParseAnswer("FILE: a\n```\nx\n```\nDELETE: old\nFILE: z\n```\ny\n```\n"), dir / "tree", {});
  CHECK_FALSE(report.ok());
  CHECK_FALSE(fs::exists(dir / "tree/a"));
  CHECK(dir.Read("tree/old") == "as it was\n");
  CHECK(dir.Read("other name") == "as it was\n");
}

TEST_CASE("a search of many equal lines is linear") {
  auto seconds = [](std::size_t lines, const std::string& last) {
    test::TempDir dir;
    std::string many;
    for (std::size_t i = 0; i < lines; ++i) many += "x\n";
    dir.Write("a.txt", many + "end\n");
    // Half as many: it lies at as many places, or at none but for its last line.
    const std::string answer = BlockFor("a.txt", many.substr(0, lines) + last, "z\n");
    return test::CpuSeconds([&] { CHECK_FALSE(Try(dir, answer).ok()); });
  };
  for (const std::string last : {"", "x \n", " x\n", "y\n"}) {
    const double small = seconds(2000, last), large = seconds(16000, last);
    INFO("'" << last << "': 2 000 lines: " << small << " s, 16 000 lines: " << large << " s");
    // A quadratic search would take 64 times as long.
    CHECK(large < small * 24);
  }
}

TEST_CASE("blocks that change lines beside each other are applied in one pass whatever their order") {
  auto apply = [](int lines, bool backwards) {
    test::TempDir dir;
    std::string file, wanted, answer;
    for (int i = 0; i < lines; ++i) {
      const std::string line = "line " + std::to_string(i),
                        block = BlockFor("a.txt", line + "\n", "new " + line + "\n");
      file += line + "\n";
      wanted += "new " + line + "\n";
      answer = backwards ? block + answer : answer + block;
    }
    dir.Write("a.txt", file);
    CHECK(Try(dir, answer).ok());
    CHECK(dir.Read("a.txt") == wanted);
  };
  apply(4, false);
  apply(4, true);
  apply(8000, false);  // each on the text of all before it is more than an answer has
}

TEST_CASE("a heading without a folder changes a file and makes none") {
  test::TempDir dir;
  dir.Write("a.c", "x\n");
  CHECK(Try(dir, "### a.c\n```\nx\ny\n```\n").ok());
  CHECK_FALSE(Try(dir, "### Node.js\n```\nnpm i\n```\n").ok());
  CHECK(Try(dir, "FILE: Node.js\n```\nnpm i\n```\n").ok());
}

TEST_CASE("a diff whose numbers say that there are lines before its own makes no file") {
  test::TempDir dir;
  CHECK_FALSE(Try(dir, "--- a/src/gone.py\n+++ b/src/gone.py\n@@ -10,0 +11 @@\n+x = 1\n").ok());
  CHECK_FALSE(std::filesystem::exists(dir.path() / "src/gone.py"));
  CHECK(Try(dir, "--- a/src/new.py\n+++ b/src/new.py\n@@ -0,0 +1 @@\n+x = 1\n").ok());
}

TEST_CASE("a comment that says without dots that code was left out is refused") {
  test::TempDir dir;
  dir.Write("a.c", "x\ny\n");
  CHECK_FALSE(Try(dir, "FILE: a.c\n```\nz\n// rest of the code remains the same\n```\n").ok());
  CHECK_FALSE(Try(dir, BlockFor("a.c", "x\ny\n", "z\n# rest of the function unchanged\n")).ok());
  CHECK(Try(dir, BlockFor("a.c", "x\n", "x\n// the rest is sorted\n")).ok());
}
