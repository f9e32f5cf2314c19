#include "scanned_repository.hpp"
#include "support/captured_log.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;

namespace {

Json WithoutRead(Json result) {
  result.erase("read");
  return result;
}

}  // namespace

TEST_CASE("a second scan reads what was changed since the first and nothing else") {
  ScannedRepository repository;
  repository.Write("src/http.c", "int parse_header(void)\n{\n}\n");
  const Json first = repository.Scan({{"about", "header"}});
  CHECK(first["read"] == 6);
  const Json second = repository.Scan({{"about", "header"}});
  CHECK(second["read"] == 0);
  CHECK(WithoutRead(second) == WithoutRead(first));

  repository.Write("src/http.c", "int parse_headers(void)\n{\n}\n");
  const Json third = repository.Scan({{"about", "header"}});
  CHECK(third["read"] == 1);
  CHECK(Holds(third["map"], "parse_headers"));
  fs::remove(repository.cache());
  CHECK(WithoutRead(repository.Scan({{"about", "header"}})) == WithoutRead(third));
}

TEST_CASE("files with the same bytes are read once") {
  ScannedRepository repository;
  repository.Scan();
  repository.Write("src/a.c", "int same;\n");
  repository.Write("src/b.c", "int same;\n");
  CHECK(repository.Scan()["read"] == 1);
  fs::rename(repository.tree / "src/a.c", repository.tree / "src/moved.c");
  CHECK(repository.Scan()["read"] == 0);
}

TEST_CASE("a cache that is damaged is told and everything is read again") {
  ScannedRepository repository;
  const Json whole = repository.Scan({{"about", "main"}});
  const std::string kept = ReadText(repository.cache());
  const std::string damaged = GENERATE_COPY(kept.substr(0, kept.size() / 2), kept + "1 2 3\n", std::string(),
                                            std::string("\n\n\n"), "x" + kept);
  WriteText(repository.cache(), damaged);
  CapturedLog log;
  const Json again = repository.Scan({{"about", "main"}});
  CHECK(again["read"] == whole["read"]);
  CHECK(WithoutRead(again) == WithoutRead(whole));
  CHECK(log.Has({"context-scan.cache is damaged: every file is read again"}));
  CHECK(ReadText(repository.cache()) == kept);
  CHECK(repository.Scan({{"about", "main"}})["read"] == 0);
}

TEST_CASE("a cache that cannot be written fails no scan and is told") {
  ScannedRepository repository;
  fs::create_directories(repository.cache() / "in the way");
  CapturedLog log;
  CHECK(repository.Scan()["files"] == 5);
  CHECK(log.Has({"the next scan reads everything again"}));
}
