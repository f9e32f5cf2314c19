// Requests, models and commands that are out of time, and those that are not wanted any more.
#include "desk.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::messaging;
using Catch::Matchers::Contains;

TEST_CASE("a request whose deadline has passed is answered with an error and no model is asked") {
  TempDir dir;
  // The transport's ids tell the machine's time; the worker's clock is a minute ahead of it.
  Desk desk(dir, kTester, {"yes"}, {.start_ms = SystemClock().UnixMs() - 1'700'000'000'000 + 60'000});
  Request late = desk.Ask("c1");
  late.deadline_s = 30;
  Event end = desk.Ask(late);
  CHECK(end.status == "error");
  CHECK_THAT(end.error, Contains("came after its deadline of 30 s"));
  CHECK(end.result["code"] == static_cast<int>(Code::kTimeout));
  Request in_time = desk.Ask("c2");
  in_time.deadline_s = 3600;
  CHECK(desk.Ask(in_time).status == "done");
  CHECK(desk.asked() == 1);
}

TEST_CASE("a model that hangs is stopped before the request's time is up and the error names it") {
  TempDir dir;
  Desk desk(dir, kTester, {"yes"});
  dir.Write("hold", "");
  desk.Send(desk.Ask("c1"));
  desk.bench.Until([&] { return desk.asked() == 1; });
  desk.bench.Advance(57000);
  Event end = desk.End("c1");
  CHECK(end.status == "error");
  CHECK_THAT(end.error, Contains("/bin/sh did not answer and was stopped after 57000 ms"));
  CHECK(end.result["code"] == static_cast<int>(Code::kTimeout));
  CHECK(desk.worker->busy() == 0);
}

TEST_CASE("a model that does not heed its stop is told as one that had too little time") {
  TempDir dir;
  GitFixture git;
  const std::string script = dir.Write(
      "deaf.sh", "trap '' TERM\ntouch '" + (dir / "begun").string() + "'\nwhile true; do sleep 0.01; done\n");
  const std::string work = GENERATE("", "work: [{id: think, type: ask}]\n");
  Desk desk(dir, kTester + work, {"yes"},
            {.repo = git.remote().string(), .project_base = git.project_base().string()},
            [&](worker::WorkerOptions& options) {
              options.backend_settings["command"] = {{"argv", {"/bin/sh", script}}};
            });
  Request request = desk.AskOn(git, "c1");
  request.deadline_s = 5;
  desk.Send(request);
  desk.bench.Until([&] { return std::filesystem::exists(dir / "begun"); });
  desk.bench.Advance(4500);
  CHECK(desk.worker->busy() == 1);
  desk.bench.Advance(500);
  Event end = desk.End("c1");
  CHECK(end.result["code"] == static_cast<int>(Code::kTimeout));
  CHECK_THAT(end.error, Contains("persona qa-engineer: the backend 'command' did not answer within 5000 ms: "
                                 "/bin/sh did not answer and was stopped"));
  CHECK_THAT(end.error, !Contains("cancelled"));
}

TEST_CASE("a command that hangs is stopped before the request's time is up and the error names it") {
  TempDir dir;
  GitFixture git;
  Desk desk(dir, HangingTester(dir / "begun", ""), {},
            {.repo = git.remote().string(), .project_base = git.project_base().string()});
  Request request = desk.AskOn(git, "c1");
  desk.Send(request);
  desk.bench.Until([&] { return std::filesystem::exists(dir / "begun"); });
  desk.bench.Advance(57000);
  Event end = desk.End("c1");
  CHECK(end.status == "error");
  CHECK_THAT(end.error,
             Contains("exec sleep 1000") && Contains("did not end and was stopped after 57000 ms"));
  CHECK(end.result["code"] == static_cast<int>(Code::kTimeout));
}

TEST_CASE("tests that outlast their own time are a verdict and the request has not failed") {
  TempDir dir;
  GitFixture git;
  Desk desk(dir, HangingTester(dir / "begun", ", timeout_ms: 20000, allow_timeout: true"), {},
            {.repo = git.remote().string(), .project_base = git.project_base().string()});
  Request request = desk.AskOn(git, "c1");
  desk.Send(request);
  desk.bench.Until([&] { return std::filesystem::exists(dir / "begun"); });
  desk.bench.Advance(20000);
  Event end = desk.End("c1");
  INFO(end.error);
  CHECK(end.status == "done");
  CHECK(end.result["status"] == "fail");
  CHECK(end.result["exit_code"] == 124);
  CHECK(end.result["timed_out"] == true);
  CHECK(end.result["timeout_ms"] == 20000);
  CHECK(end.result["output"] == "test_a ok\n");
}

TEST_CASE("tests that outlast the time of their request are no verdict whatever is allowed") {
  TempDir dir;
  GitFixture git;
  Desk desk(dir, HangingTester(dir / "begun", ", timeout_ms: 90000, allow_timeout: true"), {},
            {.repo = git.remote().string(), .project_base = git.project_base().string()});
  Request request = desk.AskOn(git, "c1");
  desk.Send(request);
  desk.bench.Until([&] { return std::filesystem::exists(dir / "begun"); });
  desk.bench.Advance(57000);
  Event end = desk.End("c1");
  CHECK(end.status == "error");
  CHECK(end.result["code"] == static_cast<int>(Code::kTimeout));
}

TEST_CASE("work that does not heed its deadline is stopped some seconds after it") {
  TempDir dir;
  Desk desk(dir,
            "id: qa-engineer\nprompt: You test.\nwork:\n  - {id: deaf, type: test.act, params: {deaf: true, "
            "wait: /nowhere/at/all}}\n");
  desk.Send(desk.Ask("c1"));
  desk.bench.Until([&] { return !desk.bench.Events("step-started").empty(); });
  desk.bench.Advance(65000);
  Event end = desk.End("c1");
  CHECK(end.status == "error");
  CHECK(end.result["code"] == static_cast<int>(Code::kTimeout));
  CHECK(desk.worker->busy() == 0);
}

TEST_CASE("a cancel event stops the work on a request") {
  TempDir dir;
  Desk desk(dir, kTester, {"yes"});
  dir.Write("hold", "");
  desk.Send(desk.Ask("c1"));
  desk.bench.Until([&] { return desk.asked() == 1; });
  Event cancel;
  cancel.corr_id = "c1";
  cancel.status = "cancel";
  desk.channel->PublishEvent(cancel, [](Status) {});
  Event end = desk.End("c1");
  CHECK(end.status == "error");
  CHECK_THAT(end.error, Contains("the requester does not wait any more"));
  CHECK(desk.worker->busy() == 0);
}
