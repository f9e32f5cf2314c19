// Commands of a shell beside edits: they are not run, so what they would do to the repository is told of.
#include <filesystem>

#include "try_answer.hpp"

using namespace mamc::edit;

namespace {

std::string Shell(const std::string& line) {
  return "Then run:\n\n```bash\n" + line + "\n```\n";
}

}  // namespace

TEST_CASE("commands that change files of the repository are told of") {
  for (const auto& [line, advice] : std::vector<std::pair<std::string, std::string>>{
           {"rm old.py", "DELETE: old.py"},
           {"$ rm -f src/old.py", "DELETE: src/old.py"},
           {"cd x && rm \"old.py\"", "DELETE: old.py"},
           {"mv old.py new.py", "rename from"},
           {"touch pkg/__init__.py", "FILE: pkg/__init__.py"},
           {"mkdir -p pkg && touch pkg/__init__.py", "FILE: pkg/__init__.py"},
           {"cat > new.py << 'EOF'\nx = 1\nEOF", "FILE: new.py"},
           {"cat <<EOF >new.py\nx = 1\nEOF", "FILE: new.py"},
           {"echo requests >> requirements.txt", "FILE: requirements.txt"},
           {"chmod +x run.sh", "new mode 100755"},
           {"sed -i 's/a/b/' b.py", "SEARCH/REPLACE"}}) {
    INFO(line);
    CHECK_THAT(ProblemBehindAnEdit(Shell(line)), Catch::Contains(advice));
    CHECK_THAT(ProblemBehindAnEdit("```\n" + line + "\n```\n"), Catch::Contains(advice));
    // As a text of a program it is none.
    CHECK(ProblemBehindAnEdit("It calls:\n```python\n" + line + "\n```\n").empty());
  }
  CHECK_THAT(ProblemBehindAnEdit("Then run `rm old.py`.\n"), Catch::Contains("DELETE: old.py"));
  CHECK_THAT(ProblemBehindAnEdit("`chmod +x run.sh`\n"), Catch::Contains("new mode 100755"));
}

TEST_CASE("commands that build and try what was changed are examples") {
  for (const char* line :
       {"rm -rf build", "rm -f *.pyc", "rm build/a.py", "rm /tmp/a.py", "mkdir -p pkg",
        "pytest tests/test_a.py", "pip install -r requirements.txt", "cp .env.example .env",
        "python app.py > /tmp/out.txt", "cat a.py", "sed -n 1,5p a.py", "chmod 644 a.py", "echo done",
        "grep -rn mv a.py", "touch $HOME/a.py"}) {
    INFO(line);
    CHECK(ProblemBehindAnEdit(Shell(line)).empty());
  }
  CHECK(ProblemBehindAnEdit("To test it:\n```bash\ncat > in.txt <<EOF\n1\nEOF\npython a.py in.txt\n```\n")
            .empty());
  CHECK(ProblemBehindAnEdit("It then removes it with `rm old.py`.\n").empty());
  CHECK(ProblemBehindAnEdit("The script calls `rm old.py` at its end.\n").empty());
}

TEST_CASE("a command whose work an edit does is no problem") {
  CHECK(ProblemBehindAnEdit("DELETE: old.py\n\n" + Shell("rm old.py")).empty());
  CHECK(ProblemBehindAnEdit(Shell("rm old.py") + "\nDELETE: src/old.py\n").empty());
  CHECK(ProblemBehindAnEdit("FILE: new.py\n```\nx = 1\n```\n" + Shell("touch new.py")).empty());
  CHECK(ProblemBehindAnEdit("```diff\ndiff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n```\n" +
                            Shell("chmod +x run.sh"))
            .empty());
}

TEST_CASE("a file that the answer makes and a command makes executable is made so") {
  mamc::test::TempDir dir;
  REQUIRE(Try(dir, "FILE: run.sh\n```\nmake\n```\n" + Shell("chmod +x run.sh")).ok());
  const auto mode = std::filesystem::status(dir / "run.sh").permissions();
  CHECK((mode & std::filesystem::perms::owner_exec) != std::filesystem::perms::none);
}

TEST_CASE("a deletion or renaming is not done by an edit that only has the name") {
  const std::string made = "FILE: core/old.py\n```\nx = 1\n```\n";
  CHECK_FALSE(ProblemBehindAnEdit(made + Shell("rm old.py")).empty());
  CHECK_FALSE(ProblemBehindAnEdit(made + "Delete `old.py`.\n").empty());
  CHECK_FALSE(ProblemBehindAnEdit("Rename `a.py` to `c.py`.\n").empty());
  CHECK(ProblemBehindAnEdit("DELETE: old.py\n\n" + made + "Move `old.py` to `core/old.py`.\n").empty());
}

TEST_CASE("commands that clean up or take a sample are examples") {
  CHECK_FALSE(ProblemBehindAnEdit(Shell("rm example.py")).empty());
  CHECK_FALSE(ProblemBehindAnEdit(Shell("rm config.sample.json")).empty());
  for (const char* command : {"rm -rf node_modules package-lock.json", "mv config.sample.json config.json"}) {
    INFO(command);
    CHECK(ProblemBehindAnEdit(Shell(command)).empty());
  }
}
