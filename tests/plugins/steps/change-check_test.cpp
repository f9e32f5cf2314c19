#include <mamc/workspace.h>

#include <map>
#include <optional>

#include "support/git_fixture.hpp"
#include "support/real_process.hpp"

namespace mamc::test {
namespace {

using Texts = std::map<std::string, std::optional<std::string>>;

// A repository whose base has these files, and what is found when a run's branch has changed them so.
struct ChangedRepository {
  ChangedRepository(const Texts& base, const Texts& changes) {
    git.OthersCheckOut("main");
    for (const auto& [path, text] : base) WriteText(git.others() / path, *text);
    git.Git(git.others(), {"add", "-A"});
    git.Git(git.others(), {"commit", "-q", "--allow-empty", "-m", "base"});
    git.OthersPublish("main");
    const Json prepared = Ask(MAMC_WORKSPACE_PREPARE,
                              {{"repo", git.remote().string()}, {"base", "main"}, {"branch", "task/1"}});
    workspace = {{"path", prepared["path"]}, {"base_commit", prepared["base_commit"]}};
    tree = prepared["path"].get<std::string>();
    for (const auto& [path, text] : changes) {
      if (text)
        WriteText(tree / path, *text);
      else
        std::filesystem::remove(tree / path);
    }
    Ask(MAMC_WORKSPACE_COMMIT,
        {{"message", "change"}, {"author", {{"name", "A"}, {"email", "a@example.com"}}}, {"time_ms", 1}});
  }

  Json Ask(std::uint32_t verb, Json input) const {
    if (!input.contains("id")) input["id"] = "1";
    PluginDriver workspaces(plugin::Kind::kWorkspace, "git", {{"project_base", git.project_base().string()}});
    workspaces.serve_spawn = false;
    const plugin::Outcome outcome = WaitServingSpawn(workspaces, workspaces.Start(verb, input));
    INFO(outcome.json);
    REQUIRE(outcome.code == Code::kOk);
    return Json::parse(outcome.json);
  }
  Json Check(const Json& params = Json::object(), const Json& project = Json::object()) const {
    PluginDriver driver(plugin::Kind::kStep, "change-check");
    return driver.RunStep(params, {{"project", project}, {"workspace", workspace}}).result();
  }

  GitFixture git;
  std::filesystem::path tree;
  Json workspace;
};

const char kPython[] =
    "from calc import add\n\ndef test_add():\n    assert add(1, 2) == 3\n\ndef test_minus():\n    assert "
    "add(1, -2) == -1\n";

TEST_CASE("a change that breaks no rule passes, and the tests it brings are told") {
  ChangedRepository repository(
      {{"calc.py", "def add(a, b):\n    return a\n"}, {"tests/test_calc.py", kPython}},
      {{"calc.py", "def add(a, b):\n    return a + b\n"},
       {"tests/test_calc.py", std::string(kPython) + "\ndef test_zero():\n    assert add(0, 0) == 0\n"}});
  const Json result = repository.Check({{"must_change", true}});
  CHECK(result == Json({{"status", "pass"},
                        {"findings", Json::array()},
                        {"output", ""},
                        {"tests_added", Json::array({"test_zero"})}}));
}

TEST_CASE("tests that are gone, skipped, emptied or made to pass are found") {
  struct Row {
    const char* name;
    Texts base, changes;
    const char *rule, *file;
    const char* said;  // a part of the finding
  };
  const Row rows[] = {
      {"a file of tests is deleted",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py", std::nullopt}},
       "tests",
       "tests/test_calc.py",
       "was deleted: test_add, test_minus"},
      {"a test is deleted",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py", "def test_add():\n    assert add(1, 2) == 3\n"}},
       "tests",
       "tests/test_calc.py",
       "tests are gone: test_minus"},
      {"a new test stands for an old one",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py", "def test_add():\n    assert add(1, 2) == 3\n"},
        {"tests/test_new.py", "def test_new():\n    assert new() == 3\n"}},
       "tests",
       "tests/test_calc.py",
       "tests are gone: test_minus"},
      {"a new check stands for an old one",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py",
         "def test_add():\n    pass\n\ndef test_minus():\n    assert add(1, -2) == -1\n"},
        {"tests/test_new.py", "def test_new():\n    assert new() == 3\n"}},
       "tests",
       "tests/test_calc.py",
       "check less than before"},
      {"a test becomes a comment",
       {{"a_test.go", "func TestA(t *testing.T) {\n}\nfunc TestB(t *testing.T) {\n}\n"}},
       {{"a_test.go", "func TestA(t *testing.T) {\n}\n// func TestB(t *testing.T) {\n// }\n"}},
       "tests",
       "a_test.go",
       "TestB"},
      {"a test becomes a long comment",
       {{"tests/t.c", "void test_a(void) {\n  CHECK(a());\n}\n"}},
       {{"tests/t.c", "/*\nvoid test_a(void) {\n  CHECK(a());\n}\n*/\n"}},
       "tests",
       "tests/t.c",
       "test_a"},
      {"tests become an indented comment",
       {{"a.test.js", "describe('a', () => {\n  it('adds', () => {});\n});\n"}},
       {{"a.test.js", "describe('a', () => {\n  /*\n  it('adds', () => {});\n  */\n});\n"}},
       "tests",
       "a.test.js",
       "adds"},
      {"tests become a text",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py", "'''\n" + std::string(kPython) + "'''\n"}},
       "tests",
       "tests/test_calc.py",
       "test_add, test_minus"},
      {"all tests of a file are skipped",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py",
         "import pytest\npytestmark = pytest.mark.skip(reason='x')\n" + std::string(kPython)}},
       "tests",
       "tests/test_calc.py",
       "pytest.mark.skip"},
      {"a script of tests leaves early",
       {{"tests/run.sh", "./a || exit 1\n"}},
       {{"tests/run.sh", "exit 0\n./a || exit 1\n"}},
       "test-command",
       "tests/run.sh",
       "exit 0"},
      {"another shell runs the recipes",
       {{"Makefile", "test: all\n\t./run-tests\n"}},
       {{"Makefile", "SHELL = /bin/true\ntest: all\n\t./run-tests\n"}},
       "test-command",
       "Makefile",
       "SHELL"},
      {"the command is an argument",
       {{"Makefile", "test: all\n\t./run-tests\n"}},
       {{"Makefile", "test: all\n\ttrue ./run-tests\n"}},
       "test-command",
       "Makefile",
       "./run-tests"},
      {"a test is not compiled any more",
       {{"tests/t.c", "void test_a(void) {\n  CHECK(a());\n}\n"}},
       {{"tests/t.c", "#if 0\nvoid test_a(void) {\n  CHECK(a());\n}\n#endif\n"}},
       "tests",
       "tests/t.c",
       "test_a"},
      {"a Rust test within the code is gone",
       {{"src/lib.rs", "fn a() {}\n#[test]\nfn works() {\n    assert!(true);\n}\n"}},
       {{"src/lib.rs", "fn a() {}\n"}},
       "tests",
       "src/lib.rs",
       "works"},
      {"a file of tests without names is deleted",
       {{"tests/run.sh", "check \"$(./a)\" = 3 || exit 1\n[ -e b ]\n"}},
       {{"tests/run.sh", std::nullopt}},
       "tests",
       "tests/run.sh",
       "a file of tests was deleted"},
      {"pytest skips",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py", "import pytest\n@pytest.mark.skip\n" + std::string(kPython)}},
       "tests",
       "tests/test_calc.py",
       "'@pytest.mark.skip' keeps a test from being run"},
      {"jest skips",
       {{"a.test.js", "it('adds', () => {});\n"}},
       {{"a.test.js", "it.skip('adds', () => {});\n"}},
       "tests",
       "a.test.js",
       "'it.skip'"},
      {"one test alone is run",
       {{"a.test.ts", "it('adds', () => {});\nit('b', () => {});\n"}},
       {{"a.test.ts", "it.only('adds', () => {});\nit('b', () => {});\n"}},
       "tests",
       "a.test.ts",
       "'it.only'"},
      {"Jasmine skips",
       {{"a.spec.js", "it('adds', () => {});\n"}},
       {{"a.spec.js", "xit('adds', () => {});\n"}},
       "tests",
       "a.spec.js",
       "keeps a test from being run"},
      {"Catch2 hides",
       {{"tests/a.cpp", "TEST_CASE(\"a\") {\n}\n"}},
       {{"tests/a.cpp", "TEST_CASE(\"a\", \"[.]\") {\n}\n"}},
       "tests",
       "tests/a.cpp",
       "[."},
      {"Go skips",
       {{"a_test.go", "func TestA(t *testing.T) {\n}\n"}},
       {{"a_test.go", "func TestA(t *testing.T) {\n\tt.Skip(\"later\")\n}\n"}},
       "tests",
       "a_test.go",
       "'t.Skip('"},
      {"Rust ignores",
       {{"src/lib.rs", "#[test]\nfn works() {}\n"}},
       {{"src/lib.rs", "#[test]\n#[ignore]\nfn works() {}\n"}},
       "tests",
       "src/lib.rs",
       "'#[ignore'"},
      {"GoogleTest skips",
       {{"a_test.cpp", "TEST(A, B) { f(); }\n"}},
       {{"a_test.cpp", "TEST(A, DISABLED_B) { f(); }\n"}},
       "tests",
       "a_test.cpp",
       "'DISABLED_B"},
      {"JUnit skips",
       {{"src/test/java/ATest.java", "class ATest {\n  @Test void adds() {}\n}\n"}},
       {{"src/test/java/ATest.java", "class ATest {\n  @Disabled\n  @Test void adds() {}\n}\n"}},
       "tests",
       "src/test/java/ATest.java",
       "'@Disabled'"},
      {"a test checks less",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py",
         "def test_add():\n    assert add(1, 2) == 3\n\ndef test_minus():\n    pass\n"}},
       "tests",
       "tests/test_calc.py",
       "check less than before: 1 checks where there were 2"},
      {"the exit code is thrown away",
       {{"Makefile", "test: all\n\t./run-tests\n"}},
       {{"Makefile", "test: all\n\t./run-tests || true\n"}},
       "test-command",
       "Makefile",
       "'|| true' makes the tests pass"},
      {"make is to go on",
       {{"Makefile", "test: all\n\t./run-tests\n"}},
       {{"Makefile", "test: all\n\t-./run-tests\n"}},
       "test-command",
       "Makefile",
       "'./run-tests'"},
      {"another command runs",
       {{"Makefile", "test: all\n\t@./run-tests\n"}},
       {{"Makefile", "test: all\n\t@echo all tests pass\n"}},
       "test-command",
       "Makefile",
       "the command './run-tests', by which the tests are run, is another one now"},
      {"the command is only shown",
       {{"Makefile", "test: all\n\t./run-tests\n"}},
       {{"Makefile", "test: all\n\techo ./run-tests\n"}},
       "test-command",
       "Makefile",
       "./run-tests"},
      {"npm runs something else",
       {{"package.json", R"({"scripts": {"test": "jest"}})"}},
       {{"package.json", R"({"scripts": {"test": "echo ok"}})"}},
       "test-command",
       "package.json",
       "the script 'test'"},
      {"the tests leave early",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py", "import sys\nprint('all tests pass')\nsys.exit(0)\n" + std::string(kPython)}},
       "test-command",
       "tests/test_calc.py",
       "'sys.exit(0)'"},
      {"pytest leaves tests out",
       {{"pytest.ini", "[pytest]\n"}},
       {{"pytest.ini", "[pytest]\naddopts = --deselect tests/test_calc.py::test_add\n"}},
       "test-command",
       "pytest.ini",
       "'--deselect'"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    ChangedRepository repository(row.base, row.changes);
    const Json result = repository.Check();
    INFO(result.dump(1));
    CHECK(result["status"] == "fail");
    REQUIRE(result["findings"].size() >= 1);
    const Json& finding = result["findings"][0];
    CHECK(finding["rule"] == row.rule);
    CHECK(finding["file"] == row.file);
    CHECK(finding["severity"] == "blocking");
    CHECK(finding["text"].get<std::string>().find(row.said) != std::string::npos);
    CHECK(repository.Check({{"allow", {row.rule}}})["status"] == "pass");
  }
}

TEST_CASE("what honest changes do to tests is no finding") {
  struct Row {
    const char* name;
    Texts base, changes;
  };
  const Row rows[] = {
      {"a test moves to another file",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py", "def test_add():\n    assert add(1, 2) == 3\n"},
        {"tests/test_minus.py", "def test_minus():\n    assert add(1, -2) == -1\n"}}},
      {"a file of tests gets another name",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py", std::nullopt}, {"tests/test_add.py", kPython}}},
      {"a test gets another name",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py",
         "def test_sum():\n    assert add(1, 2) == 3\n\ndef test_minus():\n    assert add(1, -2) == -1\n"}}},
      {"an expectation is another one",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py",
         "def test_add():\n    assert add(1, 2) == 4\n\ndef test_minus():\n    assert add(1, -2) == -1\n"}}},
      {"a skipped test is run again",
       {{"a.test.js", "it.skip('adds', () => {});\n"}},
       {{"a.test.js", "it('adds', () => {});\n"}}},
      {"words that look like marks",
       {{"tests/test_calc.py", kPython}},
       {{"tests/test_calc.py", std::string(kPython) + "\ndef test_fit():\n    skip = 3\n    model.fit(skip)\n"
                                                      "    assert re.match('[.]', '.')\n"}}},
      {"a recipe does more",
       {{"Makefile", "test: all\n\tcc -o t t.c\n\t./t\n"}},
       {{"Makefile", "test: all\n\tcc -o t t.c u.c\n\t./t\n\t./u\n"}}},
      {"a script for tests is added",
       {{"package.json", R"({"name": "a"})"}},
       {{"package.json", R"({"name": "a", "scripts": {"test": "jest"}})"}}},
      {"scripts and hooks that run no test may fail",
       {{"deploy.sh", "docker stop app\n"}, {"package.json", R"({"scripts": {"prepare": "husky"}})"}},
       {{"deploy.sh", "docker stop app || true\n"},
        {"package.json", R"({"scripts": {"prepare": "husky || true"}})"}}},
      {"a child of a test ends",
       {{"tests/t.c", "void test_a(void) {\n  CHECK(a());\n}\n"}, {"tests/test_app.py", kPython}},
       {{"tests/t.c", "void test_a(void) {\n  CHECK(a());\n  if (!fork()) _exit(0);\n}\n"},
        {"tests/test_app.py", std::string(kPython) + "    app.exit()\n"}}},
      {"tests come where npm had put a word for none",
       {{"package.json", R"({"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}})"}},
       {{"package.json", R"({"scripts": {"test": "jest"}})"}}},
      {"a new test ends as it should",
       {{"a.c", "int a;\n"}},
       {{"tests/new.sh", "[ -e a ] || exit 1\nexit 0\n"}}},
      {"the code checks less",
       {{"src/a.c", "int f(int a) {\n  assert(a);\n  return check(a);\n}\n"}},
       {{"src/a.c", "int f(int a) {\n  return a;\n}\n"}}},
      {"the program exits",
       {{"src/main.c", "int main(void) {}\n"}},
       {{"src/main.c", "int main(void) { exit(0); }\n"}}},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const Json result = ChangedRepository(row.base, row.changes).Check();
    INFO(result.dump(1));
    CHECK(result["status"] == "pass");
  }
}

TEST_CASE("protected files, secrets, conflict marks and files of a monstrous size are found") {
  const std::string token = "ghp_" + std::string(36, 'a');
  struct Row {
    const char* name;
    Texts base, changes;
    const char *rule, *file;
    int line;
  };
  const Row rows[] = {
      {"CI",
       {{".github/workflows/test.yml", "on: push\n"}},
       {{".github/workflows/test.yml", "on: never\n"}},
       "protected",
       ".github/workflows/test.yml",
       0},
      {"a hook is new", {}, {{".githooks/pre-commit", "true\n"}}, "protected", ".githooks/pre-commit", 0},
      {"of the project's own list",
       {{"LICENSE", "MIT\n"}},
       {{"LICENSE", "mine\n"}},
       "protected",
       "LICENSE",
       0},
      {"a token", {{"a.c", "int a;\n"}}, {{"a.c", "int a;\n// " + token + "\n"}}, "secrets", "a.c", 2},
      {"a key", {}, {{"notes.txt", "-----BEGIN RSA PRIVATE KEY-----\nabc\n"}}, "secrets", "notes.txt", 1},
      {"a password in a URL",
       {},
       {{"db.py", "URL = 'postgres://app:hunter2@db/shop'\n"}},
       "secrets",
       "db.py",
       1},
      {"a named value",
       {},
       {{"config.js", "const apiKey = \"a8f3k2n5q9r1s7t4\";\n"}},
       "secrets",
       "config.js",
       1},
      {"a token in a test",
       {},
       {{"tests/test_a.py", "t = '" + token + "'\n"}},
       "secrets",
       "tests/test_a.py",
       1},
      {"a conflict",
       {{"a.c", "int a;\n"}},
       {{"a.c", "<<<<<<< ours\nint a;\n=======\nint b;\n>>>>>>> theirs\n"}},
       "conflict-markers",
       "a.c",
       1},
      {"a large file", {}, {{"dump.bin", std::string((1 << 20) + 1, '\0')}}, "size", "dump.bin", 0},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    ChangedRepository repository(row.base, row.changes);
    const Json result = repository.Check(Json::object(), {{"protected", {"LICENSE"}}});
    INFO(result.dump(1));
    CHECK(result["status"] == "fail");
    REQUIRE(result["findings"].size() == 1);
    CHECK(result["findings"][0]["rule"] == row.rule);
    CHECK(result["findings"][0]["file"] == row.file);
    CHECK(result["findings"][0].value("line", 0) == row.line);
    // What is told goes into prompts and logs.
    CHECK(result["output"].get<std::string>().find("ghp_") == std::string::npos);
    CHECK(repository.Check({{"allow", {row.rule}}})["status"] == "pass");
  }
}

TEST_CASE("what only looks like a secret or a conflict is no finding") {
  const Texts changes = {
      {"config.py",
       "password = os.environ['DB_PASSWORD']\napi_key = \"your-api-key-1234\"\ntoken = next(tokens)\n"},
      {"tests/test_login.py", "def test_login():\n    assert login(password=\"s3cretPassw0rd99\")\n"},
      {"notes.md", "Title\n=======\n\n>>>>>>> quoted\n"},
      {"url.md", "https://example.com:8080/a@b\n"},
  };
  const Json result = ChangedRepository({}, changes).Check();
  INFO(result.dump(1));
  CHECK(result["status"] == "pass");
}

TEST_CASE("a change of what is downloaded is told as advice") {
  const Json result =
      ChangedRepository({{"go.mod", "module a\n"}}, {{"go.mod", "module a\nrequire b v1\n"}}).Check();
  CHECK(result["status"] == "pass");
  REQUIRE(result["findings"].size() == 1);
  CHECK(result["findings"][0]["severity"] == "advice");
  CHECK(result["findings"][0]["rule"] == "dependencies");
}

TEST_CASE("an empty change is refused where something must be changed") {
  ChangedRepository repository({{"a.c", "int a;\n"}}, {});
  CHECK(repository.Check()["status"] == "pass");
  const Json result = repository.Check({{"must_change", true}});
  CHECK(result["status"] == "fail");
  CHECK(result["findings"][0]["rule"] == "empty");
}

TEST_CASE("what the base has got meanwhile and the branch has taken in is no change of the branch") {
  ChangedRepository repository({{"tests/test_calc.py", kPython}}, {});
  const GitFixture& git = repository.git;
  git.OthersPush("main", "tests/test_calc.py", "def test_add():\n    assert True\n");
  const std::string old_base = repository.workspace["base_commit"];
  git.Git(git.remote(), {"update-ref", "refs/heads/task/2", old_base});
  git.OthersPush("task/2", "a.c", "int a;\n");
  git.Git(git.others(), {"merge", "-q", "-m", "base", git.RemoteCommit("main")});
  git.OthersPublish("task/2");
  const Json prepared =
      repository.Ask(MAMC_WORKSPACE_PREPARE,
                     {{"id", "2"}, {"repo", git.remote().string()}, {"base", "main"}, {"branch", "task/2"}});
  repository.workspace = {{"path", prepared["path"]}, {"base_commit", old_base}};
  const Json result = repository.Check();
  INFO(result.dump(1));
  CHECK(result["status"] == "pass");
}

}  // namespace
}  // namespace mamc::test
