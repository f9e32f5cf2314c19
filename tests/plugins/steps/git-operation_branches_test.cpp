// The names that the manifest of git-operation takes for branches.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "mamc/base/files.hpp"
#include "mamc/base/json.hpp"
#include "mamc/schema/schema.hpp"
#include "support/places.hpp"

using namespace mamc;

namespace {

bool ManifestTakes(const std::string& parameter, const std::string& name) {
  auto text = ReadFile(test::SourceDir() / "plugins/steps/git-operation/manifest.json");
  REQUIRE(text.ok());
  const Json manifest = Json::parse(*text);
  auto schema = schema::Schema::Compile(manifest["types"][0]["params"]["properties"][parameter]);
  REQUIRE(schema.ok());
  return schema->Validate(name).empty();
}

bool GitTakes(const std::string& name) {
  return std::system(("git check-ref-format --branch '" + name + "' > /dev/null 2>&1").c_str()) == 0;
}

}  // namespace

TEST_CASE("a branch is taken when git takes it") {
  const std::string name = GENERATE(
      "main", "feature/x", "task/p-1/7", "release-1.2", "v1.2.3", "a.b/c.d", "a./b", "x_y+z", "größe", "a@b",
      "{a}", "#1", "0123456789abcdef0123456789abcdef01234567", "my branch", "-x", "a/-x", ".a", "a/.b",
      "a..b", "a.", "a/", "/a", "a//b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a\tb", "a\nb");
  const std::string parameter = GENERATE("branch", "base");
  INFO(name);
  CHECK(ManifestTakes(parameter, name) == GitTakes(name));
}

TEST_CASE("an empty branch is the default") {
  CHECK(ManifestTakes("branch", ""));
  CHECK(ManifestTakes("base", ""));
}
