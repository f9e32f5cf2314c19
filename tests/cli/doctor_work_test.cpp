// `mamc-host doctor` and the work: runs that wait, tasks that are blocked.
#include <mamc/board.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "doctor_machine.hpp"
#include "mamc/base/descriptor.hpp"
#include "mamc/journal/journal.hpp"
#include "support/dashboard_server.hpp"
#include "support/plugin_driver.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

namespace fs = std::filesystem;

// What `host` would be for the doctor: a process that listens at the state directory's socket.
Descriptor ListenAsHost(const fs::path& socket_file) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket_file.string();
  REQUIRE(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener.get(), 4) == 0);
  return listener;
}

// A task of project shop, blocked as the coordinator does it. Returns its id.
std::string AddBlocked(const Machine& machine, const std::string& reason, const std::string& text) {
  PluginDriver board(plugin::Kind::kBoard, "local",
                     {{"path", (machine.program.dir / "state" / "board.db").string()}});
  const Json made = board.Start(MAMC_BOARD_CREATE, {{"project", "shop"}, {"title", "Total"}}).result();
  const std::string id = made["task"]["id"];
  const Json blocked = {{"reason", reason}, {"attempts", 1}, {"text", text}};
  board.Start(MAMC_BOARD_UPDATE, {{"id", id}, {"set", {{"status", "blocked"}, {"blocked", blocked}}}})
      .result();
  return id;
}

// A run in the machine's journal; ended when `step` names where it failed.
std::string AddRun(const Machine& machine, const std::string& task, const std::string& step,
                   const std::function<void(journal::Journal&, const std::string& run)>& more = {},
                   const std::string& project = "shop") {
  fs::create_directories(machine.program.dir / "state");
  auto opened = journal::Journal::Open(machine.program.dir / "state" / "journal.db");
  REQUIRE(opened.status().message() == "");
  journal::Journal& journal = **opened;
  const std::string run =
      journal.CreateRun({.kind = "task", .project = project, .task = task, .workflow = "project-loop"}, {});
  if (!step.empty()) journal.SetRunResult(run, "failed", "no", Dump({{"code", -1}, {"step", step}}));
  if (more) more(journal, run);
  REQUIRE(journal.Commit().ok());
  return run;
}

}  // namespace

TEST_CASE("a run that waits for a persona not for the first time is told as stuck, beside its host") {
  Machine machine;
  const std::string run = AddRun(machine, "7", "", [](journal::Journal& journal, const std::string& id) {
    const Json called = {{"service", "persona.request"}, {"input", {{"persona", "qa-engineer"}}}};
    journal.Append(id, journal::RecordKind::kChild, "qa@1", "test/1", Dump(called));
    for (int number : {1, 2})
      journal.Append(id, journal::RecordKind::kTry, "qa@1", "test/1",
                     Dump({{"number", number}, {"corr_id", "c"}, {"due_ms", 0}}));
  });
  SECTION("its host runs") {
    const Descriptor host = ListenAsHost(machine.program.dir / "state" / "control.sock");
    CHECK(machine.Ask() == 1);
    const Json waits = machine.Finding("run " + run + " of task 7 waits for persona qa-engineer");
    CheckFinding(waits, "warning", "qa@1", "runs log " + run, "Workflow Stuck");
    CHECK(Contains(waits["advice"], "/mamc-host dead list`"));
    machine.Finding("a host is running, process " + std::to_string(::getpid()));
  }
  SECTION("its host has ended") {
    CHECK(machine.Ask() == 0);
    CheckFinding(machine.Finding("run " + run + " of task 7 was interrupted"), "note", "shop",
                 "start mamc-host");
  }
}

TEST_CASE("a blocked task is told with the command to go on and by what its last run failed of") {
  Machine machine;
  fs::create_directories(machine.program.dir / "state");
  struct Case {
    const char *step, *symptom, *advice;
  };
  for (const Case& each : {Case{"qa", "Tests Keep Failing", "do the tests pass in a fresh clone"},
                           Case{"planning", "Planning Loop Infinite", "what do the judges want"}}) {
    const std::string task = AddBlocked(machine, "person", std::string("it failed in ") + each.step);
    const std::string run = AddRun(machine, task, each.step);
    CHECK(machine.Ask() == 1);
    const Json finding = machine.Finding("task " + task + " (Total) is blocked and waits for a person");
    CheckFinding(finding, "problem", "project shop", each.advice, each.symptom);
    CHECK(Contains(finding["advice"], "runs log " + run));
    CHECK(Contains(finding["advice"], "task unblock " + task));
  }
  const std::string again = AddBlocked(machine, "retry", "the server said 500");
  CHECK(machine.Ask() == 1);
  CheckFinding(
      machine.Finding("task " + again + " (Total) is blocked and is tried again: the server said 500"),
      "warning", "project shop", "it is tried again by itself");
}

TEST_CASE("a blocked task is told by its own project's run where another project has a task of that id") {
  Machine machine;
  const std::string repo = machine.git.remote().string();
  machine.Configure(
      {{"projects", "{shop: {repo: '" + repo + "', base: main, test: sh test.sh}, other: {repo: '" + repo +
                        "', base: main, test: sh test.sh}}"}});
  fs::create_directories(machine.program.dir / "state");
  const std::string task = AddBlocked(machine, "person", "it failed");
  const std::string run = AddRun(machine, task, "qa");
  for (int i = 0; i < 6; ++i) AddRun(machine, task, "planning", {}, "other");
  CHECK(machine.Ask() == 1);
  const Json finding = machine.Finding("task " + task + " (Total) is blocked and waits for a person");
  CheckFinding(finding, "problem", "project shop", "runs log " + run, "Tests Keep Failing");
  CHECK(Contains(finding["advice"], "task unblock " + task + " --project shop`"));
}

TEST_CASE("blocked tasks on a dashboard are told, and so is a project that it does not have") {
  Machine machine;
  DashboardServer dashboard({"shop"});
  machine.program.environment["DASHBOARD_API_BASE_URL"] = dashboard.url();
  SECTION("a task") {
    CHECK(machine.program.Run({"task", "add", "--project", "shop", "--title", "Total"}).code == 0);
    dashboard.Tell({{"edit", {{"id", 1}, {"status", "blocked"}, {"labels", {"mamc:blocked:person"}}}}});
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("task 1 (Total) is blocked and waits for a person"), "problem",
                 "project shop", "task unblock 1");
    machine.Finding("project shop: 1 blocked");
  }
  SECTION("a project") {
    const std::string repo = machine.git.remote().string();
    machine.Configure({{"projects", "{store: {repo: '" + repo + "', base: main, test: sh test.sh}}"}});
    CHECK(machine.Ask() == 1);
    const Json finding = machine.Finding("has no project 'store'");
    CheckFinding(finding, "problem", "project store, board dashboard", "task list --project store");
    CHECK_FALSE(Contains(machine.said.dump(), "project store: no tasks"));
  }
  SECTION("tasks that cannot be listed") {
    dashboard.Fault({{"path", "/tasks$"}, {"do", "status"}, {"status", 403}, {"times", 9}});
    CHECK(machine.Ask() == 1);
    CheckFinding(machine.Finding("the tasks of project shop cannot be looked at"), "problem",
                 "project shop, board dashboard", "task list --project shop");
  }
}
