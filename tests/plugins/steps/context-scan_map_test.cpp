#include <mamc/step.h>

#include "scanned_repository.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

// A small server: its words are in paths, in names, in texts and in what refers to what.
struct Server : ScannedRepository {
  Server() {
    Write("src/http/header.c",
          "#include \"header.h\"\n"
          "struct header {\n  int size;\n};\n"
          "static int\nskip_blanks(const char *text)\n{\n  return 0;\n}\n"
          "int parse_header(struct header *header)\n{\n  return skip_blanks(0);\n}\n");
    Write("src/http/header.h", "#define HEADER_LIMIT 100\nint parse_header(struct header *header);\n");
    Write("src/http/url.c", "int parse_url(const char *url)\n{\n  return count_pieces(url);\n}\n");
    Write("src/text/pieces.c", "int count_pieces(const char *text)\n{\n  return 0;\n}\n");
    Write("src/text/lines.c", "int count_lines(const char *text)\n{\n  return 0;\n}\n");
    Write("src/log/log.c", "void log_line(const char *line)\n{\n}\n");
    Write("docs/protocol.md", "A header has a size. A url has pieces.\n");
    Write("ChangeLog", "header header header url url log\n");
  }
};

std::size_t PlaceOf(const Json& mapped, const std::string& path) {
  for (std::size_t place = 0; place < mapped.size(); ++place)
    if (mapped[place] == path) return place;
  return mapped.size();
}

}  // namespace

TEST_CASE("the map begins with the file that the task's words are about") {
  Server server;
  const auto first = [&](const char* about) { return server.Scan({{"about", about}})["mapped"][0]; };
  CHECK(first("Parsing of headers skips blanks twice") == "src/http/header.c");
  CHECK(first("log: lines are cut") == "src/log/log.c");
  CHECK(first("count_lines counts one too few") == "src/text/lines.c");
  CHECK(first("The document of the protocol is wrong") == "docs/protocol.md");
}

TEST_CASE("title and description of the run's task are what the map is for unless the step says it") {
  Server server;
  const Json task = {{"title", "Log"}, {"description", "Lines of the log are cut"}};
  const Json result = server.Scan(Json::object(), task);
  CHECK(result["mapped"][0] == "src/log/log.c");
  CHECK(Holds(result["summary"], "## Files for this task\nsrc/log/log.c: log_line\n"));
  CHECK(server.Scan({{"about", "url"}}, task)["mapped"][0] == "src/http/url.c");
}

TEST_CASE("what a file that fits refers to comes before what nothing refers to") {
  Server server;
  const Json mapped = server.Scan({{"about", "A url with a fragment"}})["mapped"];
  CHECK(mapped[0] == "src/http/url.c");
  CHECK(PlaceOf(mapped, "src/text/pieces.c") < PlaceOf(mapped, "src/text/lines.c"));
}

TEST_CASE("the repository's own text is the same for every task and shows what is central") {
  Server server;
  const Json one = server.Scan(Json::object(), {{"title", "Log"}}), other = server.Scan();
  CHECK(one["repository"] == other["repository"]);
  CHECK(one["data"] == other["data"]);
  CHECK(other["summary"] == other["repository"]);
  CHECK(other["map"] == "");
  INFO(one["repository"]);
  CHECK(Holds(one["repository"],
              "## Central files\nsrc/http/header.c: header, skip_blanks, parse_header\nsrc/text/pieces.c: "
              "count_pieces\n"));
  CHECK_FALSE(Holds(one["repository"], "Files for this task"));
}

TEST_CASE("a small budget drops names before files and the files that fit least first") {
  Server server;
  const auto map = [&](int tokens) {
    return server.Scan({{"about", "parse the header of a url"}, {"map_tokens", tokens}})["map"];
  };
  CHECK(map(150) ==
        "src/http/url.c: parse_url\nsrc/http/header.c: header, skip_blanks, parse_header\n"
        "src/http/header.h: HEADER_LIMIT\ndocs/protocol.md\nChangeLog\nsrc/text/: pieces.c lines.c\n"
        "./: .gitignore README.md run.sh\ndir with space/: übung.txt\nsrc/log/: log.c\nsrc/: main.c\n");
  CHECK(map(60) ==
        "src/http/url.c: parse_url\nsrc/http/: header.c header.h\ndocs/: protocol.md\n"
        "./: ChangeLog .gitignore README.md run.sh\nsrc/text/: pieces.c\ndir with space/: übung.txt\n"
        "src/log/: log.c\n");
  CHECK(map(25) == "src/http/: url.c header.c header.h\ndocs/: protocol.md\n./: ChangeLog\n");
  CHECK(map(8) == "src/http/: url.c\n");
  CHECK(map(1) == "");
  for (const int tokens : {0, 1, 7, 30, 100, 1000})
    CHECK(map(tokens).get<std::string>().size() <= static_cast<std::size_t>(tokens) * 3);
}

TEST_CASE("names are found by the lines of each language") {
  struct Row {
    const char *path, *text, *names;
  };
  const Row rows[] = {
      {"x.c",
       "#define LIMIT 3\nstruct item {\n};\nstruct item *find(int);\nstatic int\nadd_item(struct item "
       "*i)\n{\n"
       "  if (i) {\n  }\n  return drop(i);\n}\n",
       "LIMIT, item, add_item"},
      {"x.cpp",
       "namespace shop {\nclass Cart final : public Base {\n};\nenum class Kind { kA };\n"
       "void Cart::Add(int n) {\n  for (;;) {\n  }\n}\n",
       "shop, Cart, Kind, Add"},
      {"x.py", "class Cart:\n    async def add(self):\n        pass\n", "Cart, add"},
      {"x.go", "type Cart struct {\n}\nfunc (c *Cart) Add(n int) {\n}\nfunc New() *Cart {\n",
       "Cart, Add, New"},
      {"x.rs", "pub(crate) struct Cart<T> {\n}\npub fn open(path: &str) {\n}\nmacro_rules! shout {\n",
       "Cart, open, shout"},
      {"x.js",
       "export default class Cart {\n  add(item) {\n  }\n}\nexport const limit = 3;\nfunction total() {\n",
       "Cart, add, limit, total"},
      {"x.ts", "export interface Item {\n}\nexport type Id = string\n", "Item, Id"},
      {"x.java", "public final class Cart {\n  public void addItem(Item item) {\n    while (true) {\n",
       "Cart, addItem"},
      {"x.rb", "module Shop\n  class Cart\n    def add(item)\n", "Shop, Cart, add"},
      {"x.sh", "total() {\n  echo\n}\n", "total"},
      {"x.pl", "package Shop;\nsub add {\n", "Shop, add"},
  };
  ScannedRepository repository;
  for (const Row& row : rows) repository.Write(row.path, row.text);
  const std::string map = repository.Scan({{"about", "x"}, {"map_tokens", 2000}})["map"];
  INFO(map);
  for (const Row& row : rows) CHECK(Holds(map, std::string(row.path) + ": " + row.names + "\n"));
}

TEST_CASE("ctags finds what the patterns of lines do not know") {
  ScannedRepository repository;
  repository.Write("src/http.c", "int first, hidden_counter;\n");
  CHECK_FALSE(Holds(repository.Scan({{"about", "http"}})["map"], "hidden_counter"));
  CHECK(Holds(repository.Scan({{"about", "http"}}, Json::object(), true)["map"], "hidden_counter"));
}

TEST_CASE("where ctags fails or is not there the patterns of lines are asked") {
  ScannedRepository repository;
  repository.Write("src/http.c", "int parse_header(void)\n{\n}\n");
  const std::string version =
      GENERATE("Universal Ctags 6.0, Copyright\n", "Exuberant Ctags 5.9, Copyright\n");
  PluginDriver driver(plugin::Kind::kStep, "context-scan");
  driver.serve_spawn = false;
  DrivenCall call =
      driver.RunStep({{"about", "parse header"}}, {{"workspace", {{"path", repository.tree.string()}}}});
  const auto ended = [](int code, const std::string& said) {
    return Json({{"exit_code", code}, {"stdout", said}, {"stderr", ""}, {"truncated", false}});
  };
  call.Answer(call.NextChild().key, ended(0, version));
  if (version.starts_with("Universal"))
    call.Answer(call.NextChild().key, ended(1, "half\t./src/http.c\t1\n"));
  CHECK(Holds(call.result()["map"], "src/http.c: parse_header\n"));
}
