#include "changed_repository.hpp"

namespace mamc::test {
namespace {

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
