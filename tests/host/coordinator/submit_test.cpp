#include "shop.hpp"
#include "support/captured_log.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

namespace {

struct Counter : Shop {
  explicit Counter(const TempDir& dir) : Shop(dir) { options.alone = false; }
  void Submit(const std::string& corr_id) {
    coordinator->Submit(corr_id, [this, corr_id](Result<Json> answer) {
      CHECK(answers.count(corr_id) == 0);
      answers.emplace(corr_id, std::move(answer));
    });
  }
  Result<Json> AnswerTo(const std::string& corr_id) {
    bench.Until([&] { return answers.count(corr_id) > 0; });
    return answers.at(corr_id);
  }
  void Idle() {
    bench.Until([&] { return log.Has({"waiting for the board to change"}); });
  }
  void Say(const std::string& corr_id, const std::string& status, const Json& told) {
    messaging::Event event;
    event.corr_id = corr_id;
    event.status = status;
    event.result = told;
    channel->PublishEvent(event, [](Status said) { CHECK(said.ok()); });
  }
  CapturedLog log;
  std::map<std::string, Result<Json>> answers;
};

}  // namespace

TEST_CASE("a loop that waits looks at the board when it is asked for and tells what it came to") {
  TempDir dir;
  Counter shop(dir);
  shop.options.drain = false;
  shop.Start();
  shop.Idle();
  shop.Submit("none");
  auto none = shop.AnswerTo("none");
  REQUIRE(none.ok());
  CHECK((*none)["status"] == "pass");
  CHECK((*none)["tasks"].empty());
  std::string task = shop.AddTask("first");
  shop.Submit("one");
  auto one = shop.AnswerTo("one");
  REQUIRE(one.ok());
  CHECK((*one)["status"] == "pass");
  REQUIRE((*one)["tasks"].size() == 1);
  CHECK((*one)["tasks"][0]["id"] == task);
  CHECK((*one)["tasks"][0]["status"] == "done");
  CHECK_THAT((*one)["output"].get<std::string>(), Contains("worked on 1 task, 0 are left"));
  // While the board is read for the one, the other asks: what came before it asked is worked on.
  shop.Submit("two");
  shop.Submit("three");
  shop.AddTask("second");
  auto three = shop.AnswerTo("three");
  REQUIRE(three.ok());
  CHECK((*three)["tasks"].size() == 1);
  CHECK_FALSE(shop.result.has_value());
}

TEST_CASE("a loop under way answers when nothing is left to be done, and what is left makes it a failure") {
  TempDir dir;
  Counter shop(dir);
  shop.personas->answer = [](const ScriptedService::Asked&) {
    return ScriptedService::Answer{Code::kFailed, {{"message", "no luck"}}};
  };
  shop.options.blocked_max_attempts = 1;
  shop.AddTask("first");
  shop.Start();
  shop.Submit("s");
  auto answer = shop.AnswerTo("s");
  REQUIRE(answer.ok());
  CHECK((*answer)["status"] == "fail");
  CHECK((*answer)["left"].size() == 1);
  CHECK((*answer)["tasks"][0]["status"] == "blocked");
  shop.bench.Until([&] { return shop.result.has_value(); });
  shop.Submit("late");
  CHECK_THAT(shop.AnswerTo("late").status().message(), Contains("has ended on this host"));
}

TEST_CASE("who does not wait any more is not answered and the loop goes on") {
  TempDir dir;
  Counter shop(dir);
  shop.AddTask("first");
  shop.Start();
  shop.Submit("s");
  shop.coordinator->Unsubmit("s");
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.answers.empty());
  CHECK(shop.Worked().size() == 1);
}

TEST_CASE("a host that waits for another hands on what it was asked and the answer") {
  TempDir dir;
  Counter shop(dir);
  auto leased =
      shop.Try(shop.transport, 11, {{"name", "project:p"}, {"owner", "other"}, {"ttl_ms", 3'600'000}});
  REQUIRE(leased.ok());
  shop.Start();
  shop.bench.Until([&] { return shop.log.Has({"run by other"}); });
  std::vector<Json> told;
  shop.channel->Expect("project:p", [&](const messaging::Event& event) { told.push_back(event.result); });
  shop.Submit("s");
  shop.bench.Until([&] { return told.size() == 1; });
  CHECK(told[0] == Json{{"submit", "s"}});
  shop.bench.Advance(15'000);
  shop.bench.Until([&] { return told.size() == 2; });  // as long as it is not answered
  shop.Say("submit:s", "done", {{"status", "pass"}});
  auto answer = shop.AnswerTo("s");
  REQUIRE(answer.ok());
  CHECK(*answer == Json{{"status", "pass"}});

  // What anybody may have written.
  shop.Submit("t");
  shop.Say("submit:t", "done", "ready");
  auto text = shop.AnswerTo("t");
  REQUIRE(text.ok());
  CHECK(*text == Json{{"output", "ready"}});
  shop.Submit("u");
  shop.Say("submit:u", "error", {{"code", 0}});
  CHECK(shop.AnswerTo("u").status().code() == Code::kFailed);
}

TEST_CASE("the host that has the project answers what another was asked, once") {
  TempDir dir;
  Counter shop(dir);
  shop.options.drain = false;
  shop.Start();
  shop.Idle();
  std::vector<messaging::Event> heard;
  shop.channel->Expect("submit:s", [&](const messaging::Event& event) { heard.push_back(event); });
  shop.Say("project:p", "progress", {{"submit", "s"}});
  shop.bench.Until([&] { return heard.size() == 1; });
  CHECK(heard[0].status == "done");
  CHECK(heard[0].result["status"] == "pass");
}

TEST_CASE("a loop that cannot go on tells it to who asked and to everybody") {
  TempDir dir;
  Counter shop(dir);
  std::vector<messaging::Event> heard;
  shop.channel->Expect("project:p", [&](const messaging::Event& event) { heard.push_back(event); });
  shop.options.check_needs = [](const workflow::Workflow&, const Json&, std::function<void(Status)> checked) {
    checked(Invalid("there is no model"));
  };
  shop.AddTask("first");
  shop.Start();
  shop.Submit("s");
  auto answer = shop.AnswerTo("s");
  CHECK(answer.status().code() == Code::kInvalid);
  CHECK_THAT(answer.status().message(), Contains("there is no model"));
  // Our own question to nobody in particular may come first.
  shop.bench.Until([&] { return !heard.empty() && heard.back().status == "error"; });
  CHECK(heard.back().from_persona == "coordination");
  CHECK(heard.back().error == "there is no model");
}
