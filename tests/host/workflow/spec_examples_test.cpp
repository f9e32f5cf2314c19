// The examples that users know, word for word, load. A file that is a list of steps is put under `steps:`.
#include <catch2/catch.hpp>
#include <filesystem>

#include "fake_names.hpp"
#include "mamc/base/files.hpp"
#include "support/places.hpp"

namespace mamc::workflow {
namespace {

std::filesystem::path ExampleDir() {
  return test::SourceDir() / "tests/data/workflows/spec";
}

std::string Example(const std::string& name) {
  auto text = ReadFile(ExampleDir() / (name + ".yml"));
  REQUIRE(text.ok());
  return text->starts_with("- ") ? "name: example\nsteps:\n" + *text : *text;
}

}  // namespace

TEST_CASE("every example file loads") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(ExampleDir())) {
    Loaded(Example(entry.path().stem().string()));
    ++count;
  }
  CHECK(count == 7);
}

TEST_CASE("the project loop example means what it says") {
  auto workflow = Loaded(Example("project-loop"));
  CHECK(workflow->name == "project-loop");
  CHECK(workflow->version == "1.0.0");
  CHECK(workflow->variables["qa_timeout"] == 1200);
  REQUIRE(workflow->steps.size() == 3);
  const StepDef& planning = *workflow->steps[0];
  CHECK(planning.name == "Implementation Planning");
  CHECK(planning.timeout_ms == 1'800'000);
  CHECK(planning.retries == 2);
  CHECK(*planning.params.ConstantValue() ==
        Json({{"persona", "implementation-planner"}, {"stage", "initial"}}));
  CHECK(workflow->steps[2]->dependencies == std::vector<std::string>{"plan-evaluation"});
}

TEST_CASE("the timeout override is read as milliseconds with a warning") {
  FakeNames names;
  auto result = LoadWorkflow(Example("step-timeout-override"), "w.yml", names);
  REQUIRE(result.workflow);
  CHECK(result.workflow->steps[0]->timeout_ms == 300'000);
  CHECK(result.workflow->steps[0]->retries == 5);
  REQUIRE(result.warnings.size() == 1);
  CHECK(result.warnings[0].message.find("milliseconds") != std::string::npos);
}

TEST_CASE("the condition of a conditional is its parameter and not the gate of the engine") {
  auto workflow = Loaded(Example("conditional"));
  const StepDef& step = *workflow->steps[0];
  CHECK_FALSE(step.condition);
  REQUIRE(step.lists.contains("then"));
  CHECK(step.lists.at("then")[0]->id == "code-review");
  CHECK(step.lists.at("else")[0]->params.ConstantValue()->at("status") == "blocked");
  CHECK(step.params.Render(JsonScope(R"({"state":{"qa_status":"pass"}})")) ==
        Json::parse(R"({"condition":true})"));
  CHECK(step.params.Render(JsonScope(R"({"state":{"qa_status":"fail"}})")) ==
        Json::parse(R"({"condition":false})"));
}

TEST_CASE("templates in parameters are filled in") {
  auto workflow = Loaded(Example("git-operation"));
  CHECK(workflow->steps[0]->params.Render(JsonScope(R"({"task":{"title":"Login"}})")) ==
        Json({{"operation", "commit"}, {"message", "Implement Login"}, {"files", {"src/**/*.ts"}}}));
}

}  // namespace mamc::workflow
