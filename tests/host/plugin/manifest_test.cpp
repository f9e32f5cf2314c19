#include "mamc/plugin/manifest.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "mamc/base/files.hpp"
#include "support/places.hpp"

namespace mamc::plugin {
namespace {

using Catch::Matchers::Contains;

Json GoodType() {
  return {{"kind", "step"}, {"id", "acme.lint"}};
}

Json GoodManifest() {
  return {{"id", "steps/acme.lint"}, {"version", "1.2.0"}, {"abi", {{"major", 1}}}, {"types", {GoodType()}}};
}

std::string ProblemsOf(const Json& manifest) {
  auto parsed = ParseManifest(Dump(manifest));
  return parsed ? "" : parsed.status().message();
}

std::string ProblemsOfType(const Json& patch) {
  Json manifest = GoodManifest();
  manifest["types"][0].update(patch);
  return ProblemsOf(manifest);
}

}  // namespace

TEST_CASE("the smallest manifest gets the documented defaults") {
  auto manifest = ParseManifest(Dump(GoodManifest()));
  REQUIRE(manifest.ok());
  CHECK(manifest->id == "steps/acme.lint");
  CHECK(manifest->abi_major == 1);
  CHECK(*manifest->document == GoodManifest());
  REQUIRE(manifest->types.size() == 1);
  const TypeManifest& type = manifest->types[0];
  CHECK(type.kind == Kind::kStep);
  CHECK(type.call_class == CallClass::kDefault);
  CHECK_FALSE(type.concurrent);
  CHECK_FALSE(type.composite);
  CHECK(type.access == Access::kNone);
  CHECK(type.after_interruption == AfterInterruption::kFail);
  CHECK(type.cancel_grace_ms == 5000);
  REQUIRE(type.params);
  REQUIRE(type.result);
  REQUIRE(type.settings);
  CHECK(type.params->Validate({{"anything", 1}}).size() == 1);
  CHECK(type.settings->Validate({{"anything", 1}}).size() == 1);
  CHECK(type.result->Validate({{"anything", 1}}).empty());
}

TEST_CASE("every member of a step type is read") {
  Json manifest = GoodManifest();
  manifest["title"] = "Lint";
  manifest["license"] = "Apache-2.0";
  manifest["abi"]["min_host_minor"] = 0;
  manifest["types"][0].update(
      {{"title", "Lints"},
       {"class", "blocking"},
       {"concurrent", true},
       {"composite", true},
       {"access", "write"},
       {"after_interruption", "lookup"},
       {"params",
        {{"type", "object"},
         {"properties",
          {{"shell", {{"type", "string"}}}, {"vars", {{"type", "object"}}}, {"when", Json::object()}}}}},
       {"result", {{"type", "object"}, {"properties", {{"ok", {{"type", "boolean"}}}}}}},
       {"settings", {{"type", "object"}}},
       {"state", {"lint_status"}},
       {"state_params", {"vars"}},
       {"step_lists", {"then", "else"}},
       {"independent_lists", Json::array({"else"})},
       {"expressions", {"when"}},
       {"shell_params", {"shell"}},
       {"secrets", {"LINT_TOKEN"}},
       {"cancel_grace_ms", 0}});
  auto parsed = ParseManifest(Dump(manifest));
  REQUIRE(parsed.status().message() == "");
  const TypeManifest& type = parsed->types[0];
  CHECK(parsed->title == "Lint");
  CHECK(parsed->license == "Apache-2.0");
  CHECK(type.title == "Lints");
  CHECK(type.call_class == CallClass::kBlocking);
  CHECK(type.concurrent);
  CHECK(type.composite);
  CHECK(type.access == Access::kWrite);
  CHECK(type.after_interruption == AfterInterruption::kLookup);
  CHECK(type.params->HasProperty("shell"));
  CHECK(type.result->HasProperty("ok"));
  CHECK(type.state_keys == std::vector<std::string>{"lint_status"});
  CHECK(type.state_params == std::vector<std::string>{"vars"});
  CHECK(type.step_lists == std::vector<std::string>{"then", "else"});
  CHECK(type.independent_lists == std::vector<std::string>{"else"});
  CHECK(type.expressions == std::vector<std::string>{"when"});
  CHECK(type.shell_params == std::vector<std::string>{"shell"});
  CHECK(type.secrets == std::vector<std::string>{"LINT_TOKEN"});
  CHECK(type.cancel_grace_ms == 0);
}

TEST_CASE("all problems of a manifest are said at once with their places") {
  Json manifest = GoodManifest();
  manifest["versoin"] = "1.0.0";
  manifest["version"] = "1.0";
  manifest["types"][0].update({{"clas", "inline"},
                               {"access", "reed"},
                               {"cancel_grace_ms", -1},
                               {"secrets", {"A", "A"}},
                               {"concurrent", "yes"}});
  manifest["types"].push_back("no object");
  manifest["types"].push_back({{"kind", "stepp"}, {"id", "acme.x"}});
  const std::string text = ProblemsOf(manifest);
  CHECK_THAT(text, Contains("versoin: unknown key (did you mean 'version'?)"));
  CHECK_THAT(text, Contains("version: '1.0' must be MAJOR.MINOR.PATCH"));
  CHECK_THAT(text, Contains("types[0].clas: unknown key (did you mean 'class'?)"));
  CHECK_THAT(
      text,
      Contains("types[0].access: 'reed' must be one of none, read, write, children (did you mean 'read'?)"));
  CHECK_THAT(text, Contains("types[0].cancel_grace_ms: must be a whole number from 0 to 600000"));
  CHECK_THAT(text, Contains("types[0].secrets: names 'A' twice"));
  CHECK_THAT(text, Contains("types[0].concurrent: must be true or false"));
  CHECK_THAT(text, Contains("types[1]: must be an object"));
  CHECK_THAT(text, Contains("types[2].kind: 'stepp' is no kind of plugin type"));
}

TEST_CASE("a list whose steps are independent is one of the lists of steps") {
  Json manifest = GoodManifest();
  manifest["types"][0].update({{"step_lists", {"steps"}}, {"independent_lists", {"step"}}});
  CHECK_THAT(ProblemsOf(manifest),
             Contains("types[0].independent_lists: 'step' is not one of step_lists (did you mean 'steps'?)"));
}

TEST_CASE("keys of steps are unknown to other kinds") {
  Json manifest = GoodManifest();
  manifest["id"] = "boards/acme.cards";
  manifest["types"] = {{{"kind", "board"}, {"id", "acme.cards"}, {"access", "read"}}};
  CHECK_THAT(ProblemsOf(manifest), Contains("types[0].access: unknown key"));
}

TEST_CASE("a missing member is named") {
  for (const char* key : {"id", "version", "abi", "types"}) {
    Json manifest = GoodManifest();
    manifest.erase(key);
    CAPTURE(key);
    CHECK_THAT(ProblemsOf(manifest), Contains(std::string(key) + ": must be"));
  }
  Json manifest = GoodManifest();
  manifest["types"][0].erase("id");
  CHECK_THAT(ProblemsOf(manifest), Contains("types[0].id: must be a text"));
}

TEST_CASE("another ABI is the only thing said of a manifest that is for it") {
  Json manifest = GoodManifest();
  manifest["abi"] = {{"major", 2}, {"flavour", "new"}};
  manifest["types"] = Json::object();
  CHECK(ProblemsOf(manifest) == "built for plugin ABI 2, this host speaks 1");
  manifest["abi"] = {{"major", 1}, {"min_host_minor", 9}};
  CHECK_THAT(ProblemsOf(manifest), Contains("needs plugin ABI 1.9, this host speaks 1.0"));
  manifest["abi"] = Json::object();
  CHECK(ProblemsOf(manifest) == "abi.major: is missing");
}

TEST_CASE("ids keep to the kind folder and to the vendor") {
  Json manifest = GoodManifest();
  for (const char* id : {"acme.lint", "steps/", "step/acme.lint", "steps/../x", "steps/Acme.lint",
                         "steps/a.b.c", "steps/a b"}) {
    manifest["id"] = id;
    CAPTURE(id);
    CHECK_THAT(ProblemsOf(manifest), Contains("must be a kind's folder and a name"));
  }
  manifest["id"] = "boards/acme.lint";
  CHECK_THAT(ProblemsOf(manifest), Contains("has no type of kind board"));
  manifest["id"] = "steps/other.lint";
  CHECK_THAT(ProblemsOf(manifest), Contains("'acme.lint' must begin with 'other.'"));
  CHECK_THAT(ProblemsOfType({{"id", "acme/lint"}}), Contains("types[0].id: 'acme/lint' must be"));
}

TEST_CASE("a type occurs once in a manifest") {
  Json manifest = GoodManifest();
  manifest["types"].push_back(GoodType());
  CHECK_THAT(ProblemsOf(manifest), Contains("declares the step 'acme.lint' twice"));
}

TEST_CASE("schemas describe objects and use known keywords") {
  CHECK_THAT(ProblemsOfType({{"params", {{"type", "string"}}}}),
             Contains(R"(types[0].params: must be a schema with "type": "object")"));
  CHECK_THAT(ProblemsOfType({{"result", 7}}), Contains("types[0].result: must be a schema"));
  CHECK_THAT(ProblemsOfType({{"settings", {{"type", "object"}, {"propertys", Json::object()}}}}),
             Contains("propertys"));
}

TEST_CASE("lists of parameters name parameters") {
  const Json params = {{"type", "object"}, {"properties", {{"condition", Json::object()}}}};
  CHECK(ProblemsOfType({{"params", params}, {"expressions", {"condition"}}}).empty());
  CHECK_THAT(
      ProblemsOfType({{"params", params}, {"expressions", {"conditon"}}}),
      Contains("types[0].expressions: 'conditon' is no property of params (did you mean 'condition'?)"));
}

TEST_CASE("an inline type cannot be composite") {
  CHECK_THAT(ProblemsOfType({{"class", "inline"}, {"composite", true}}), Contains("cannot be composite"));
}

TEST_CASE("text that is no JSON object is refused with the reason") {
  CHECK_THAT(ParseManifest("").status().message(), Contains("not valid JSON"));
  CHECK_THAT(ParseManifest("{} {}").status().message(), Contains("not valid JSON"));
  CHECK_THAT(ParseManifest(R"({"id": 1, "id": 2})").status().message(), Contains("duplicate key 'id'"));
  CHECK(ParseManifest("[]").status().message() == "must be a JSON object");
  CHECK_THAT(ParseManifest(std::string(100000, '[')).status().message(), Contains("nested deeper"));
}

TEST_CASE("the manifests of the shipped plugins are accepted and say where they lie") {
  const std::filesystem::path plugins = test::SourceDir() / "plugins";
  for (Kind kind : {Kind::kStep, Kind::kBackend, Kind::kTransport, Kind::kBoard, Kind::kWorkspace}) {
    const std::filesystem::path folder = plugins / KindFolder(kind);
    if (!std::filesystem::exists(folder)) continue;
    for (const auto& plugin : std::filesystem::directory_iterator(folder)) {
      CAPTURE(plugin.path());
      auto text = ReadFile(plugin.path() / "manifest.json");
      if (!text) continue;  // a folder without a manifest is no plugin
      auto manifest = ParseManifest(*text);
      CHECK(manifest.status().message() == "");
      if (manifest)
        CHECK(manifest->id == std::string(KindFolder(kind)) + "/" + plugin.path().filename().string());
    }
  }
}

TEST_CASE("kinds have a name and a folder and a factory") {
  CHECK(KindFolder(Kind::kBackend) == "personas");
  CHECK(FactoryId(Kind::kWorkspace) == "mamc.workspace/1");
  for (Kind kind : {Kind::kStep, Kind::kBackend, Kind::kTransport, Kind::kBoard, Kind::kWorkspace})
    CHECK(*ParseKind(KindName(kind)) == kind);
  CHECK_THAT(ParseKind("boards").status().message(), Contains("did you mean 'board'"));
}

}  // namespace mamc::plugin
