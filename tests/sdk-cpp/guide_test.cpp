// docs/writing-a-plugin.md quotes real files: its code cannot rot unseen.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/places.hpp"

namespace mamc::sdk::test {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(mamc::test::SourceDir() / path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The fenced blocks of a language, without their fences.
std::vector<std::string> Blocks(const std::string& markdown, const std::string& language) {
  const std::string opening = "```" + language + "\n";
  std::vector<std::string> blocks;
  for (std::size_t at = markdown.find(opening); at != std::string::npos; at = markdown.find(opening, at)) {
    at += opening.size();
    blocks.push_back(markdown.substr(at, markdown.find("```", at) - at));
  }
  return blocks;
}

TEST_CASE("The code blocks of the plugin guide stand in the sources") {
  const std::string guide = Read("docs/writing-a-plugin.md");
  const std::vector<std::string> code = Blocks(guide, "cpp");
  REQUIRE(code.size() == 3);
  CHECK(code[0] == Read("plugins/steps/set-variables/set_variables.cpp"));
  CHECK(Read("plugins/steps/sub-workflow/sub_workflow.cpp").find(code[1]) != std::string::npos);
  CHECK(Read("tests/plugins/steps/sub-workflow_test.cpp").find(code[2]) != std::string::npos);
  const std::vector<std::string> json = Blocks(guide, "json");
  REQUIRE(json.size() == 1);
  CHECK(json[0] == Read("plugins/steps/set-variables/manifest.json"));
}

}  // namespace
}  // namespace mamc::sdk::test
