#include "scanned_repository.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;

TEST_CASE("a scan counts languages and shows what matters without ignored files") {
  ScannedRepository repository;
  repository.Write("src/big.cpp", std::string(5000, 'x'));
  repository.Write("build/generated.cpp", "ignored");
  repository.Write("tests/big_test.cpp", "t\n");
  Json result = repository.Scan();
  CHECK(result["languages"] == Json({{"C", 1}, {"C++", 2}, {"Markdown", 1}, {"Shell", 1}}));
  CHECK(result["files"] == 7);
  CHECK(result["state"]["context_summary"] == result["summary"]);
  CHECK(Holds(result["summary"], "- src/big.cpp (5000 bytes)"));
  CHECK(Holds(result["summary"], "- tests/big_test.cpp"));
  CHECK(Holds(result["summary"], "# Project"));
  CHECK_FALSE(Holds(result["summary"], "generated"));
  CHECK_FALSE(Holds(result["summary"], repository.git.root().string()));
  CHECK(result["data"]["largest"][0] == Json({{"path", "src/big.cpp"}, {"bytes", 5000}}));
}

TEST_CASE("what earlier scans and runs have left changes no scan") {
  ScannedRepository repository;
  Json before = repository.Scan();
  repository.Write(".ma/context/summary.md", "# Repository\n");
  repository.Write(".ma/qa/task-7-qa.log", "not ok\n");
  Json after = repository.Scan();
  before["read"] = after["read"] = 0;
  CHECK(after == before);
}

TEST_CASE("how a project is built and tested is found in the files that say it") {
  struct Row {
    const char *file, *text, *build, *test;
  };
  const Row rows[] = {
      {"CMakeLists.txt", "", "cmake -S . -B build && cmake --build build",
       "cmake -S . -B build && cmake --build build && ctest --test-dir build --output-on-failure"},
      {"CMakePresets.json",
       R"({"configurePresets": [{"name": "base", "hidden": true}, {"name": "dev"}],
           "buildPresets": [{"name": "all; reboot"}, {"name": "dev"}], "testPresets": [{"name": "quick"}]})",
       "cmake --preset dev && cmake --build --preset dev",
       "cmake --preset dev && cmake --build --preset dev && ctest --preset quick"},
      {"package.json", R"({"scripts": {"build": "tsc", "test": "vitest"}})", "npm run build", "npm test"},
      {"package.json", R"({"scripts": {"test": "echo \"Error: no test specified\""}})", "", ""},
      {"package.json", "{ not json", "", ""},
      {"Makefile", "all:\n\ntest: all\n", "make", "make test"},
      {"GNUmakefile", "check:\n", "make", "make check"},
      {"Cargo.toml", "", "cargo build", "cargo test"},
      {"go.mod", "module x\n", "go build ./...", "go test ./..."},
      {"pyproject.toml", "", "python3 -m pip install .", "python3 -m pytest"},
      {"pytest.ini", "", "", "python3 -m pytest"},
      {"tox.ini", "", "", "tox"},
      {"meson.build", "", "meson setup build && meson compile -C build", "meson test -C build"},
      {"configure.ac", "", "autoreconf -i && ./configure && make",
       "autoreconf -i && ./configure && make check"},
      {"gradlew", "", "./gradlew assemble", "./gradlew test"},
      {"pom.xml", "", "mvn package -DskipTests", "mvn test"},
  };
  ScannedRepository repository;
  CHECK_FALSE(repository.Scan().contains("test_command"));
  for (const Row& row : rows) {
    INFO(row.file << ": " << row.text);
    repository.Write(row.file, row.text);
    const Json result = repository.Scan();
    CHECK(result.value("build_command", "") == row.build);
    CHECK(result.value("test_command", "") == row.test);
    if (*row.test != 0) CHECK(result["data"]["commands"].back()["from"] == row.file);
    fs::remove(repository.tree / row.file);
  }
}

TEST_CASE("what the project's authors have named stands before what a tool does by itself") {
  ScannedRepository repository;
  repository.Write("CMakeLists.txt", "enable_testing()\n");
  repository.Write("go.mod", "module x\n");
  CHECK(repository.Scan()["test_command"] == "go test ./...");
  repository.Write("Makefile", "all:\n\ntest: all\n");
  CHECK(repository.Scan()["test_command"] == "make test");
  repository.Write("package.json", R"({"scripts": {"test": "vitest"}})");
  const Json result = repository.Scan();
  CHECK(result["test_command"] == "npm test");
  CHECK(result["data"]["commands"].size() == 7);
}

TEST_CASE("files that were changed most often lately are told") {
  ScannedRepository repository;
  for (int change = 1; change <= 3; ++change)
    repository.git.OthersPush("main", "src/main.c",
                              "int main(void) { return " + std::to_string(change) + "; }\n");
  repository.git.OthersPush("main", "run.sh", "#!/bin/sh\ntrue\n");
  repository.Prepare("2");
  const Json result = repository.Scan();
  CHECK(result["data"]["hotspots"] ==
        Json({{{"path", "src/main.c"}, {"commits", 3}}, {{"path", "run.sh"}, {"commits", 1}}}));
  CHECK(Holds(result["summary"],
              "## Changed most often lately\n- src/main.c (3 commits)\n- run.sh (1 commit)\n"));
}

TEST_CASE("limits on files and summary are held") {
  ScannedRepository repository;
  for (int i = 0; i < 50; ++i) repository.Write("dir" + std::to_string(i) + "/übung.py", "x\n");
  Json few = repository.Scan({{"max_files", 10}});
  CHECK(few["files"] == 10);
  CHECK(Holds(few["summary"], "there are more"));
  Json small = repository.Scan({{"summary_bytes", 300}});
  CHECK(small["summary"].get<std::string>().size() <= 300);
  CHECK(Holds(small["summary"], "[cut]"));
}
