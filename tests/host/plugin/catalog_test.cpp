#include "mamc/plugin/catalog.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "library.hpp"
#include "fixture_tree.hpp"

namespace mamc::plugin {
namespace {

using Catch::Matchers::Contains;

CatalogOptions Options(std::initializer_list<const FixtureTree*> trees) {
  CatalogOptions options;
  for (const FixtureTree* tree : trees) options.dirs.push_back(tree->dir());
  options.host_version = "0.1.0";
  return options;
}

const PluginEntry& EntryOf(const Catalog& catalog, const std::filesystem::path& file) {
  for (const PluginEntry& entry : catalog.entries())
    if (entry.file == file) return entry;
  FAIL("no entry for " << file);
  std::abort();
}

}  // namespace

TEST_CASE("a good plugin is found by its type and loads") {
  FixtureTree tree;
  tree.Add("good_step");
  Catalog catalog(Options({&tree}));
  catalog.SetHost(EmptyHost());
  catalog.Scan();

  auto found = catalog.Find(Kind::kStep, "good_step", "^1.2");
  REQUIRE(found.ok());
  CHECK(found->type->call_class == CallClass::kInline);
  CHECK(found->plugin->id == "steps/good_step");
  auto library = catalog.Load(*found->plugin);
  REQUIRE(library.ok());
  CHECK((*library)->factory(Kind::kStep) != nullptr);
  CHECK((*library)->factory(Kind::kBoard) == nullptr);
  CHECK((*library)->manifest().version == "1.2.3");
}

TEST_CASE("a plugin in a later directory is shadowed by one with its id") {
  FixtureTree first, second;
  first.Add("good_step");
  auto later = second.Add("good_step");
  Catalog catalog(Options({&first, &second}));
  catalog.Scan();
  CHECK(EntryOf(catalog, later).state == PluginState::kShadowed);
  CHECK_THAT(EntryOf(catalog, later).reason, Contains("shadowed by " + first.path().native()));
}

}  // namespace mamc::plugin
