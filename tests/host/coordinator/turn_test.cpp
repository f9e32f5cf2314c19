// Two hosts and one project: the test plays the other one.
#include <mamc/transport.h>

#include "shop.hpp"
#include "support/captured_log.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t kLongMs = 3'600'000;

struct Rivals : Shop {
  explicit Rivals(const TempDir& dir,
                  std::shared_ptr<ScriptedPersonas> its_personas = std::make_shared<ScriptedPersonas>(),
                  std::int64_t start_ms = 0)
      : Shop(dir, std::move(its_personas), start_ms) {
    options.alone = false;
  }
  void Lease(const std::string& owner, std::int64_t ttl_ms) {
    auto leased =
        Try(transport, MAMC_TRANSPORT_LEASE, {{"name", "project:p"}, {"owner", owner}, {"ttl_ms", ttl_ms}});
    CHECK(leased.status().message() == "");
  }
  // As if this host had been silent for too long.
  void OtherTakesProject() {
    Lease(options.owner, 0);
    Lease("other", kLongMs);
    auto put = Try(transport, MAMC_TRANSPORT_PUT, {{"key", "lease-holder:project:p"}, {"value", "other"}});
    CHECK(put.status().message() == "");
  }
  void OtherGivesUp() {
    Lease("other", 0);
    bench.Advance(15'000);
  }
  // The other's lease comes to light at the next renewal.
  void Notice() {
    bench.Advance(15'000);
    bench.Until([&] { return log.Has({"is not this host's any more"}); });
  }
  void StartTask(const std::string& title) {
    task = AddTask(title);
    Start();
    bench.Until([&] { return !personas->open.empty(); });
    run = bench.journal->ListRuns().at(0).id;
  }
  void Answer() {
    auto call = personas->open.back();
    call->done(Code::kOk, {{"status", "pass"}});
  }
  std::string StatusOfRun() const { return bench.journal->FindRun(run)->status; }

  CapturedLog log;
  std::string task, run;
};

std::shared_ptr<ScriptedPersonas> Silent() {
  auto personas = std::make_shared<ScriptedPersonas>();
  personas->answer = [](const ScriptedService::Asked&) { return std::nullopt; };
  return personas;
}

}  // namespace

TEST_CASE("a project that another host runs is waited for and taken over when that one ends") {
  TempDir dir;
  Rivals shop(dir);
  shop.Lease("other", kLongMs);
  shop.AddTask("first");
  shop.Start();
  shop.bench.Until([&] { return shop.log.Has({"waiting", "project p is run by other"}); });
  // What it was asked meanwhile it tells the other whenever it has looked.
  std::size_t looks = 0;
  shop.channel->Expect("project:p", [&](const messaging::Event&) { ++looks; });
  shop.coordinator->Submit("s", [](const Result<Json>&) {});
  for (std::size_t want = 1; want <= 4; ++want) {
    shop.bench.Until([&] { return looks >= want; });
    shop.bench.Advance(15'000);
  }
  CHECK(shop.Worked().empty());
  CHECK(shop.waits_ms.size() == 1);  // said once
  CHECK_FALSE(shop.result.has_value());
  shop.OtherGivesUp();
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.result->exit_code() == 0);
  CHECK(shop.Worked().size() == 1);
}

TEST_CASE("a host that is alone on its transport asks nobody for its project") {
  TempDir dir;
  Rivals shop(dir);
  shop.Lease("other", kLongMs);
  shop.options.alone = true;
  shop.AddTask("first");
  CHECK(shop.Run().exit_code() == 0);
  CHECK(shop.Worked().size() == 1);
}

TEST_CASE("a project is given up when its loop has ended") {
  TempDir dir;
  Rivals shop(dir);
  CHECK(shop.Run().exit_code() == 0);
  const Json lease = {{"name", "project:p"}, {"owner", "other"}, {"ttl_ms", kLongMs}};
  bool free = false;
  for (int tries = 0; tries < 1000 && !free; ++tries)
    free = shop.Try(shop.transport, MAMC_TRANSPORT_LEASE, lease).ok();
  CHECK(free);
  bool given_up = false;
  shop.coordinator->GiveUp([&] { given_up = true; });  // once more is no harm
  shop.bench.Until([&] { return given_up; });
}

TEST_CASE("who has lost the project parks its run and goes on with it when nobody has had the project") {
  TempDir dir;
  Rivals shop(dir, Silent());
  shop.StartTask("first");
  const Json before = shop.Task(shop.task);
  shop.Lease(shop.options.owner, 0);
  shop.Lease("other", kLongMs);
  shop.Notice();
  shop.bench.Until([&] { return !shop.bench.engine->running(shop.run); });
  CHECK(shop.personas->cancelled.size() == 1);
  CHECK(shop.StatusOfRun() == "running");
  shop.bench.Advance(300'000);
  CHECK(shop.Task(shop.task) == before);
  CHECK(shop.Comments(shop.task) == "[]");
  CHECK_FALSE(shop.result.has_value());
  shop.OtherGivesUp();
  shop.bench.Until([&] { return shop.personas->asked.size() == 2; });
  shop.Answer();
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.result->exit_code() == 0);
  CHECK(shop.bench.journal->ListRuns().size() == 1);
}

TEST_CASE("what was begun before another host had the project is not gone on with") {
  TempDir dir;
  Rivals shop(dir, Silent());
  bool done_by_other = GENERATE(true, false);
  shop.StartTask("first");
  shop.OtherTakesProject();
  shop.Notice();
  shop.bench.Until([&] { return !shop.bench.engine->running(shop.run); });
  Json set = done_by_other ? Json{{"status", "done"}} : Json{{"claim", nullptr}};
  shop.Board(MAMC_BOARD_UPDATE, {{"id", shop.task}, {"set", set}});
  shop.OtherGivesUp();
  if (!done_by_other) {
    shop.bench.Until([&] { return shop.personas->asked.size() == 2; });
    shop.Answer();
  }
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.result->exit_code() == 0);
  CHECK(shop.StatusOfRun() == "cancelled");
  CHECK_THAT(shop.bench.journal->FindRun(shop.run)->error, Contains("host other has run the project since"));
  CHECK(shop.bench.journal->ListRuns().size() == (done_by_other ? 1 : 2));
}

TEST_CASE("a run that ends when the project is lost is not told to the board") {
  TempDir dir;
  Rivals shop(dir, Silent());
  shop.StartTask("first");
  auto call = shop.personas->open.back();
  shop.OtherTakesProject();
  shop.Board(MAMC_BOARD_UPDATE, {{"id", shop.task}, {"set", {{"status", "done"}}}});
  shop.Notice();
  call->done(Code::kOk, {{"status", "pass"}});
  shop.bench.Advance(60'000);
  CHECK(shop.Comments(shop.task) == "[]");
  CHECK_FALSE(shop.result.has_value());
}

TEST_CASE("a task that another host has claimed while its run was under way is that one's") {
  TempDir dir;
  Rivals shop(dir, Silent());
  shop.StartTask("first");
  shop.Board(MAMC_BOARD_UPDATE, {{"id", shop.task}, {"set", {{"claim", nullptr}}}});
  shop.Board(
      MAMC_BOARD_CLAIM,
      {{"id", shop.task}, {"owner", "other"}, {"expected_status", "in_progress"}, {"ttl_ms", kLongMs}});
  shop.Answer();
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.result->exit_code() == 1);
  CHECK(shop.Task(shop.task)["status"] == "in_progress");
  CHECK(shop.Comments(shop.task) == "[]");
  CHECK(shop.log.Has({"was taken by other"}));
}

TEST_CASE("a run whose task another host has claimed meanwhile is cancelled with words") {
  TempDir dir;
  Rivals shop(dir, Silent());
  shop.options.alone = true;
  shop.StartTask("first");
  shop.bench.Advance(20'000);  // renewed, and still ours
  shop.Board(MAMC_BOARD_UPDATE, {{"id", shop.task}, {"set", {{"claim", nullptr}}}});
  shop.Board(
      MAMC_BOARD_CLAIM,
      {{"id", shop.task}, {"owner", "other"}, {"expected_status", "in_progress"}, {"ttl_ms", kLongMs}});
  shop.bench.Advance(20'000);
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.personas->cancelled.size() == 1);
  CHECK(shop.StatusOfRun() == "cancelled");
  CHECK_THAT(shop.bench.journal->FindRun(shop.run)->error, Contains("was taken by other meanwhile"));
  CHECK(shop.Task(shop.task)["claim"]["owner"] == "other");
  CHECK(shop.Comments(shop.task) == "[]");
}

TEST_CASE("a run whose task has moved on needs no claim any more") {
  TempDir dir;
  Rivals shop(dir, Silent());
  shop.options.alone = true;
  shop.StartTask("first");
  shop.Board(MAMC_BOARD_UPDATE, {{"id", shop.task}, {"set", {{"status", "in_review"}}}});
  for (int renewals = 0; renewals < 3; ++renewals) {
    shop.bench.Advance(20'000);
    shop.Task(shop.task);
  }
  CHECK(shop.personas->cancelled.empty());
  shop.Answer();
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.StatusOfRun() == "done");
}

TEST_CASE("who drains waits for a claim that ends and for none that is renewed") {
  TempDir dir;
  // The board's clock is the machine's; the loop's stands 20 s behind it.
  Rivals shop(dir, std::make_shared<ScriptedPersonas>(), SystemClock().UnixMs() - 20'000 - 1'700'000'000'000);
  shop.options.alone = true;
  std::string task = shop.AddTask("first");
  const auto renew = [&](const char* status, std::int64_t ttl_ms) {
    shop.Board(MAMC_BOARD_CLAIM,
               {{"id", task}, {"owner", "other"}, {"expected_status", status}, {"ttl_ms", ttl_ms}});
  };
  renew("open", 30'000);
  shop.Start();
  for (std::size_t waits = 1; waits <= 3 && !shop.result; ++waits) {
    shop.bench.Until([&] { return shop.result || shop.waits_ms.size() == waits; });
    if (shop.result) break;
    renew("in_progress", 30'000 + 50'000 * static_cast<std::int64_t>(waits));
    shop.bench.Advance(shop.waits_ms.back());
  }
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.result->exit_code() == 1);
  CHECK(shop.waits_ms.size() == 1);
  CHECK(shop.Worked().empty());
}

TEST_CASE("who waits for a claim of another host sees what else comes to the board") {
  TempDir dir;
  Rivals shop(dir, std::make_shared<ScriptedPersonas>(), SystemClock().UnixMs() - 20'000 - 1'700'000'000'000);
  shop.options.alone = true;
  shop.options.drain = false;
  std::string task = shop.AddTask("first");
  shop.Board(MAMC_BOARD_CLAIM,
             {{"id", task}, {"owner", "other"}, {"expected_status", "open"}, {"ttl_ms", 30'000}});
  shop.Start();
  shop.bench.Until([&] { return shop.waits_ms.size() == 1; });
  shop.AddTask("second");
  shop.bench.Until([&] { return shop.Worked() == std::vector<std::string>{"second"}; });
}

TEST_CASE("a task whose host has died is begun anew when its claim has ended, also in review") {
  TempDir dir;
  auto status = GENERATE("in_progress", "in_review");
  // The board's clock is the machine's; the loop's stands 20 s behind it.
  Rivals shop(dir, std::make_shared<ScriptedPersonas>(), SystemClock().UnixMs() - 20'000 - 1'700'000'000'000);
  std::string task = shop.AddTask("first");
  shop.Board(MAMC_BOARD_CLAIM,
             {{"id", task}, {"owner", "other"}, {"expected_status", "open"}, {"ttl_ms", 1}});
  shop.Board(MAMC_BOARD_UPDATE, {{"id", task}, {"set", {{"status", status}}}});
  shop.Start();
  shop.bench.Until([&] { return shop.log.Has({"still claimed by another host"}); });
  CHECK(shop.Worked().empty());
  shop.bench.Advance(shop.waits_ms.back());
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.result->exit_code() == 0);
  CHECK(shop.Worked().size() == 1);
}

TEST_CASE("everybody may hear of a task that it was begun and what became of it") {
  TempDir dir;
  Rivals shop(dir);
  bool works = GENERATE(true, false);
  if (!works)
    shop.personas->answer = [](const ScriptedService::Asked&) {
      return ScriptedService::Answer{Code::kFailed, {{"message", "no luck"}}};
    };
  shop.options.blocked_max_attempts = 1;
  std::string task = shop.AddTask("first");
  std::vector<messaging::Event> heard;
  shop.channel->Expect("task:p:" + task, [&](const messaging::Event& event) { heard.push_back(event); });
  shop.Run();
  shop.bench.Until([&] { return heard.size() == 2; });
  CHECK(heard[0].status == "progress");
  CHECK(heard[0].result == Json{{"task", "started"}, {"title", "first"}, {"project", "p"}});
  CHECK(heard[0].from_persona == "coordination");
  CHECK(heard[0].workflow_id == heard[1].workflow_id);
  CHECK(heard[1].status == (works ? "done" : "error"));
  CHECK(heard[1].result["task"] == (works ? "done" : "blocked"));
  if (!works) CHECK_THAT(heard[1].error, Contains("no luck"));
}

TEST_CASE("a run that is parked because its project cannot be had any more ends without a word") {
  TempDir dir;
  Rivals shop(dir, Silent());
  shop.channel.reset();
  auto flaky = shop.bench.calls->Open(plugin::Kind::kTransport, "test.flaky", {{"dir", dir.path().string()}});
  REQUIRE(flaky.status().message() == "");
  shop.transport = *flaky;
  shop.channel = std::make_unique<messaging::Channel>(shop.bench.loop, *shop.bench.calls, shop.transport,
                                                      messaging::ChannelOptions{});
  shop.StartTask("first");
  dir.Write("end.part", std::to_string(static_cast<int>(Code::kUnavailable)));
  std::filesystem::rename(dir / "end.part", dir / "end");
  shop.bench.Advance(15'000);
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.result->exit_code() == 3);
  CHECK(shop.result->iterations.size() == 1);
  shop.bench.Until([&] { return !shop.bench.engine->running(shop.run); });
  CHECK(shop.StatusOfRun() == "running");
}
