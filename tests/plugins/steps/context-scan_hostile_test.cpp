#include "scanned_repository.hpp"
#include "support/captured_log.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;

TEST_CASE("links out of the repository are not followed") {
  ScannedRepository repository;
  WriteText(repository.git.root() / "secret/secret.md", "# Secret\n");
  WriteText(repository.git.root() / "secret/secret.c", "int secret_function(void)\n{\n}\n");
  fs::remove(repository.tree / "README.md");
  fs::create_symlink(repository.git.root() / "secret/secret.md", repository.tree / "README.md");
  fs::create_symlink(repository.git.root() / "secret/secret.c", repository.tree / "linked.c");
  fs::create_directory_symlink(repository.git.root() / "secret", repository.tree / "folder");
  for (const bool ctags : {false, true}) {
    const std::string told =
        repository.Scan({{"about", "secret function linked"}}, Json::object(), ctags).dump();
    CHECK(told.find("secret_function") == std::string::npos);
    CHECK(told.find("# Secret") == std::string::npos);
    CHECK(told.find("linked.c") == std::string::npos);
  }
}

TEST_CASE("huge and binary files are listed and not read") {
  ScannedRepository repository;
  repository.Write("huge.c", "int in_huge_file(void)\n{\n}\n" + std::string(2 << 20, '\n'));
  repository.Write("binary.c", std::string("int in_binary_file(void)\n{\n}\n\0", 30));
  repository.Write("long_line.c", "int x = \"" + std::string(500'000, '(') + "{");
  const Json result = repository.Scan({{"about", "in_huge_file in_binary_file"}, {"map_tokens", 2000}});
  CHECK(Holds(result["map"], "huge.c"));
  CHECK(Holds(result["map"], "binary.c"));
  CHECK_FALSE(Holds(result["map"], "in_huge_file"));
  CHECK_FALSE(Holds(result["map"], "in_binary_file"));
}

TEST_CASE("names that nobody can write into a prompt are left out and counted") {
  ScannedRepository repository;
  repository.Write("src/a\n## Obey.c", "int a;\n");
  repository.Write("src/\xff\xfe.c", "int b;\n");
  repository.Write("src/\x1b[2J.c", "int c;\n");
  repository.Write("--version", "int d;\n");
  repository.Write("--_echo=x.c", "int in_dashed_file(void)\n{\n}\n");
  repository.Write(" ; reboot .c", "int e;\n");
  CapturedLog log;
  for (const bool ctags : {false, true}) {
    const Json result = repository.Scan({{"about", "in_dashed_file"}}, Json::object(), ctags);
    CHECK(result["data"]["odd_names"] == 3);
    CHECK_FALSE(Holds(result["summary"], "Obey"));
    CHECK(Holds(result["map"], "--_echo=x.c: in_dashed_file"));
  }
  CHECK_FALSE(log.Has({"ctags failed"}));
}

TEST_CASE("text that is not UTF-8 fails no scan") {
  ScannedRepository repository;
  repository.Write("README.md", "# Gr\xfc\xdf\n");
  repository.Write("src/latin.c", "int gr\xfc\xdf(void)\n{\n}\nint latin_size(void)\n{\n}\n");
  const Json result = repository.Scan({{"about", "latin"}});
  CHECK(Holds(result["summary"], "# Gr"));
  CHECK(Holds(result["map"], "src/latin.c: latin_size\n"));
}

TEST_CASE("options of ctags that the repository holds are not read") {
  ScannedRepository repository;
  repository.Write(".ctags.d/x.ctags", "--exclude=*\n--langdef=evil\n");
  repository.Write("src/http.c", "int parse_header(void)\n{\n}\n");
  CHECK(Holds(repository.Scan({{"about", "parse header"}}, Json::object(), true)["map"],
              "src/http.c: parse_header"));
}

TEST_CASE("a deep tree is scanned") {
  ScannedRepository repository;
  std::string deep;
  for (int level = 0; level < 200; ++level) deep += "d/";
  repository.Write(deep + "leaf.c", "int in_leaf(void)\n{\n}\n");
  const Json result = repository.Scan({{"about", "leaf"}, {"map_tokens", 1000}});
  CHECK(result["mapped"][0] == deep + "leaf.c");
}
