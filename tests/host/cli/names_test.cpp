#include "mamc/cli/names.hpp"

#include <catch2/catch.hpp>

#include "support/temp_dir.hpp"

using namespace mamc;
using mamc::cli::Names;
using mamc::test::TempDir;

namespace {

// Two folders of workflows and personas, of which the first is searched first.
struct Shelf {
  Shelf() : catalog({}) {
    dir.Write("own/feature.yml", "name: feature\n");
    dir.Write("own/personas/qa-engineer.yml", "id: qa-engineer\naliases: [tester-qa]\n");
    dir.Write("own/README.md", "no workflow\n");
    dir.Write("shipped/feature.yml", "name: feature\n");
    dir.Write("shipped/hotfix.yaml", "name: hotfix\n");
    dir.Write("shipped/personas/architect.yml", "id: architect\n");
    dir.Write("shipped/personas/broken.yml", "aliases: [\n");
  }
  Names Make() {
    return Names(catalog,
                 {{dir / "own", "--workflows"}, {dir / "missing", "x"}, {dir / "shipped", "installed"}});
  }

  TempDir dir;
  plugin::Catalog catalog;
};

}  // namespace

TEST_CASE("the workflow of an earlier folder hides that of a later one") {
  Shelf shelf;
  Names names = shelf.Make();
  CHECK(names.WorkflowNames() == std::vector<std::string>{"feature", "hotfix"});
  CHECK(names.WorkflowFile("feature")->origin == "--workflows");
  CHECK(names.WorkflowFile("hotfix")->origin == "installed");
  CHECK(names.HasWorkflow("hotfix"));
  CHECK_FALSE(names.HasWorkflow("README"));
}

TEST_CASE("a persona is found by its id and by its aliases") {
  Shelf shelf;
  Names names = shelf.Make();
  CHECK(names.FindPersona("qa-engineer") == "qa-engineer");
  CHECK(names.FindPersona("tester-qa") == "qa-engineer");
  CHECK(names.FindPersona("nobody") == "");
  CHECK(names.PersonaNames() == std::vector<std::string>{"architect", "broken", "qa-engineer", "tester-qa"});
  CHECK(names.PersonaFile("tester-qa")->file == shelf.dir / "own/personas/qa-engineer.yml");
}

TEST_CASE("an unknown name comes with the nearest known one") {
  Shelf shelf;
  Names names = shelf.Make();
  CHECK(names.WorkflowFile("hotfx").status().message() ==
        "there is no workflow 'hotfx' (did you mean 'hotfix'?); `mamc-host workflow list` shows all");
  CHECK(names.PersonaFile("architct").status().message() ==
        "there is no persona 'architct' (did you mean 'architect'?); `mamc-host persona list` shows all");
  CHECK_FALSE(names.FindStepType("command", "").ok());
}
