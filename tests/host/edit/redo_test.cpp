// A process that is killed while it applies an edit: its tree is the old one or the new one after the next
// call.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>

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

struct Killed {
  int times = 0;
  int old_trees = 0;  // then it was applied again, some times
  int torn = 0;       // neither the old tree nor the new one, until it was recovered
};

using Make = std::function<void(const test::TempDir& dir, const std::string& at)>;

// Kills before each of the writing calls that the answer makes on a tree.
Killed KillEverywhere(const std::string& text, const Make& make) {
  const Answer answer = ParseAnswer(text);
  REQUIRE(answer.problems.empty());
  test::TempDir dir;
  make(dir, "old/tree");
  make(dir, "new/tree");
  auto report = Apply(answer, dir / "new/tree", {});
  REQUIRE(report.ok());
  INFO(report->feedback);
  REQUIRE(report->ok());
  const Snapshot before = SnapshotOf(dir / "old"), after = SnapshotOf(dir / "new");
  REQUIRE(before != after);
  Killed killed;
  for (bool more = true; more; ++killed.times) {
    fs::remove_all(dir / "now");
    make(dir, "now/tree");
    more = ApplyAndKill(answer, dir / "now/tree", killed.times + 1);
    const Snapshot left = SnapshotOf(dir / "now/tree");
    killed.torn += left != SnapshotOf(dir / "old/tree") && left != SnapshotOf(dir / "new/tree");
    REQUIRE(Recover(dir / "now/tree").ok());
    const Snapshot now = SnapshotOf(dir / "now");
    INFO("killed before writing call " << killed.times + 1);
    REQUIRE((now == before || now == after));
    if (now != before) continue;
    ++killed.old_trees;
    if (killed.times % 5 != 0) continue;
    auto second = Apply(answer, dir / "now/tree", {});  // what was not begun can be done
    REQUIRE(second.ok());
    CHECK(second->ok());
    CHECK(SnapshotOf(dir / "now") == after);
  }
  --killed.times;
  WARN("killed before each of " << killed.times << " writing system calls: " << killed.old_trees
                                << " times the old tree, " << killed.times - killed.old_trees
                                << " times the new one, which was half written " << killed.torn << " times");
  CHECK(killed.old_trees > 0);
  return killed;
}

std::string LineOfLongFile(int number) {
  return "line " + std::to_string(number) + " of a long file\n";
}

void MakeLongFile(const test::TempDir& dir, const std::string& at) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += LineOfLongFile(i);
  dir.Write(at + "/long.txt", text);
}

// Each is replaced by `instead`.
std::string EveryThousandthLine(const std::string& instead) {
  std::string answer;
  for (int i = 100; i < 20'000; i += 1'000)
    answer += "long.txt\n<<<<<<< SEARCH\n" + LineOfLongFile(i) + "=======\n" + instead + ">>>>>>> REPLACE\n";
  return answer;
}

}  // namespace

TEST_CASE("killed before every write the tree is the old one or the new one") {
  CHECK(KillEverywhere(test::FiftyEdits(), test::MakeFortyFiles).times > 60);
}

TEST_CASE("killed before every write in a repository the tree is the old one or the new one") {
  const Killed killed = KillEverywhere(test::FiftyEdits(), [](auto& dir, auto& at) {
    test::MakeFortyFiles(dir, at);
    dir.Write(at + "/.git/HEAD", "ref: refs/heads/main\n");
  });
  CHECK(killed.times > 60);
}

TEST_CASE("killed between the writes of a long file it is the old one or the new one") {
  const std::string instead = GENERATE("", "one line\nand more than there was\nin its place\n");
  CHECK(KillEverywhere(EveryThousandthLine(instead), MakeLongFile).torn > 5);
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
    return "mamc-edit-redo 3\n1 x1 w 420 0 " + std::to_string(path.size()) + " " + path +
           "1 4 one\n1 a 0 4 4 bad\nend\n";
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

TEST_CASE("a record whose parts are not in its texts changes nothing") {
  test::TempDir dir;
  auto recovered = [&](const std::string& parts) {
    dir.Write("tree/a", "one\n");
    dir.Write(".tree.mamc-edit.redo", "mamc-edit-redo 3\n1 x1 w 420 0 1 a1 4 one\n" + parts + "4 bad\nend\n");
    const bool ok = Recover(dir / "tree").ok();
    CHECK_FALSE(fs::exists(dir / ".tree.mamc-edit.redo"));
    CHECK(fs::exists(dir / ".tree.mamc-edit.redo.kept") == !ok);
    return dir.Read("tree/a");
  };
  CHECK(recovered("2 k 1 3 a 0 4 ") == "ne\nbad\n");
  const std::string parts = GENERATE("1 k 0 5 ", "1 k 5 0 ", "1 a 1 4 ", "2 k 2 2 k 0 2 ", "2 a 0 2 a 0 2 ",
                                     "1 k 18446744073709551615 2 ", "1 k 2 18446744073709551615 ", "9 k 0 1 ",
                                     "1000000000000000000 a 0 0 ");
  INFO(parts);
  CHECK(recovered(parts) == "one\n");
}

namespace {

const char* const kTwoFiles =
    "a.c\n<<<<<<< SEARCH\none\n=======\nONE\n>>>>>>> REPLACE\n"
    "b.c\n<<<<<<< SEARCH\ntwo\n=======\nTWO\n>>>>>>> REPLACE\nDELETE: c.c\nFILE: d/n.c\n```\nnew\n```\n";

// A tree whose edit was killed when its record was whole and nothing else was written.
void Interrupt(const test::TempDir& dir) {
  dir.Write("tree/a.c", "one\n");
  dir.Write("tree/b.c", "two\n");
  dir.Write("tree/c.c", "three\n");
  REQUIRE(ApplyAndKill(ParseAnswer(kTwoFiles), dir / "tree", 3));
  REQUIRE(dir.Read("tree/a.c") == "one\n");
}

}  // namespace

TEST_CASE("what a person has changed since the kill is not written over") {
  test::TempDir dir;
  Interrupt(dir);
  const auto [path, text] = GENERATE(table<std::string, std::string>({{"a.c", "my own work\n"},
                                                                      {"a.c", "on\n"},
                                                                      {"a.c", "ONE\nand more\n"},
                                                                      {"c.c", "my own work\n"},
                                                                      {"d/n.c", "my own work\n"}}));
  dir.Write("tree/" + path, text);
  const Snapshot tree = SnapshotOf(dir / "tree");
  auto report = Apply(ParseAnswer(kTwoFiles), dir / "tree", {});
  REQUIRE_FALSE(report.ok());
  const std::string message = report.status().message();
  INFO(message);
  CHECK(message.find("'" + path + "'") != std::string::npos);
  CHECK(SnapshotOf(dir / "tree") == tree);
  const std::string kept = (dir / ".tree.mamc-edit.redo.kept").string();
  CHECK(message.find("moved to " + fs::canonical(kept).string() + ":") != std::string::npos);
  CHECK(dir.Read(".tree.mamc-edit.redo.kept").find("ONE") != std::string::npos);
  CHECK(Recover(dir / "tree").ok());  // it is said once
  CHECK(SnapshotOf(dir / "tree") == tree);
}

TEST_CASE("a file that a person has deleted since the kill does not come back") {
  test::TempDir dir;
  Interrupt(dir);
  fs::remove(dir / "tree/b.c");
  REQUIRE_FALSE(Recover(dir / "tree").ok());
  CHECK_FALSE(fs::exists(dir / "tree/b.c"));
  CHECK(dir.Read("tree/a.c") == "one\n");
}

TEST_CASE("an interrupted edit that is completed is told") {
  test::TempDir dir;
  Interrupt(dir);
  fs::remove(dir / "tree/c.c");    // as the edit would
  dir.Write("tree/a.c", "ONe\n");  // written in part
  auto report = Explain(ParseAnswer("DELETE: none.c\n"), dir / "tree", {});
  REQUIRE(report.ok());
  CHECK_FALSE(report->ok());
  REQUIRE(report->recovered.size() == 4);
  CHECK(report->recovered[0].path == "a.c");
  CHECK(report->recovered[0].action == Action::kModified);
  CHECK(dir.Read("tree/a.c") == "ONE\n");
  CHECK(dir.Read("tree/d/n.c") == "new\n");
  CHECK(Explain(ParseAnswer("DELETE: none.c\n"), dir / "tree", {})->recovered.empty());
}

TEST_CASE("a record of another version is kept and not carried out") {
  test::TempDir dir;
  dir.Write("tree/a", "one\n");
  const char* const first = "mamc-edit-redo 1\n1 x1 w 420 0 1 a4 bad\nend\n";
  const char* const second = "mamc-edit-redo 2\n1 x1 w 420 0 1 a1 4 one\n4 bad\nend\n";
  for (const char* record : {first, second, "mamc-edit-redo 4\nwhatever"}) {
    dir.Write(".tree.mamc-edit.redo", record);
    auto recovered = Recover(dir / "tree");
    REQUIRE_FALSE(recovered.ok());
    CHECK(recovered.status().message().find("another version") != std::string::npos);
    CHECK(dir.Read("tree/a") == "one\n");
  }
  CHECK(dir.Read(".tree.mamc-edit.redo.kept") == first);
  CHECK(dir.Read(".tree.mamc-edit.redo.kept.2") == second);
  CHECK(dir.Read(".tree.mamc-edit.redo.kept.3") == "mamc-edit-redo 4\nwhatever");
  for (const char* cut : {"mamc-edit-redo 1\n1 x1 w 420", "mamc-edit-redo 2\n1 x1 w 420"}) {
    dir.Write(".tree.mamc-edit.redo", cut);  // nothing had been written
    CHECK(Recover(dir / "tree").ok());
    CHECK_FALSE(fs::exists(dir / ".tree.mamc-edit.redo"));
  }
}

TEST_CASE("a damaged record is kept and told and one that was cut is not") {
  test::TempDir dir;
  Interrupt(dir);
  const auto tree = SnapshotOf(dir / "tree");
  const std::string record = dir.Read(".tree.mamc-edit.redo");
  const std::string damaged = record.substr(0, record.size() / 2) + record.substr(record.size() / 2 + 1);
  dir.Write(".tree.mamc-edit.redo", damaged);
  auto recovered = Recover(dir / "tree");
  REQUIRE_FALSE(recovered.ok());
  CHECK(recovered.status().message().find("its record is damaged") != std::string::npos);
  CHECK(dir.Read(".tree.mamc-edit.redo.kept") == damaged);

  dir.Write(".tree.mamc-edit.redo", record.substr(0, record.size() - 1));
  CHECK(Recover(dir / "tree").ok());
  CHECK_FALSE(fs::exists(dir / ".tree.mamc-edit.redo"));
  CHECK(SnapshotOf(dir / "tree") == tree);
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
