#include <mamc/step.h>
#include <mamc/workspace.h>

#include <catch2/catch.hpp>

#include "support/git_fixture.hpp"
#include "support/real_process.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;

namespace {

struct Repository {
  Repository() {
    PluginDriver workspaces(plugin::Kind::kWorkspace, "git", {{"project_base", git.project_base().string()}});
    workspaces.serve_spawn = false;
    plugin::Outcome outcome = WaitServingSpawn(
        workspaces,
        workspaces.Start(
            MAMC_WORKSPACE_PREPARE,
            {{"id", "1"}, {"repo", git.remote().string()}, {"base", "main"}, {"branch", "task/1"}}));
    INFO(outcome.json);
    REQUIRE(outcome.code == Code::kOk);
    tree = Json::parse(outcome.json)["path"].get<std::string>();
  }
  Json Scan(const Json& params = Json::object()) {
    PluginDriver driver(plugin::Kind::kStep, "context-scan");
    return driver.RunStep(params, {{"workspace", {{"path", tree.string()}}}}).result();
  }

  GitFixture git;
  fs::path tree;
};

bool Holds(const Json& text, const std::string& part) {
  return text.get<std::string>().find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a scan counts languages and shows what matters without ignored files") {
  Repository repository;
  WriteText(repository.tree / "src/big.cpp", std::string(5000, 'x'));
  WriteText(repository.tree / "build/generated.cpp", "ignored");
  WriteText(repository.tree / "tests/big_test.cpp", "t\n");
  Json result = repository.Scan();
  CHECK(result["languages"] == Json({{"C", 1}, {"C++", 2}, {"Markdown", 1}, {"Shell", 1}}));
  CHECK(result["files"] == 7);
  CHECK(result["state"]["context_summary"] == result["summary"]);
  CHECK(Holds(result["summary"], "- src/big.cpp (5000 bytes)"));
  CHECK(Holds(result["summary"], "- tests/big_test.cpp"));
  CHECK(Holds(result["summary"], "# Project"));
  CHECK_FALSE(Holds(result["summary"], "generated"));
  CHECK_FALSE(Holds(result["summary"], repository.git.root().string()));
  CHECK(repository.Scan() == result);
}

TEST_CASE("what earlier scans and runs have left changes no scan") {
  Repository repository;
  Json before = repository.Scan();
  WriteText(repository.tree / ".ma/context/summary.md", "# Repository\n");
  WriteText(repository.tree / ".ma/qa/task-7-qa.log", "not ok\n");
  CHECK(repository.Scan() == before);
}

TEST_CASE("the test command is found in the files that name it") {
  Repository repository;
  CHECK_FALSE(repository.Scan().contains("test_command"));
  WriteText(repository.tree / "CMakeLists.txt", "enable_testing()\n");
  CHECK(Holds(repository.Scan()["test_command"], "ctest"));
  WriteText(repository.tree / "go.mod", "module x\n");
  CHECK(repository.Scan()["test_command"] == "go test ./...");
  WriteText(repository.tree / "Makefile", "all:\n\ntest: all\n");
  CHECK(repository.Scan()["test_command"] == "make test");
  WriteText(repository.tree / "package.json", R"({"scripts": {"test": "vitest"}})");
  CHECK(repository.Scan()["test_command"] == "npm test");
  WriteText(repository.tree / "package.json", "{ not json");
  CHECK(repository.Scan()["test_command"] == "make test");
}

TEST_CASE("limits on files and summary are held") {
  Repository repository;
  for (int i = 0; i < 50; ++i) WriteText(repository.tree / ("dir" + std::to_string(i)) / "übung.py", "x\n");
  Json few = repository.Scan({{"max_files", 10}});
  CHECK(few["files"] == 10);
  CHECK(Holds(few["summary"], "there are more"));
  Json small = repository.Scan({{"summary_bytes", 300}});
  CHECK(small["summary"].get<std::string>().size() <= 300);
  CHECK(Holds(small["summary"], "[cut]"));
}

TEST_CASE("links out of the repository are not followed") {
  Repository repository;
  WriteText(repository.git.root() / "secret.md", "# Secret\n");
  fs::remove(repository.tree / "README.md");
  fs::create_symlink(repository.git.root() / "secret.md", repository.tree / "README.md");
  CHECK_FALSE(Holds(repository.Scan()["summary"], "Secret"));
}
