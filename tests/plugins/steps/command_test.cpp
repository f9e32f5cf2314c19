#include <catch2/catch.hpp>
#include <filesystem>

#include "support/plugin_driver.hpp"
#include "support/temp_dir.hpp"

namespace mamc::test {
namespace {

using plugin::Kind;
using plugin::Outcome;

Json Spawned(int exit_code, const std::string& out = "", const std::string& err = "") {
  return {{"exit_code", exit_code}, {"signal", nullptr},  {"stdout", out},    {"stderr", err},
          {"truncated", false},     {"timed_out", false}, {"duration_ms", 12}};
}

// Starts the step and gives the process it asked for.
struct Started {
  explicit Started(PluginDriver& driver, const Json& params)
      : call(driver.RunStep(params)), child(call.NextChild()) {}
  DrivenCall call;
  ChildCall child;
};

TEST_CASE("Arguments and limits reach the process as they are written") {
  PluginDriver driver(Kind::kStep, "command");
  driver.serve_spawn = false;
  Started started(driver, {{"argv", {"make", "a b"}},
                           {"cwd", "sub"},
                           {"env", {{"K", "v"}}},
                           {"timeout_ms", 500},
                           {"network", false},
                           {"max_output_bytes", 100},
                           {"allow_failure", false}});
  CHECK(started.child.key == "run");
  CHECK(started.child.service == "spawn");
  CHECK(started.child.input == Json({{"argv", {"make", "a b"}},
                                     {"cwd", "sub"},
                                     {"env", {{"K", "v"}}},
                                     {"timeout_ms", 500},
                                     {"network", false},
                                     {"max_output_bytes", 100}}));
  started.call.Answer("run", Spawned(0, "out", "err"));
  CHECK(started.call.result() == Json({{"exit_code", 0},
                                       {"stdout", "out"},
                                       {"stderr", "err"},
                                       {"timed_out", false},
                                       {"truncated", false}}));
}

TEST_CASE("A shell text stays a shell text and seconds become milliseconds") {
  PluginDriver driver(Kind::kStep, "command");
  driver.serve_spawn = false;
  Started started(
      driver, {{"shell", "echo \"$MAMC_ARG_1\" | wc"}, {"env", {{"MAMC_ARG_1", "x"}}}, {"timeout_s", 1.5}});
  CHECK(started.child.input == Json({{"shell", "echo \"$MAMC_ARG_1\" | wc"},
                                     {"env", {{"MAMC_ARG_1", "x"}}},
                                     {"timeout_ms", 1500},
                                     {"network", true}}));
  started.call.Answer("run", Spawned(0));
  started.call.result();
}

TEST_CASE("What to run must be said once and so must the timeout") {
  PluginDriver driver(Kind::kStep, "command");
  const Json params = GENERATE(Json::object(), Json({{"argv", {"a"}}, {"shell", "a"}}),
                               Json({{"argv", {"a"}}, {"timeout_ms", 1}, {"timeout_s", 1}}));
  DrivenCall call = driver.RunStep(params);
  CHECK(call.Wait().code == Code::kInvalid);
  CHECK(call.children().empty());
}

TEST_CASE("A program that fails gives its exit code and last words") {
  PluginDriver driver(Kind::kStep, "command");
  driver.serve_spawn = false;
  Started started(driver, {{"argv", {"make", "test"}}});
  started.call.Answer("run", Spawned(2, "building\n", "no rule\nto make it\n\n"));
  const Outcome outcome = started.call.Wait();
  CHECK(outcome.code == Code::kFailed);
  CHECK(outcome.Message() == "`make test` exited with 2: no rule\nto make it");
  CHECK(Json::parse(outcome.json).at("details").at("stdout") == "building\n");
}

TEST_CASE("Last words come from the output when the error stream is silent and are cut at a line") {
  PluginDriver driver(Kind::kStep, "command");
  driver.serve_spawn = false;
  Started started(driver, {{"shell", "t"}});
  std::string output;
  for (int i = 0; i < 200; ++i) output += "line " + std::to_string(i) + "\n";
  started.call.Answer("run", Spawned(1, output, " \n"));
  const std::string message = started.call.Wait().Message();
  CHECK(message.size() < 500);
  CHECK(message.find("`t` exited with 1: ...line ") == 0);
  CHECK(message.substr(message.size() - 8) == "line 199");

  Started silent(driver, {{"shell", "t"}});
  silent.call.Answer("run", Spawned(1));
  CHECK(silent.call.Wait().Message() == "`t` exited with 1 and wrote nothing");
}

TEST_CASE("An allowed failure is a result and a signal has an exit code") {
  PluginDriver driver(Kind::kStep, "command");
  driver.serve_spawn = false;
  Started failed(driver, {{"argv", {"t"}}, {"allow_failure", true}});
  failed.call.Answer("run", Spawned(3));
  CHECK(failed.call.result().at("exit_code") == 3);

  Json killed = Spawned(0);
  killed["exit_code"] = nullptr;
  killed["signal"] = 9;
  Started allowed(driver, {{"argv", {"t"}}, {"allow_failure", true}});
  allowed.call.Answer("run", killed);
  CHECK(allowed.call.result().at("exit_code") == 137);
  Started refused(driver, {{"argv", {"t"}}});
  refused.call.Answer("run", killed);
  CHECK(refused.call.Wait().Message() == "`t` was ended by signal 9 and wrote nothing");
}

TEST_CASE("Running out of time fails even when failure is allowed") {
  PluginDriver driver(Kind::kStep, "command");
  driver.serve_spawn = false;
  Started started(driver, {{"argv", {"sleep", "9"}}, {"timeout_ms", 12}, {"allow_failure", true}});
  Json late = Spawned(0, "partial");
  late["exit_code"] = nullptr;
  late["signal"] = 15;
  late["timed_out"] = true;
  started.call.Answer("run", late);
  const Outcome outcome = started.call.Wait();
  CHECK(outcome.code == Code::kTimeout);
  CHECK(Json::parse(outcome.json).at("details").at("stdout") == "partial");
}

TEST_CASE("Outlasting its own time is a result where that is allowed and never the code of success") {
  PluginDriver driver(Kind::kStep, "command");
  driver.serve_spawn = false;
  const Json params = {{"argv", {"sleep", "9"}}, {"timeout_ms", 12}, {"allow_timeout", true}};
  Json late = Spawned(0, "partial");  // it heard TERM and ended well
  late.update({{"timed_out", true}, {"timeout_ms", 12}, {"ends_with_caller", false}});
  Started started(driver, params);
  started.call.Answer("run", late);
  CHECK(started.call.result() == Json({{"exit_code", 124},
                                       {"stdout", "partial"},
                                       {"stderr", ""},
                                       {"timed_out", true},
                                       {"timeout_ms", 12},
                                       {"truncated", false}}));
  // The time of the step around it is over: nobody can go on.
  late["ends_with_caller"] = true;
  Started out_of_time(driver, params);
  out_of_time.call.Answer("run", late);
  CHECK(out_of_time.call.Wait().code == Code::kTimeout);
}

TEST_CASE("A program that cannot be started fails with the words of the host") {
  PluginDriver driver(Kind::kStep, "command");
  driver.serve_spawn = false;
  Started started(driver, {{"argv", {"nonesuch"}}});
  started.call.Fail("run", Code::kNotFound, "nonesuch: no such program in PATH");
  CHECK(started.call.Wait().Message() == "nonesuch: no such program in PATH");
}

// ---- with real processes

bool AnyProcessIn(const std::filesystem::path& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::filesystem::path cwd = std::filesystem::read_symlink(entry.path() / "cwd", error);
    if (!error && cwd == folder) return true;
  }
  return false;
}

TEST_CASE("A real program gives its output and its exit code") {
  PluginDriver driver(Kind::kStep, "command");
  TempDir dir;
  driver.spawn_cwd = dir.path();
  Json result =
      driver.RunStep({{"argv", {"sh", "-c", "pwd; echo no >&2; exit 3"}}, {"allow_failure", true}}).result();
  CHECK(result == Json({{"exit_code", 3},
                        {"stdout", dir.path().string() + "\n"},
                        {"stderr", "no\n"},
                        {"timed_out", false},
                        {"truncated", false}}));
  const Outcome failed = driver.RunStep({{"shell", "echo why >&2; exit 4"}}).Wait();
  CHECK(failed.code == Code::kFailed);
  CHECK(failed.Message() == "`echo why >&2; exit 4` exited with 4: why");
  const Outcome killed = driver.RunStep({{"shell", "kill -9 $$"}}).Wait();
  CHECK(killed.Message() == "`kill -9 $$` was ended by signal 9 and wrote nothing");
  CHECK(driver.RunStep({{"argv", {"no-such-program-here"}}}).Wait().code == Code::kNotFound);
}

TEST_CASE("A real program beyond its time is killed with all that it started") {
  PluginDriver driver(Kind::kStep, "command");
  TempDir dir;
  driver.spawn_cwd = dir.path();
  // Neither the shell nor its child hears TERM.
  DrivenCall call = driver.RunStep({{"shell",
                                     "trap '' TERM; (while :; do sleep 1; done) & echo begun; touch ready; "
                                     "wait; while :; do sleep 1; done"},
                                    {"timeout_ms", 5000},
                                    {"allow_failure", true}});
  REQUIRE(driver.loop().RunUntil([&] { return std::filesystem::exists(dir / "ready"); }));
  CHECK(AnyProcessIn(dir.path()));
  driver.loop().Advance(Milliseconds(5000));
  CHECK_FALSE(call.completed());
  driver.loop().Advance(Milliseconds(2000));
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kTimeout);
  CHECK(outcome.Message().find("did not end and was stopped after") != std::string::npos);
  CHECK(Json::parse(outcome.json).at("details").at("stdout") == "begun\n");
  CHECK(driver.loop().RunUntil([&] { return !AnyProcessIn(dir.path()); }));
}

TEST_CASE("A step that is cancelled takes its real program with it") {
  PluginDriver driver(Kind::kStep, "command");
  TempDir dir;
  driver.spawn_cwd = dir.path();
  DrivenCall call = driver.RunStep({{"shell", "touch ready; sleep 600"}});
  REQUIRE(driver.loop().RunUntil([&] { return std::filesystem::exists(dir / "ready"); }));
  call.Cancel();
  CHECK(call.Wait().code == Code::kCancelled);
  CHECK(driver.loop().RunUntil([&] { return !AnyProcessIn(dir.path()); }));
}

TEST_CASE("The output of a real program is cut at its limit and the program goes on") {
  PluginDriver driver(Kind::kStep, "command");
  TempDir dir;
  driver.spawn_cwd = dir.path();
  Json result =
      driver
          .RunStep({{"shell", "echo head; head -c 3000000 /dev/zero | tr '\\0' x; echo tail; touch after"},
                    {"max_output_bytes", 1000}})
          .result();
  CHECK(result.at("truncated") == true);
  const std::string out = result.at("stdout");
  CHECK(out.size() < 1200);
  CHECK(out.starts_with("head\n"));
  CHECK(out.ends_with("tail\n"));
  CHECK(std::filesystem::exists(dir / "after"));
}

}  // namespace
}  // namespace mamc::test
