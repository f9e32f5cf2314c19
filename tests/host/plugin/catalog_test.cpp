#include "mamc/plugin/catalog.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>

#include "fixture_tree.hpp"
#include "library.hpp"
#include "mamc/plugin/glob.hpp"

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
  catalog.SetHost(EmptyHost());
  catalog.Scan();
  CHECK(EntryOf(catalog, later).state == PluginState::kShadowed);
  CHECK_THAT(EntryOf(catalog, later).reason, Contains("shadowed by " + first.path().native()));
  CHECK(catalog.Find(Kind::kStep, "good_step")->plugin->file == first.path() / "steps/good_step.so");
  CHECK_THAT(catalog.Load(EntryOf(catalog, later)).status().message(),
             Contains("is not loaded: it is shadowed"));
}

TEST_CASE("a refused plugin keeps its id and says so to whoever is shadowed") {
  FixtureTree first, second;
  first.Add("no_entry", "good_step");
  auto later = second.Add("good_step");
  Catalog catalog(Options({&first, &second}));
  catalog.Scan();
  CHECK_THAT(EntryOf(catalog, later).reason, Contains("which is searched earlier but is refused"));
  auto found = catalog.Find(Kind::kStep, "good_step");
  REQUIRE_FALSE(found.ok());
  CHECK(found.status().code() == Code::kUnsupported);
  CHECK_THAT(found.status().message(), Contains("no active plugin provides the step type 'good_step'"));
  CHECK_THAT(found.status().message(), Contains("is refused (exports no function mamc_plugin_entry_1"));
  CHECK_THAT(found.status().message(), Contains("is shadowed"));
}

TEST_CASE("a directory that is given twice does not shadow itself") {
  FixtureTree tree;
  tree.Add("good_step");
  Catalog catalog(Options({&tree, &tree}));
  catalog.Scan();
  REQUIRE(catalog.entries().size() == 1);
  CHECK(catalog.entries()[0].state == PluginState::kActive);
}

TEST_CASE("an id occurs once in a directory and a plugin lies where its id says") {
  FixtureTree tree;
  auto good = tree.Add("good_step");
  auto copy = tree.Add("good_step", "another");
  auto stray = tree.Add("entry_fails", "entry_fails", "boards");
  Catalog catalog(Options({&tree}));
  catalog.Scan();
  CHECK(EntryOf(catalog, good).state == PluginState::kActive);
  CHECK(EntryOf(catalog, copy).state == PluginState::kRefused);
  CHECK_THAT(EntryOf(catalog, copy).reason,
             Contains("its manifest says 'steps/good_step', its place says 'steps/another'"));
  CHECK_THAT(EntryOf(catalog, copy).reason, Contains("is in this directory already (" + good.native() + ")"));
  CHECK_THAT(EntryOf(catalog, stray).reason,
             Contains("move it to " + (tree.path() / "steps/entry_fails.so").native()));
}

TEST_CASE("directories are read in their order and folders in theirs and files bytewise") {
  FixtureTree first, second;
  for (const char* name : {"b", "B", "a-b", "a"}) second.Add("good_step", name);
  second.temp().Write("boards/z.so", "text");
  second.temp().Write("personas/z.so", "text");
  second.temp().Write("steps/readme.txt", "no plugin");
  second.temp().Write("other/x.so", "not a kind's folder");
  first.temp().Write("workspaces/first.so", "text");
  Catalog catalog(Options({&first, &second}));
  catalog.Scan();
  std::vector<std::string> ids;
  for (const PluginEntry& entry : catalog.entries()) ids.push_back(entry.id);
  CHECK(ids == std::vector<std::string>{"workspaces/first", "steps/B", "steps/a-b", "steps/a", "steps/b",
                                        "personas/z", "boards/z"});
}

TEST_CASE("a disabled plugin is not used and Find says who disabled it") {
  FixtureTree tree;
  auto file = tree.Add("good_step");
  CatalogOptions options = Options({&tree});
  options.disabled = {"boards/*", "steps/good*"};
  Catalog catalog(options);
  catalog.Scan();
  CHECK(EntryOf(catalog, file).state == PluginState::kDisabled);
  CHECK_THAT(
      catalog.Find(Kind::kStep, "good_step").status().message(),
      Contains(file.native() + " has it but is disabled (disabled by 'steps/good*' in the configuration)"));
}

TEST_CASE("patterns of plugins match as in a shell, and a slash is like any other character") {
  CHECK(MatchesGlob("steps/*", "steps/command"));
  CHECK(MatchesGlob("*", ""));
  CHECK(MatchesGlob("*a*b?", "xxaxxbby"));
  CHECK(MatchesGlob("*lint", "steps/acme.lint"));
  CHECK(MatchesGlob("steps/acme.l?[nm]t", "steps/acme.lint"));
  CHECK_FALSE(MatchesGlob("steps/acme.*", "steps/command"));
  CHECK_FALSE(MatchesGlob("steps", "steps/command"));
  CHECK_FALSE(MatchesGlob("", "a"));
}

TEST_CASE("where only some plugins are enabled the others are not used and Find says why") {
  FixtureTree tree;
  auto file = tree.Add("good_step");
  CatalogOptions options = Options({&tree});
  options.only = {"boards/*", "steps/go*"};
  Catalog named(options);
  named.Scan();
  CHECK(EntryOf(named, file).state == PluginState::kActive);
  options.only = {"boards/*"};
  Catalog unnamed(options);
  unnamed.Scan();
  CHECK(EntryOf(unnamed, file).state == PluginState::kDisabled);
  CHECK_THAT(unnamed.Find(Kind::kStep, "good_step").status().message(),
             Contains("not among those that plugins.enable in the configuration names"));
}

TEST_CASE("a type of two active plugins is an error of both until one is pinned") {
  FixtureTree tree;
  auto one = tree.Add("same_type_one", "acme.same_type_one");
  auto two = tree.Add("same_type_two", "acme.same_type_two");

  Catalog unpinned(Options({&tree}));
  unpinned.Scan();
  for (const auto& file : {one, two}) {
    CHECK(EntryOf(unpinned, file).state == PluginState::kRefused);
    CHECK_THAT(EntryOf(unpinned, file).reason,
               Contains("the type step/acme.same is provided by steps/acme.same_type_one, "
                        "steps/acme.same_type_two: pin it"));
  }
  CHECK_THAT(unpinned.Find(Kind::kStep, "acme.same").status().message(), Contains("pin it to one of them"));

  CatalogOptions options = Options({&tree});
  options.pins = {{"step/acme.same", "steps/acme.same_type_two"}};
  Catalog pinned(options);
  pinned.Scan();
  REQUIRE(pinned.Find(Kind::kStep, "acme.same").ok());
  CHECK(pinned.Find(Kind::kStep, "acme.same")->plugin->file == two);
  CHECK(pinned.Find(Kind::kStep, "acme.only_one")->plugin->file == one);
  CHECK(pinned.Types(Kind::kStep).size() == 3);

  options.pins = {{"step/acme.same", "steps/acme.third"}};
  Catalog mistaken(options);
  mistaken.Scan();
  CHECK_THAT(EntryOf(mistaken, one).reason,
             Contains("it is pinned to 'steps/acme.third', which does not provide it"));
}

TEST_CASE("a pin is kept even when only another plugin has the type") {
  FixtureTree tree;
  auto one = tree.Add("same_type_one", "acme.same_type_one");
  CatalogOptions options = Options({&tree});
  options.pins = {{"step/acme.same", "steps/acme.same_type_two"}};
  Catalog catalog(options);
  catalog.Scan();
  CHECK(EntryOf(catalog, one).state == PluginState::kActive);
  CHECK(catalog.Find(Kind::kStep, "acme.only_one").ok());
  CHECK_THAT(catalog.Find(Kind::kStep, "acme.same").status().message(),
             Contains(one.native() + " has it but the type is pinned to 'steps/acme.same_type_two'"));
}

TEST_CASE("an unknown type is answered with the nearest known one and the directories") {
  FixtureTree tree;
  tree.Add("good_step");
  Catalog catalog(Options({&tree}));
  catalog.Scan();
  const std::string text = catalog.Find(Kind::kStep, "god_step").status().message();
  CHECK(text == "no plugin provides the step type 'god_step' (did you mean 'good_step'?); searched: " +
                    tree.path().native());
  CHECK_THAT(catalog.Find(Kind::kBoard, "good_step").status().message(),
             Contains("the board type 'good_step'; searched"));
}

TEST_CASE("a range tests the active plugin's version") {
  FixtureTree tree;
  tree.Add("good_step");
  Catalog catalog(Options({&tree}));
  catalog.Scan();
  CHECK(catalog.Find(Kind::kStep, "good_step", ">=1.0 <3").ok());
  CHECK_THAT(catalog.Find(Kind::kStep, "good_step", "^2.0").status().message(),
             Contains("is wanted in version ^2.0, but the active plugin steps/good_step") &&
                 Contains("is version 1.2.3"));
  CHECK(catalog.Find(Kind::kStep, "good_step", "newest").status().code() == Code::kInvalid);
}

TEST_CASE("listing runs no code of a plugin and loading does") {
  FixtureTree tree;
  auto file = tree.Add("constructor_marks");
  std::filesystem::path mark = tree.path() / "mark";
  ::setenv("MAMC_TEST_MARK", mark.c_str(), 1);
  Catalog catalog(Options({&tree}));
  catalog.SetHost(EmptyHost());
  catalog.Scan();
  REQUIRE(catalog.Find(Kind::kStep, "constructor_marks").ok());
  CHECK_FALSE(std::filesystem::exists(mark));
  CHECK(catalog.Load(EntryOf(catalog, file)).status().message().empty());
  CHECK(std::filesystem::exists(mark));
  ::unsetenv("MAMC_TEST_MARK");
}

TEST_CASE("a library is opened and initialised once and again only after it was stopped") {
  FixtureTree tree;
  auto file = tree.Add("counts_init");
  Catalog catalog(Options({&tree}));
  catalog.SetHost(EmptyHost());
  catalog.Scan();
  auto count = [] { return std::string(::getenv("MAMC_TEST_INIT_COUNT")); };
  auto library = catalog.Load(EntryOf(catalog, file));
  REQUIRE(library.status().message().empty());
  CHECK(*catalog.Load(EntryOf(catalog, file)) == *library);
  CHECK(count() == "1");
  (*library)->Stop();
  CHECK((*library)->factory(Kind::kStep) == nullptr);
  CHECK(catalog.Load(EntryOf(catalog, file)).ok());
  CHECK(count() == "2");
}

TEST_CASE("a plugin is not loaded before there is a host for it") {
  FixtureTree tree;
  auto file = tree.Add("good_step");
  Catalog catalog(Options({&tree}));
  catalog.Scan();
  CHECK(catalog.Load(EntryOf(catalog, file)).status().code() == Code::kInternal);
}

TEST_CASE("a file that was changed after the scan is not loaded") {
  FixtureTree tree;
  auto file = tree.Add("good_step");
  Catalog catalog(Options({&tree}));
  catalog.SetHost(EmptyHost());
  catalog.Scan();
  std::filesystem::remove(file);
  std::filesystem::copy_file(FixtureFile("init_fails"), file);
  CHECK_THAT(catalog.Load(EntryOf(catalog, file)).status().message(),
             Contains("was changed since the host started"));
}

TEST_CASE("what the preflight or the manifest refuses is refused at the scan") {
  struct Case {
    const char* fixture;
    const char* text;
  };
  const Case tried = GENERATE(values<Case>({
      {"no_entry", "exports no function mamc_plugin_entry_1"},
      {"only_entry_2", "built for plugin ABI 2, this host speaks 1"},
      {"no_manifest", "has no section .mamc.manifest"},
      {"bad_manifest", "manifest: not valid JSON"},
      {"abi_2_manifest", "manifest: built for plugin ABI 2, this host speaks 1"},
      {"manifest_min_host_minor", "manifest: needs plugin ABI 1.7, this host speaks 1.0"},
      {"unknown_schema_keyword", "manifest: types[0].params: "},
  }));
  CAPTURE(tried.fixture);
  FixtureTree tree;
  auto file = tree.Add(tried.fixture);
  Catalog catalog(Options({&tree}));
  catalog.Scan();
  CHECK(EntryOf(catalog, file).state == PluginState::kRefused);
  CHECK_THAT(EntryOf(catalog, file).reason, Contains(tried.text));
  CHECK_THAT(catalog.Find(Kind::kStep, tried.fixture).status().message(),
             Contains(file.native() + " has it but is refused"));
}

TEST_CASE("what loading finds wrong is said with plugin and stage") {
  struct Case {
    const char* fixture;
    const char* text;
  };
  const Case tried = GENERATE(values<Case>({
      {"undefined_symbol", "open: "},
      {"undefined_symbol", "undefined symbol: init_elsewhere"},
      {"entry_fails", "entry: mamc_plugin_entry_1 returned code -6 (unavailable)"},
      {"null_module", "entry: said OK and gave no module"},
      {"unaligned_module", "entry: mamc_module is not aligned"},
      {"new_min_host_minor", "entry: needs plugin ABI 1.999, this host speaks 1.0"},
      {"must_understand", "entry: must_understand bit 5 is unknown to this host"},
      {"struct_size_zero", "entry: mamc_module has struct_size 0"},
      {"struct_size_four", "entry: mamc_module has struct_size 4"},
      {"struct_size_huge", "entry: mamc_module has struct_size 4294967295"},
      {"struct_size_small", "entry: mamc_module has struct_size 40"},
      {"null_init", "entry: mamc_module.init is NULL"},
      {"null_get_factory", "entry: mamc_module.get_factory is NULL"},
      {"init_fails", "init: returned code -1 (failed)"},
      {"factory_missing",
       "factory: the manifest declares a type of kind step, but get_factory(\"mamc.step/1\") returned NULL"},
      {"factory_small", "factory: mamc.step/1 has struct_size 8"},
      {"null_create", "factory: mamc.step/1: create is NULL"},
  }));
  CAPTURE(tried.fixture);
  FixtureTree tree;
  auto file = tree.Add(tried.fixture);
  Catalog catalog(Options({&tree}));
  catalog.SetHost(EmptyHost());
  catalog.Scan();
  auto library = catalog.Load(EntryOf(catalog, file));
  REQUIRE_FALSE(library.ok());
  CHECK_THAT(library.status().message(),
             Contains("plugin steps/" + std::string(tried.fixture) + " (" + file.native() + "): ") &&
                 Contains(tried.text));
  CHECK(catalog.Load(EntryOf(catalog, file)).status().message() == library.status().message());
}

TEST_CASE("a library that the plugin needs and the machine lacks is named") {
  FixtureTree tree;
  std::string bytes =
      tree.temp().Read(std::filesystem::relative(tree.Add("counts_init"), tree.path()).native());
  const std::size_t needed = bytes.find("libc.so.6");
  REQUIRE(needed != std::string::npos);
  auto file = tree.temp().Write("steps/counts_init.so", bytes.replace(needed, 9, "liby.so.6"));
  Catalog catalog(Options({&tree}));
  catalog.SetHost(EmptyHost());
  catalog.Scan();
  const std::string text = catalog.Load(EntryOf(catalog, file)).status().message();
  CHECK_THAT(text, Contains("plugin steps/counts_init (" + file.native() +
                            "): open: liby.so.6: cannot open shared object file"));
}

TEST_CASE("files that are no plugins are listed as refused and harm nobody") {
  FixtureTree tree;
  auto good = tree.Add("good_step");
  std::filesystem::create_directories(tree.path() / "steps/folder.so");
  REQUIRE(::mkfifo((tree.path() / "steps/fifo.so").c_str(), 0600) == 0);
  tree.temp().Write("steps/text.so", "hello");
  tree.temp().Write("steps/empty.so", "");
  std::filesystem::create_symlink("nowhere", tree.path() / "steps/dangling.so");
  Catalog catalog(Options({&tree}));
  catalog.Scan();
  REQUIRE(catalog.entries().size() == 6);
  for (const PluginEntry& entry : catalog.entries())
    CHECK((entry.state == PluginState::kRefused) == (entry.file != good));
}

TEST_CASE("a search directory that does not exist or is a file holds no plugins") {
  test::TempDir temp;
  CatalogOptions options;
  options.dirs = {{temp / "none", "test"}, {temp.Write("file", "text"), "test"}};
  Catalog catalog(options);
  catalog.Scan();
  CHECK(catalog.entries().empty());
  CHECK(catalog.dirs().size() == 2);
}

TEST_CASE("paths with spaces and letters beyond ASCII work") {
  FixtureTree outer;
  std::filesystem::path folder = outer.path() / "my pl\xC3\xBCgins" / "steps";
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(FixtureFile("good_step"), folder / "good_step.so");
  CatalogOptions options;
  options.dirs = {{folder.parent_path(), "test"}};
  Catalog catalog(options);
  catalog.SetHost(EmptyHost());
  catalog.Scan();
  REQUIRE(catalog.entries().size() == 1);
  CHECK(catalog.Load(catalog.entries()[0]).status().message().empty());
}

TEST_CASE("five hundred plugins are scanned in well under two seconds") {
  FixtureTree tree;
  tree.Add("good_step", "p0");
  for (int i = 1; i < 500; ++i)
    std::filesystem::create_hard_link(tree.path() / "steps/p0.so",
                                      tree.path() / "steps" / ("p" + std::to_string(i) + ".so"));
  Catalog catalog(Options({&tree}));
  const auto begin = std::chrono::steady_clock::now();
  catalog.Scan();
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  CHECK(catalog.entries().size() == 500);
  CHECK(took.count() < 2000);
}

}  // namespace mamc::plugin
