// What is found wrong with a plan before anybody is asked.
#include "loop_children.hpp"
#include "support/temp_dir.hpp"

namespace mamc::test {
namespace {

using plugin::Kind;

const Json kInRepository = {{"project", {{"repo", "/srv/shop.git"}, {"ma", "off"}}}};

// What is found wrong with the plan in a repository with these files.
Json WrongIn(const TempDir& tree, const std::string& plan) {
  PluginDriver driver(Kind::kStep, "plan-check");
  return driver.RunStep({{"plan", plan}}, {{"workspace", {{"path", tree.path().string()}}}})
      .result()
      .at("wrong");
}

// The reasons with which `plan` comes back to the planner of a run without a repository; none: a judge is
// asked.
Json ReasonsFor(const std::string& plan, bool tests_required) {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep({{"tddRequired", tests_required}, {"gate", nullptr}, {"planner", "p"}});
  Answer(call, "plan/1", "p", {{"status", "pass"}, {"output", plan}});
  const ChildCall next = call.NextChild();
  if (next.key == "evaluate/1") return Json::array();
  CHECK(next.key == "plan/2");
  return next.input.at("payload").at("history")[0].at("reasons");
}

void FillTree(const TempDir& tree) {
  tree.Write("src/span.c", "");
  tree.Write("tests/test_span.c", "");
  tree.Write("Makefile", "");
  tree.Write("docs/guide.md", "");
}

TEST_CASE("A plan that names a file that does not exist comes back with what there is") {
  TempDir tree;
  FillTree(tree);
  CHECK(WrongIn(tree, "1. Change `lib/span.c`.\n2. Test it.") ==
        Json({"the plan names 'lib/span.c', which does not exist (there is 'src/span.c'): name a file of the "
              "repository, or say 'new file' where it is named"}));
  CHECK(WrongIn(tree, "Change `spam.c` and src/spam.h") ==
        Json({"the plan names 'spam.c', which does not exist: name a file of the repository, or say 'new "
              "file' where "
              "it is named",
              "the plan names 'src/spam.h', which does not exist: name a file of the repository, or say 'new "
              "file' "
              "where it is named"}));
}

TEST_CASE("A plan that names a file outside the repository comes back") {
  TempDir tree;
  FillTree(tree);
  CHECK(
      WrongIn(tree, "Create ../other/new.c") ==
      Json(
          {"the plan names '../other/new.c', which lies outside the repository: name it by its path in it"}));
}

TEST_CASE("A plan whose files are there or are to be made goes to its judge") {
  TempDir tree;
  FillTree(tree);
  for (const char* plan : {
           "Change `src/span.c` and span.c and ./src/span.c, then docs/guide.md.",
           "- `src/clock.c` (new file): the clock\n- call src/clock.c from src/span.c",
           "1. Add `tests/test_clock.c`.\n2. Run it.",
           "1. Rename src/span.c to src/spans.c.",
           "Neue Datei src/uhr.c anlegen.",
           "See https://example.com/a/page.html and docs/*.md, src/{a,b}.c, <lib/x.h>; e.g. foo...c",
           "The route /static/app.js is served; build/config.h and node_modules/x/index.js are made by "
           "programs.",
           "Run `make test`. Then create ..odd/x.c.",
           "Node.js and `Next.js` stay as they are; the words app.js and util.py alone may mean anything.",
           "New file clock.c, then call it: `clock.c`.",
       }) {
    INFO(plan);
    CHECK(WrongIn(tree, plan) == Json::array());
  }
}

TEST_CASE("Without a repository no file is looked for") {
  CHECK(ReasonsFor("Change src/nowhere.c", false) == Json::array());
}

TEST_CASE("Where tests come first a plan that names none comes back") {
  CHECK(ReasonsFor("1. Change the code.", true) ==
        Json({"the plan names no test: say which test shows that the task is done, and in which file"}));
  CHECK(ReasonsFor("## Tests\n- the clock strikes", true) == Json::array());
  CHECK(ReasonsFor("1. Change the code.", false) == Json::array());
}

TEST_CASE("What is wrong with a plan's files brings it back and files that cannot be looked at keep nobody") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep({{"gate", nullptr}, {"planner", "p"}}, kInRepository);
  Answer(call, "plan/1", "p", {{"status", "pass"}, {"output", "one"}});
  const ChildCall check = call.NextChild();
  CHECK(check.key == "check/1");
  CHECK(check.service == "step.run");
  CHECK(check.input == Json({{"type", "plan-check"}, {"params", {{"plan", "one"}}}}));
  call.Answer("check/1", {{"status", "done"}, {"result", {{"wrong", {"there is no a.c"}}}}});
  const ChildCall again = Answer(call, "plan/2", "p", {{"status", "pass"}, {"output", "two"}});
  CHECK(again.input.at("payload").at("history")[0].at("reasons") == Json({"there is no a.c"}));
  CHECK(call.NextChild().key == "check/2");
  call.Fail("check/2", Code::kUnavailable, "the remote is away");
  CHECK(call.NextChild().key == "evaluate/2");
}

TEST_CASE("Of many wrong names the first are told") {
  TempDir tree;
  std::string plan;
  for (int i = 0; i < 30; ++i) plan += "- change `f" + std::to_string(i) + ".c`\n";
  CHECK(WrongIn(tree, plan).size() == 8);
}

}  // namespace
}  // namespace mamc::test
