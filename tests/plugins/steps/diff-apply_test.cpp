#include <catch2/catch.hpp>

#include "support/plugin_driver.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

plugin::Outcome Apply(const TempDir& dir, Json params) {
  PluginDriver driver(plugin::Kind::kStep, "diff-apply");
  return driver.RunStep(params, {{"workspace", {{"path", dir.path().string()}}}}).Wait();
}

}  // namespace

TEST_CASE("edits of an answer land in the workspace") {
  TempDir dir;
  dir.Write("a.c", "one\n");
  plugin::Outcome outcome = Apply(
      dir, {{"source", "a.c\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\nFILE: b.c\n```\nb\n```\n"}});
  INFO(outcome.json);
  REQUIRE(outcome.code == Code::kOk);
  CHECK(Json::parse(outcome.json)["applied"] ==
        Json({{{"path", "a.c"}, {"action", "modified"}}, {{"path", "b.c"}, {"action", "created"}}}));
  CHECK(dir.Read("a.c") == "two\n");
}

TEST_CASE("a refusal carries feedback for the model and leaves the workspace alone") {
  TempDir dir;
  dir.Write("a.c", "one\n");
  plugin::Outcome outcome = Apply(
      dir,
      {{"source", "FILE: b.c\n```\nb\n```\na.c\n<<<<<<< SEARCH\nnine\n=======\ntwo\n>>>>>>> REPLACE\n"}});
  CHECK(outcome.code == Code::kFailed);
  INFO(outcome.json);
  CHECK(outcome.json.find("do not send these again") != std::string::npos);
  CHECK(outcome.json.find("\"refused\":[{\"line\":") != std::string::npos);
  CHECK(dir.Read("a.c") == "one\n");
  CHECK_FALSE(std::filesystem::exists(dir / "b.c"));
}

TEST_CASE("protected files need the step's permission") {
  TempDir dir;
  const std::string source = "FILE: .github/workflows/x.yml\n```\nx\n```\n";
  CHECK(Apply(dir, {{"source", source}}).code == Code::kFailed);
  CHECK(Apply(dir, {{"source", source}, {"allow", {"ci"}}}).code == Code::kOk);
  CHECK(Apply(dir, {{"source", source}, {"allow", {"ci"}}, {"allowed_paths", {"src/"}}}).code ==
        Code::kFailed);
}

TEST_CASE("a step without a workspace is refused") {
  PluginDriver driver(plugin::Kind::kStep, "diff-apply");
  CHECK(driver.RunStep({{"source", "x"}}).Wait().code == Code::kInvalid);
}
