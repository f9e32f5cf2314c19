// Steps that merge beside a gate are warned of.
#include <catch2/catch.hpp>

#include "fake_names.hpp"

namespace mamc::workflow {
namespace {

class MarkedNames final : public FakeNames {
 public:
  MarkedNames() {
    Add("qa", R"({"properties":{"with":{"type":"string","x-test":true}},"additionalProperties":false})");
    auto& ask = Add("ask-all", R"({"additionalProperties":true})");
    ask.composite = true;
  }
};

std::string WarningsOf(const std::string& steps) {
  static const MarkedNames names;
  LoadResult result = LoadWorkflow("name: w\nsteps:\n" + steps, "w.yml", names);
  INFO(Lines(result.problems));
  REQUIRE(result.workflow);
  return Lines(result.warnings);
}

const std::string kWork = "  - {id: work, type: command, shell: make}\n";
const std::string kReview = "  - {id: review, type: ask-all, dependencies: [work]}\n";

}  // namespace

TEST_CASE("a step that merges and does not wait for a gate is warned of with its place") {
  CHECK(WarningsOf(kWork + kReview +
                   "  - {id: end, type: git-operation, operation: merge, dependencies: [work]}\n") ==
        "5:5: the step 'end' merges or finalizes the work and does not wait for 'review' (line 4): that is "
        "done "
        "although what runs beside it fails; name it under 'dependencies' of 'end', or give a step whose "
        "failure "
        "does not matter 'on_failure: continue'\n");
  const std::string test = "  - {id: test, type: qa, with: make test, dependencies: [work]}\n";
  CHECK_THAT(WarningsOf(kWork + kReview + test +
                        "  - {id: end, type: git-operation, operation: merge, dependencies: [work]}\n"),
             Catch::Matchers::Contains("does not wait for 'review' (line 4), 'test' (line 5):"));
  CHECK_THAT(
      WarningsOf(kWork + "  - {id: test, type: command, shell: \"${project.test}\", dependencies: [work]}\n" +
                 "  - {id: end, type: git-operation, operation: merge, dependencies: [work]}\n"),
      Catch::Matchers::Contains("'test' (line 4)"));
}

TEST_CASE("a step that merges after its gates or before what only follows it is right") {
  CHECK(WarningsOf(kWork + kReview +
                   "  - {id: between, type: command, shell: make, dependencies: [review]}\n"
                   "  - {id: end, type: git-operation, operation: merge, dependencies: [between]}\n"
                   "  - {id: tell, type: ask-all, dependencies: [end]}\n") == "");
  CHECK(WarningsOf(kWork + "  - {id: praise, type: ask-all, on_failure: continue, dependencies: [work]}\n" +
                   "  - {id: end, type: git-operation, operation: merge, dependencies: [work]}\n") == "");
}

TEST_CASE("a push merges when it names a branch") {
  const std::string push = "  - {id: end, type: git-operation, operation: push, dependencies: [work]";
  CHECK(WarningsOf(kWork + kReview + push + "}\n") == "");
  CHECK_THAT(WarningsOf(kWork + kReview + push + ", branch: \"${project.base}\"}\n"),
             Catch::Matchers::StartsWith("5:5: the step 'end' merges"));
}

TEST_CASE("gates and merges are found in the lists of steps") {
  CHECK_THAT(
      WarningsOf(R"(  - id: reviews
    type: all-at-once
    steps: [{id: review, type: ask-all}]
  - id: publish
    type: conditional
    condition: true
    then: [{id: end, type: git-operation, operation: merge}]
)"),
      Catch::Matchers::StartsWith("6:5: the step 'publish' merges or finalizes the work in 'end' (line 9) "
                                  "and does not wait for 'reviews' (line 3):"));
  CHECK_THAT(WarningsOf(R"(  - id: all
    type: all-at-once
    steps:
      - {id: review, type: ask-all}
      - {id: end, type: git-operation, operation: merge}
)"),
             Catch::Matchers::StartsWith("7:9: the step 'end' merges") &&
                 Catch::Matchers::Contains("move 'end' behind the step that holds the list"));
  // One or the other runs.
  CHECK(WarningsOf(R"(  - id: either
    type: conditional
    condition: true
    then: [{id: review, type: ask-all}]
    else: [{id: end, type: git-operation, operation: merge}]
)") == "");
}

TEST_CASE("only so many gates are named and very many merges take no long time") {
  std::string steps = kWork;
  for (int i = 0; i < 2000; ++i) steps += "  - {id: g" + std::to_string(i) + ", type: ask-all}\n";
  for (int i = 0; i < 2000; ++i)
    steps += "  - {id: m" + std::to_string(i) + ", type: git-operation, operation: merge}\n";
  const std::string warnings = WarningsOf(steps);
  CHECK_THAT(warnings, Catch::Matchers::Contains("'g4' (line 8) and 1995 more:"));
  CHECK(std::count(warnings.begin(), warnings.end(), '\n') == 100);
}

}  // namespace mamc::workflow
