#include "prompt.hpp"

#include <catch2/catch.hpp>

#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::worker;

namespace {

workflow::Persona Engineer() {
  workflow::Persona persona;
  persona.id = "lead-engineer";
  persona.prompt = "You are the engineer.";
  return persona;
}

std::string UserPrompt(const Json& payload, const std::vector<PromptFile>& files = {}) {
  const Json messages =
      MessagesOf(ComposePrompt(Engineer(), {{"intent", "fix"}, {"payload", payload}}, Json::object(), files));
  return messages[1]["content"];
}

}  // namespace

TEST_CASE("a prompt begins with what stays and ends with what changes") {
  const std::string prompt = UserPrompt({{"task", {{"title", "T"}, {"description", "D & <d>"}}},
                                         {"failure", "test failed\nat line 1"},
                                         {"plan", "the \"plan\"\nof <all>"},
                                         {"context", "about\nthe project"},
                                         {"iteration", 3}},
                                        {{"a.cpp", "int a;\n"}});
  std::vector<std::size_t> places;
  for (const char* part :
       {"## Task", "## context", "## plan", "## Files", "## failure", "# Request", "iteration: 3"}) {
    INFO(part);
    REQUIRE(prompt.find(part) != std::string::npos);
    places.push_back(prompt.find(part));
  }
  CHECK(std::is_sorted(places.begin(), places.end()));
  // As they are, not escaped.
  CHECK(prompt.find("D & <d>") != std::string::npos);
  CHECK(prompt.find("## plan\n\nthe \"plan\"\nof <all>\n") != std::string::npos);
}

TEST_CASE("rounds of one loop share the beginning of their prompts") {
  Json payload = {{"task", {{"title", "T"}}},
                  {"plan", std::string(2000, 'p') + "\n"},
                  {"failure", "one\n"},
                  {"iteration", 1}};
  const std::string first = UserPrompt(payload);
  payload["iteration"] = 2;
  payload["failure"] = "another\n";
  const std::string second = UserPrompt(payload);
  std::size_t same = std::mismatch(first.begin(), first.end(), second.begin()).first - first.begin();
  CHECK(same > 2000);
}

TEST_CASE("a prompt holds no run id and no time and no absolute path") {
  test::TempDir dir;
  dir.Write("src/a.cpp", "int a;\n");
  Json request = {{"intent", "fix"},
                  {"step", "qa@1/fix/1"},
                  {"from", "coordination"},
                  {"payload", {{"task", {{"id", "4711"}, {"title", "See src/a.cpp"}}}}}};
  auto files = MentionedFiles(request, dir.path());
  REQUIRE(files.size() == 1);
  const std::string all = Dump(MessagesOf(ComposePrompt(Engineer(), request, Json::object(), files)));
  for (const std::string& never :
       {std::string("qa@1"), std::string("coordination"), std::string("4711"), dir.path().string()})
    CHECK(all.find(never) == std::string::npos);
  CHECK(all.find("int a;") != std::string::npos);
}

TEST_CASE("files are mentioned by relative paths inside the workspace and not through links") {
  test::TempDir dir, outside;
  outside.Write("secret.txt", "secret");
  dir.Write("a.txt", "a");
  dir.Write("big.txt", std::string(70 << 10, 'x'));
  dir.Write("binary.bin", std::string("\xff\xfe\x00", 3));
  dir.Write(".git/config", "x");
  std::filesystem::create_symlink(outside / "secret.txt", dir / "link.txt");
  std::filesystem::create_directory_symlink(outside.path(), dir / "linked");
  Json request = {{"payload",
                   {{"text", "a.txt link.txt linked/secret.txt ../" + outside.path().filename().string() +
                                 "/secret.txt " + (outside / "secret.txt").string() +
                                 " .git/config big.txt binary.bin gone.txt (a.txt)."}}}};
  auto files = MentionedFiles(request, dir.path());
  REQUIRE(files.size() == 1);
  CHECK(files[0].path == "a.txt");
  CHECK(MentionedFiles(request, {}).empty());
}

TEST_CASE("what an earlier attempt ended with stands among what changes and within measure") {
  Json payload = {{"task", {{"title", "T"}}}, {"plan", "the\nplan"}, {"failure", "a\nfailure"}};
  const std::string before = UserPrompt(payload);
  CHECK(before.find("earlier") == std::string::npos);
  payload["task"]["earlier_attempt"] = "the edits were refused: " + std::string(10000, 'x');
  const std::string after = UserPrompt(payload);
  const std::size_t at = after.find(
      "## Earlier attempt\n\nAn earlier attempt at this task ended with:\n\nthe edits were refused: xxx");
  REQUIRE(at != std::string::npos);
  CHECK(after.substr(0, at) + after.substr(after.find("# Request")) == before);
  CHECK(after.size() < before.size() + 2500);
}

TEST_CASE("who judges is not told of earlier attempts") {
  workflow::Persona judge = Engineer();
  judge.verdict_schema = Json::object();
  Json request = {{"intent", "review"},
                  {"payload", {{"task", {{"title", "T"}, {"earlier_attempt", "it failed"}}}}}};
  CHECK(Dump(MessagesOf(ComposePrompt(judge, request, Json::object(), {}))).find("it failed") ==
        std::string::npos);
}

TEST_CASE("a file that holds fences stands in a longer fence") {
  CHECK(UserPrompt(Json::object(), {{"a.md", "```\nx\n```\n"}}).find("a.md\n````\n```\nx\n```\n````\n") !=
        std::string::npos);
}

TEST_CASE("files that the step names stand before those that the request speaks of and none stands twice") {
  const Json input = {{"files", {{{"path", "b.c"}, {"text", "int b;"}}, {{"path", "a.c"}, {"text", "old"}}}}};
  const Json messages = MessagesOf(ComposePrompt(Engineer(), {{"payload", Json::object()}}, input,
                                                 {{"a.c", "int a;"}, {"d.c", "int d;"}}));
  const std::string prompt = messages[1]["content"];
  CHECK(prompt.find("int b;") < prompt.find("old"));
  CHECK(prompt.find("old") < prompt.find("int d;"));
  CHECK(prompt.find("int a;") == std::string::npos);
}
