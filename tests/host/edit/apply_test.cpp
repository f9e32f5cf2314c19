#include "mamc/edit/apply.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::edit;
namespace fs = std::filesystem;

namespace {

Report Try(const test::TempDir& dir, const std::string& answer, const Policy& policy = {}) {
  auto report = Apply(ParseAnswer(answer), dir.path(), policy);
  INFO((report.ok() ? "" : report.status().message()));
  REQUIRE(report.ok());
  return *report;
}

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
  const std::vector<std::string> wrong_words = {
      absolute,       "../new.txt",      "src/../../new.txt", "./x",     "src//x",  ".git/config",
      ".GIT/hooks/a", "sub/.Git/config", ".git./x",           "git~1/x", "a\\..\\b"};
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
  policy.allow_ci = policy.allow_hooks = policy.allow_secrets = true;
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
    auto begin = std::chrono::steady_clock::now();
    // Half as many: it lies at as many places, or at none but for its last line.
    Report report = Try(dir, BlockFor("a.txt", many.substr(0, lines) + last, "z\n"));
    CHECK_FALSE(report.ok());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  for (const std::string last : {"", "x \n", " x\n", "y\n"}) {
    double small = seconds(10000, last), large = seconds(100000, last);
    INFO("'" << last << "': 10 000 lines: " << small << " s, 100 000 lines: " << large << " s");
    // A quadratic search would take a hundred times as long; the wide margin is for a busy machine.
    CHECK(large < small * 40);
  }
}
