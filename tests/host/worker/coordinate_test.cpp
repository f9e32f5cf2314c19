// Requests to `coordination`, which are no questions to a model.
#include "desk.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kCoordinator = "id: coordination\nprompt: You coordinate.\n";

struct Counter {
  explicit Counter(const TempDir& dir)
      : desk(dir, kCoordinator, {"a model's words"}, {}, [this](worker::WorkerOptions& options) {
          options.coordinate = [this](const std::string& project, const std::string& corr_id,
                                      worker::WorkerOptions::Answered answered) {
            asked.push_back(project + " " + corr_id);
            waiting.push_back(std::move(answered));
            return [this, corr_id] { dropped.push_back(corr_id); };
          };
        }) {}
  messaging::Request Ask(const std::string& corr_id, const std::string& project) const {
    messaging::Request request = desk.Ask(corr_id);
    request.to_persona = "coordination";
    request.project_id = project;
    request.deadline_s = 0;
    return request;
  }
  // As the loop does it.
  void Answer(std::size_t which, Result<Json> answer) {
    desk.bench.loop.Post([this, which, answer = std::move(answer)] { waiting[which](answer); });
  }
  void WaitForAsked(std::size_t count) {
    desk.bench.Until([&] { return asked.size() == count; });
  }

  std::vector<std::string> asked, dropped;
  std::vector<worker::WorkerOptions::Answered> waiting;
  Desk desk;
};

}  // namespace

TEST_CASE("a request to coordination has a project's loop run and is answered with what that came to") {
  TempDir dir;
  Counter counter(dir);
  bool in_payload = GENERATE(true, false);
  auto request = counter.Ask("c", in_payload ? "" : "shop");
  if (in_payload) request.payload = {{"project_id", "shop"}};
  counter.desk.Send(request);
  counter.WaitForAsked(1);
  CHECK(counter.asked[0] == "shop c");
  counter.Answer(0, Json{{"status", "pass"}, {"output", "all is done"}});
  auto end = counter.desk.End("c");
  CHECK(end.status == "done");
  CHECK(end.from_persona == "coordination");
  CHECK(end.result["output"] == "all is done");
  CHECK(counter.desk.asked() == 0);
  // The same once more is the same answer.
  counter.desk.Send(request);
  CHECK(counter.desk.End("c", 2).result == end.result);
  CHECK(counter.asked.size() == 1);
}

TEST_CASE("a request to coordination as the protocol's first words have it is understood") {
  TempDir dir;
  Counter counter(dir);
  bool heard = false;
  counter.desk.channel->Expect("u-1",
                               [&](const messaging::Event& event) { heard |= event.status == "done"; });
  bool published = false;
  plugin::Call(*counter.desk.bench.calls, counter.desk.transport, MAMC_TRANSPORT_PUBLISH,
               {{"stream", "machine:requests"},
                {"fields",
                 {{"workflow_id", "wf-123"},
                  {"to_persona", "coordination"},
                  {"step", "1"},
                  {"intent", "orchestrate"},
                  {"payload", R"({"project_id":"shop"})"},
                  {"corr_id", "u-1"},
                  {"deadline_s", "600"}}}},
               [&](const Result<Json>& said) { published = said.ok(); });
  counter.WaitForAsked(1);
  counter.Answer(0, Json{{"status", "pass"}});
  counter.desk.bench.Until([&] { return heard && published; });
}

TEST_CASE("a request to coordination without a project says what is missing and one that fails says why") {
  TempDir dir;
  Counter counter(dir);
  counter.desk.Send(counter.Ask("none", ""));
  auto none = counter.desk.End("none");
  CHECK(none.status == "error");
  CHECK_THAT(none.error, Contains("project_id"));
  counter.desk.Send(counter.Ask("wrong", "shpo"));
  counter.WaitForAsked(1);
  counter.Answer(0, NotFound("unknown project 'shpo'"));
  auto wrong = counter.desk.End("wrong");
  CHECK(wrong.error == "unknown project 'shpo'");
  CHECK(GetInt(wrong.result, "code") == static_cast<int>(Code::kNotFound));
}

TEST_CASE("loops may be asked for while others are under way") {
  TempDir dir;
  Counter counter(dir);
  counter.desk.Send(counter.Ask("a", "shop"));
  counter.desk.Send(counter.Ask("b", "bar"));
  counter.WaitForAsked(2);
  counter.Answer(1, Json{{"status", "pass"}});
  CHECK(counter.desk.End("b").status == "done");
}

TEST_CASE("a request to coordination that is taken back or out of time is dropped and the loop goes on") {
  TempDir dir;
  Counter counter(dir);
  auto request = counter.Ask("late", "shop");
  request.deadline_s = 60;
  counter.desk.Send(request);
  counter.WaitForAsked(1);
  counter.desk.bench.Advance(70'000);
  auto end = counter.desk.End("late");
  CHECK_THAT(end.error, Contains("the loop of project shop goes on"));
  CHECK(counter.dropped == std::vector<std::string>{"late"});
}

TEST_CASE("a run's step that asks coordination asks its model") {
  TempDir dir;
  Counter counter(dir);
  auto request = counter.Ask("c", "shop");
  request.from = "coordination";
  counter.desk.Send(request);
  auto end = counter.desk.End("c");
  CHECK(end.result["output"] == "a model's words");
  CHECK(counter.asked.empty());
}
