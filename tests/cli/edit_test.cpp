#include <catch2/catch.hpp>
#include <filesystem>

#include "program.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {
const std::string kAnswer = "a.c\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n";
}

TEST_CASE("edit apply changes a folder and explain does not") {
  Program program;
  program.dir.Write("tree/a.c", "one\n");
  program.dir.Write("answer.md", kAnswer);
  Ran explained = program.Run({"edit", "explain", "answer.md", "--root", "tree", "--json"});
  CHECK(explained.code == 0);
  CHECK(explained.json()["edits"][0]["place"] == 1);
  CHECK(explained.json()["edits"][0]["grade"] == "exact");
  CHECK(explained.json()["would_apply"][0]["path"] == "a.c");
  CHECK_FALSE(explained.json().contains("applied"));
  CHECK(program.dir.Read("tree/a.c") == "one\n");
  Ran applied = program.Run({"edit", "apply", "answer.md", "--root", "tree"});
  INFO(applied.err);
  CHECK(applied.code == 0);
  CHECK(applied.out == "modified a.c\n");
  CHECK(program.dir.Read("tree/a.c") == "two\n");
}

TEST_CASE("edit apply ends with 1 and advice when it was refused and nothing changed") {
  Program program;
  program.dir.Write("a.c", "three\n");
  program.dir.Write("answer.md", kAnswer + "FILE: b.c\n```\nx\n```\n");
  Ran ran = program.Run({"edit", "apply", "answer.md"});
  CHECK(ran.code == 1);
  CHECK(ran.out.empty());
  CHECK(Contains(ran.err, "do not send these again"));
  CHECK_FALSE(std::filesystem::exists(program.dir / "b.c"));
  Ran json = program.Run({"edit", "apply", "answer.md", "--json"});
  CHECK(json.code == 1);
  CHECK(json.json()["refused"][0]["path"] == "a.c");
}

TEST_CASE("edit apply without the answer or the folder is wrong use") {
  Program program;
  CHECK(program.Run({"edit", "apply", "none.md"}).code == 2);
  program.dir.Write("answer.md", kAnswer);
  CHECK(program.Run({"edit", "apply", "answer.md", "--root", "none"}).code == 2);
  CHECK(program.Run({"edit", "apply", "answer.md", "--allow", "everything"}).code == 2);
  Ran on_file = program.Run({"edit", "apply", "answer.md", "--root", "answer.md"});
  CHECK(on_file.code == 2);
  CHECK(Contains(on_file.err, "answer.md is no folder"));
}

TEST_CASE("edit needs neither a right configuration nor a state folder") {
  Program program;
  program.dir.Write("mamc.yaml", "bord: local\n");
  program.dir.Write("a.c", "one\n");
  program.dir.Write("answer.md", kAnswer);
  program.environment.erase("HOME");
  CHECK(program.Run({"edit", "apply", "answer.md"}).code == 0);
}

TEST_CASE("what a terminal would obey is not printed as it stands") {
  Program program;
  program.dir.Write("a.c", "one \x1B[2J\n\ttwo\n");
  program.dir.Write("answer.md",
                    "a.c\n<<<<<<< SEARCH\none \x1B]0;x\x07\n\ttwo\n=======\n2\n>>>>>>> REPLACE\n");
  Ran ran = program.Run({"edit", "apply", "answer.md"});
  CHECK(ran.code == 1);
  CHECK(ran.err.find_first_of("\x1B\x07") == std::string::npos);
  CHECK(Contains(ran.err, "\ttwo\n"));
}

TEST_CASE("edit --json tells a failure of the disk in JSON as well") {
  Program program;
  program.dir.Write("tree/a.c", "one\n");
  program.dir.Write(".tree.mamc-edit.redo/x", "");  // where the record would be written
  program.dir.Write("answer.md", kAnswer);
  Ran ran = program.Run({"edit", "apply", "answer.md", "--root", "tree", "--json"});
  CHECK(ran.code != 0);
  CHECK(!ran.json()["error"].get<std::string>().empty());
  CHECK(program.dir.Read("tree/a.c") == "one\n");
}
