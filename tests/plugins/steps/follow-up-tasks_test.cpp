// What becomes of reviews that did not pass: tasks on a board that the test plays, for a change in a real
// repository.
#include <set>

#include "git_step.hpp"

namespace mamc::test {
namespace {

using Catch::Matchers::Contains;

Json Blocking(const std::string& file, const std::string& text, int line = 3) {
  return {{"file", file}, {"line", line}, {"severity", "blocking"}, {"text", text}};
}

Json Advice(const std::string& file, const std::string& text) {
  return {{"file", file}, {"severity", "advice"}, {"text", text}};
}

// What a persona with a verdict answers.
Json Failing(std::vector<Json> findings) {
  return {{"status", "fail"}, {"output", "no"}, {"verdict", {{"status", "fail"}, {"findings", findings}}}};
}

const Json kPassing = {{"status", "pass"}, {"output", "fine"}};

// Task 7, whose branch changes src/cart.c and src/total.c.
class Reviewed {
 public:
  Reviewed() : step_("follow-up-tasks", "mamc/task-7") {
    step_.Begin("mamc/task-7");
    step_.git.OthersPush("mamc/task-7", "src/cart.c", "int cart;\n");
    step_.git.OthersPush("mamc/task-7", "src/total.c", "int total;\n");
    workspace_ = step_.Prepare("run-1");
    workspace_["branch"] = "mamc/task-7";
  }

  plugin::Outcome Run(const Json& reviews, Json params = Json::object()) {
    params["reviews"] = reviews;
    plugin::CallInfo info;
    Json input = {{"params", params}, {"run", "run-1"},           {"step", "follow-ups@1"},
                  {"task", task},     {"project", {{"id", "p"}}}, {"workspace", workspace_}};
    DrivenCall call = step_.steps.Start(MAMC_STEP_RUN, input, info);
    for (std::size_t served = 0; !call.completed();)
      if (served < call.children().size()) Serve(call, call.children()[served++]);
    return call.Wait();
  }
  // Of a run of which the reviews passed nothing.
  Json Failed(const Json& reviews, const Json& params = Json::object()) {
    const plugin::Outcome outcome = Run(reviews, params);
    CHECK(outcome.code == Code::kFailed);
    said = outcome.Message();
    const Json error = Json::parse(outcome.json);
    return error.value("details", Json::object()).value("waits_for", Json::array());
  }

  Json task = {{"id", "7"},
               {"title", "Show the total"},
               {"type", "feature"},
               {"priority", 5},
               {"labels", {"shop", "tests-may-shrink"}},
               {"milestone", "m1"},
               {"workflow", nullptr},
               {"repo", nullptr},
               {"follows", nullptr}};
  std::vector<Json> board = {{{"id", "7"}, {"follows", nullptr}, {"status", "in_review"}}};
  std::size_t dies_after = 99;  // creations
  bool keeps_follows = true;
  std::string said;

 private:
  void Serve(DrivenCall& call, const ChildCall& child) {
    REQUIRE(child.service == "board");
    if (child.input.at("verb") == "list") return call.Answer(child.key, {{"tasks", board}});
    REQUIRE(child.input.at("verb") == "create");
    if (dies_after-- == 0) return call.Fail(child.key, Code::kUnavailable, "the board is away");
    Json made = child.input;
    made.erase("verb");
    if (!keeps_follows) made.erase("follows");
    made.update({{"id", std::to_string(board.size() + 7)}, {"status", "open"}});
    board.push_back(made);
    call.Answer(child.key, {{"task", made}, {"created", true}});
  }

  GitStep step_;
  Json workspace_;
};

TEST_CASE("Reviews that pass make no tasks") {
  Reviewed reviewed;
  const plugin::Outcome outcome = reviewed.Run({{"code", kPassing}, {"security", kPassing}});
  CHECK(Json::parse(outcome.json) == Json({{"passed", {"code", "security"}}}));
  CHECK(reviewed.board.size() == 1);
}

TEST_CASE("Each blocking finding becomes a task that begins on the branch that it is about") {
  Reviewed reviewed;
  const Json waits_for =
      reviewed.Failed({{"code", Failing({Blocking("src/cart.c", "Negative counts are added.", 12),
                                         Advice("src/cart.c", "Rename it.")})},
                       {"security", Failing({Blocking("b/src/total.c", "The sum overflows.")})}});
  CHECK(waits_for == Json({"8", "9"}));
  REQUIRE(reviewed.board.size() == 3);
  const Json& made = reviewed.board[1];
  CHECK(made["title"] == "Correct src/cart.c: Negative counts are added.");
  for (const char* part :
       {"Negative counts are added.", "src/cart.c:12", "code", "task 7 (Show the total)", "mamc/task-7"})
    CHECK_THAT(made["description"].get<std::string>(), Contains(part));
  CHECK(made["type"] == "bug");
  CHECK(made["follows"] == "7");
  CHECK(made["milestone"] == "m1");
  CHECK(made["priority"] == 6);
  CHECK(made["labels"] == Json({"shop", "tests-may-shrink"}));
  CHECK_THAT(reviewed.board[2]["description"].get<std::string>(), Contains("Where: src/total.c:3"));
  CHECK_THAT(reviewed.said,
             Contains("task 8: code, src/cart.c:12") && Contains("task 9: security, src/total.c:3"));
}

TEST_CASE("A board that does not keep where a task begins fails the step") {
  Reviewed reviewed;
  reviewed.keeps_follows = false;
  const plugin::Outcome outcome =
      reviewed.Run({{"code", Failing({Blocking("src/cart.c", "one"), Blocking("src/cart.c", "two")})}});
  CHECK(outcome.code == Code::kUnsupported);
  CHECK_THAT(outcome.Message(),
             Contains("task 8 would not begin on the branch that it is about: archive it"));
  CHECK(reviewed.board.size() == 2);
}

TEST_CASE("The same finding in other lines and by another reviewer is one task") {
  Reviewed reviewed;
  const Json once = reviewed.Failed(
      {{"code", Failing({Blocking("src/cart.c", "Line 3: negative counts, are added", 3)})},
       {"security", Failing({Blocking("cart.c", "line 14 negative counts are added.", 14)})}});
  CHECK(once == Json({"8"}));
  // And in the next run.
  CHECK(reviewed.Failed({{"code", Failing({Blocking("src/cart.c", "LINE 9: negative counts are added")})}}) ==
        once);
  CHECK(reviewed.board.size() == 2);
  // What is said of another file, or in other words, is another one.
  reviewed.Failed({{"code", Failing({Blocking("src/total.c", "Line 3: negative counts are added")})}});
  CHECK(reviewed.board.size() == 3);
}

TEST_CASE("A step that a crash has interrupted makes the rest and nothing twice") {
  Reviewed reviewed;
  const Json reviews = {{"code", Failing({Blocking("src/cart.c", "one"), Blocking("src/cart.c", "two"),
                                          Blocking("src/total.c", "three")})}};
  reviewed.dies_after = 1;
  CHECK(reviewed.Run(reviews).code == Code::kUnavailable);
  CHECK(reviewed.board.size() == 2);
  reviewed.dies_after = 99;
  CHECK(reviewed.Failed(reviews) == Json({"8", "9", "10"}));
  CHECK(reviewed.board.size() == 4);
}

TEST_CASE("No more tasks are made than one task may have, whatever run made them") {
  Reviewed reviewed;
  const Json first = {{"code", Failing({Blocking("src/cart.c", "one"), Blocking("src/cart.c", "two")})}};
  const Json then = {{"code", Failing({Blocking("src/cart.c", "three"), Blocking("src/cart.c", "four")})}};
  CHECK(reviewed.Failed(first) == Json({"8", "9"}));
  CHECK(reviewed.Failed(then) == Json({"10"}));
  CHECK_THAT(reviewed.said,
             Contains("src/cart.c:3: four (no task is made of it: 3 follow-up tasks of task 7 were "
                      "made already (max is 3))"));
  CHECK(reviewed.board.size() == 4);
  for (Json& task : reviewed.board) task["status"] = "done";
  CHECK(reviewed.Failed({{"code", Failing({Blocking("src/cart.c", "five")})}}).empty());
  CHECK(reviewed.board.size() == 4);
  CHECK(reviewed.Failed({{"code", Failing({Blocking("src/cart.c", "five")})}}, {{"max", 4}}) == Json({"11"}));
}

TEST_CASE("A follow-up task makes none, unless it may, and then they count for the first one") {
  Reviewed reviewed;
  reviewed.Failed({{"code", Failing({Blocking("src/cart.c", "one"), Blocking("src/cart.c", "two")})}});
  reviewed.task["id"] = "8";
  reviewed.task["follows"] = "7";
  const Json bred = {{"code", Failing({Blocking("src/cart.c", "bred"), Blocking("src/cart.c", "and more")})}};
  CHECK(reviewed.Failed(bred).empty());
  CHECK_THAT(reviewed.said, Contains("task 8 is a follow-up task itself (max_depth is 1)"));
  CHECK(reviewed.board.size() == 3);
  CHECK(reviewed.Failed(bred, {{"max_depth", 2}}) == Json({"10"}));
  CHECK_THAT(reviewed.said, Contains("3 follow-up tasks of task 7 were made already"));
}

TEST_CASE("A follow-up task does not wait for what it is there to correct itself") {
  Reviewed reviewed;
  const Json reviews = {{"code", Failing({Blocking("src/cart.c", "one")})}};
  CHECK(reviewed.Failed(reviews) == Json({"8"}));
  reviewed.task["id"] = "8";
  reviewed.task["follows"] = "7";
  CHECK(reviewed.Failed(reviews, {{"max_depth", 5}}).empty());
  CHECK_THAT(reviewed.said, Contains("it is what task 8 is there to correct"));
  CHECK(reviewed.board.size() == 2);
}

TEST_CASE("What is found again after its task was closed makes no task and is waited for no more") {
  const std::string closed = GENERATE("done", "archived");
  Reviewed reviewed;
  const Json reviews = {{"code", Failing({Blocking("src/cart.c", "one")})}};
  reviewed.Failed(reviews);
  reviewed.board[1]["status"] = closed;
  CHECK(reviewed.Failed(reviews).empty());
  CHECK_THAT(reviewed.said, Contains("it is still found, although its task 8 is " + closed));
  CHECK(reviewed.board.size() == 2);
}

TEST_CASE("A finding without a file of the change is told and makes no task") {
  Reviewed reviewed;
  const Json lost = {{"severity", "blocking"}, {"text", "Tests are missing."}};
  CHECK(reviewed.Failed({{"code", Failing({Blocking("README.md", "Not changed here."), lost})}}).empty());
  CHECK_THAT(reviewed.said, Contains("code, README.md:3: Not changed here. (the change has no such file") &&
                                Contains("code, no file: Tests are missing."));
  CHECK(reviewed.board.size() == 1);
}

TEST_CASE("Who passes nothing and finds nothing is named, and does not pass") {
  Reviewed reviewed;
  const Json reviews = {{"code", kPassing},
                        {"security", {{"status", "unknown"}, {"problem", "the answer holds no JSON object"}}},
                        {"style", Failing({Advice("src/cart.c", "Rename it.")})},
                        {"law", nullptr}};
  CHECK(reviewed.Failed(reviews).empty());
  CHECK_THAT(reviewed.said, Contains("security said unknown") &&
                                Contains("the answer holds no JSON object") && Contains("style said fail") &&
                                Contains("law gave no answer"));
  CHECK_THAT(reviewed.said, !Contains("code said"));
  CHECK(reviewed.board.size() == 1);
}

}  // namespace
}  // namespace mamc::test
