// A process that is killed while it applies an edit: its tree is the old one or the new one after the next
// call.
#include <unistd.h>

#include <catch2/catch.hpp>

#include "mamc/edit/apply.hpp"
#include "support/killed_writes.hpp"

using namespace mamc;
using namespace mamc::edit;
using test::Snapshot;
using test::SnapshotOf;
namespace fs = std::filesystem;

namespace {

bool ApplyAndKill(const Answer& answer, const fs::path& root, int n) {
  return test::KilledBeforeWrite(n, [&] {
    auto report = Apply(answer, root, {});
    ::_exit(report.ok() && report->ok() ? 0 : 1);
  });
}

// Old and new trees of the same edit, and how often each was found after a kill.
void KillEverywhere(bool in_git) {
  const Answer answer = ParseAnswer(test::FiftyEdits());
  REQUIRE(answer.problems.empty());
  test::TempDir dir;
  auto make = [&](const std::string& at) {
    test::MakeFortyFiles(dir, at);
    if (in_git) dir.Write(at + "/.git/HEAD", "ref: refs/heads/main\n");
  };
  make("old/tree");
  make("new/tree");
  auto report = Apply(answer, dir / "new/tree", {});
  REQUIRE(report.ok());
  INFO(report->feedback);
  REQUIRE(report->ok());
  const Snapshot before = SnapshotOf(dir / "old"), after = SnapshotOf(dir / "new");
  REQUIRE(before != after);
  int killed = 0, old_trees = 0, again = 0;
  for (bool more = true; more; ++killed) {
    fs::remove_all(dir / "now");
    make("now/tree");
    more = ApplyAndKill(answer, dir / "now/tree", killed + 1);
    REQUIRE(Recover(dir / "now/tree").ok());
    const Snapshot now = SnapshotOf(dir / "now");
    INFO("killed before writing call " << killed + 1);
    REQUIRE((now == before || now == after));
    if (now != before) continue;
    ++old_trees;
    if (killed % 5 != 0) continue;
    ++again;  // what was not begun can be done
    auto second = Apply(answer, dir / "now/tree", {});
    REQUIRE(second.ok());
    CHECK(second->ok());
    CHECK(SnapshotOf(dir / "now") == after);
  }
  --killed;
  WARN("killed before each of " << killed << " writing system calls: " << old_trees << " times the old tree, "
                                << killed - old_trees << " times the new one; applied again " << again
                                << " times");
  CHECK(killed > 60);
  CHECK(old_trees > 0);
}

}  // namespace

TEST_CASE("killed before every write the tree is the old one or the new one") {
  KillEverywhere(false);
}

TEST_CASE("killed before every write in a repository the tree is the old one or the new one") {
  KillEverywhere(true);
}

TEST_CASE("the same answer again after a kill is done and another one comes on top") {
  const Answer answer = ParseAnswer("FILE: a\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n");
  test::TempDir dir;
  dir.Write("tree/a", "one\n");
  // The third writing call is the one that writes the file: behind the record's creation and its bytes.
  REQUIRE(ApplyAndKill(answer, dir / "tree", 3));
  CHECK(dir.Read("tree/a") == "one\n");
  auto report = Apply(answer, dir / "tree", {});
  REQUIRE(report.ok());
  REQUIRE(report->ok());
  CHECK(report->applied.at(0).action == Action::kModified);
  CHECK(dir.Read("tree/a") == "two\n");
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("a record that names a file outside or was not completed changes nothing") {
  test::TempDir dir;
  dir.Write("tree/a", "one\n");
  auto record = [](const std::string& path) {
    return "mamc-edit-redo 1\n1 x1 w 420 0 " + std::to_string(path.size()) + " " + path + "4 bad\nend\n";
  };
  dir.Write(".tree.mamc-edit.redo", record("../b"));
  CHECK_FALSE(Recover(dir / "tree").ok());
  CHECK_FALSE(fs::exists(dir / "b"));
  dir.Write(".tree.mamc-edit.redo", record(".git/config"));
  CHECK_FALSE(Recover(dir / "tree").ok());
  dir.Write(".tree.mamc-edit.redo", record("a").substr(0, 40));
  CHECK(Recover(dir / "tree").ok());
  CHECK(dir.Read("tree/a") == "one\n");
  CHECK_FALSE(fs::exists(dir / ".tree.mamc-edit.redo"));
  dir.Write(".tree.mamc-edit.redo", record("a"));
  CHECK(Recover(dir / "tree").ok());
  CHECK(dir.Read("tree/a") == "bad\n");
}

TEST_CASE("what a model writes is never carried out as a record") {
  test::TempDir dir;
  dir.Write("tree/a", "one\n");
  const std::string record = "mamc-edit-redo 1\n1 x1 w 420 0 26 .github/workflows/evil.yml4 bad\nend\n";
  for (const char* name : {".mamc-edit.redo", "sub/.tree.mamc-edit.redo", ".SUB.Mamc-Edit.Redo"}) {
    auto report =
        Apply(ParseAnswer(std::string("FILE: ") + name + "\n```\n" + record + "```\n"), dir / "tree", {});
    REQUIRE(report.ok());
    CHECK_FALSE(report->ok());
  }
  dir.Write("tree/.mamc-edit.redo", record);  // committed, say
  CHECK(Recover(dir / "tree").ok());
  CHECK_FALSE(fs::exists(dir / "tree/.github"));
}

TEST_CASE("without a place for its record an edit is refused") {
  test::TempDir dir;
  const std::string tree(250, 't');  // a name that leaves none for the record beside it
  dir.Write(tree + "/a", "one\n");
  auto report = Apply(ParseAnswer("FILE: a\n```\ntwo\n```\n"), dir / tree, {});
  REQUIRE_FALSE(report.ok());
  CHECK(report.status().message().find("make one of these writable") != std::string::npos);
  CHECK(dir.Read(tree + "/a") == "one\n");
}

TEST_CASE("another name of a changed file keeps what it held") {
  test::TempDir dir;
  dir.Write("outside", "one\n");
  fs::create_directory(dir / "tree");
  fs::create_hard_link(dir / "outside", dir / "tree/a");
  auto report =
      Apply(ParseAnswer("FILE: a\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n"), dir / "tree", {});
  REQUIRE(report.ok());
  CHECK(dir.Read("tree/a") == "two\n");
  CHECK(dir.Read("outside") == "one\n");
}
