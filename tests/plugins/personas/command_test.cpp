#include <mamc/backend.h>

#include <catch2/catch.hpp>

#include "support/plugin_driver.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

const Json kQuestion = {
    {"persona", "qa-engineer"}, {"model", "m"}, {"messages", {{{"role", "user"}, {"content", "Frage?"}}}}};

// Asks a program that is a line of shell.
plugin::Outcome Ask(const std::string& shell, Json settings = Json::object()) {
  settings["argv"] = {"/bin/sh", "-c", shell};
  PluginDriver driver(plugin::Kind::kBackend, "command", settings);
  return driver.Run(MAMC_BACKEND_ASK, kQuestion);
}

}  // namespace

TEST_CASE("the program reads the question and what it prints is the answer") {
  const auto outcome = Ask("cat");
  INFO(outcome.json);
  REQUIRE(outcome.code == Code::kOk);
  const Json result = Json::parse(outcome.json);
  CHECK(result["finish"] == "stop");
  CHECK(result["model"] == "m");
  CHECK(Json::parse(result["text"].get<std::string>()) == kQuestion);
}

TEST_CASE("an object with a text is taken apart and other text stays text") {
  const Json object =
      Json::parse(Ask(R"(echo '{"text": "hi", "reasoning": "why", "model": "big", "secret": 1}')").json);
  CHECK(object == Json::parse(R"({"text":"hi","reasoning":"why","model":"big","finish":"stop"})"));
  CHECK(Json::parse(Ask("printf '{not json'").json)["text"] == "{not json");
  CHECK(Json::parse(Ask(R"(printf '{"answer": 1}')").json)["text"] == R"({"answer": 1})");
}

TEST_CASE("the environment of the settings reaches the program") {
  CHECK(Json::parse(Ask("printf %s \"$KIND\"", {{"env", {{"KIND", "tea"}}}}).json)["text"] == "tea");
}

TEST_CASE("exit codes say whether asking again may help") {
  const auto failed = Ask("echo no licence >&2; exit 3");
  CHECK(failed.code == Code::kFailed);
  CHECK_THAT(failed.Message(), Catch::Contains("exit code 3") && Catch::Contains("no licence"));
  CHECK(Ask("exit 75").code == Code::kUnavailable);
  CHECK(Ask("true").code == Code::kFailed);
}

TEST_CASE("a program whose folder is not known is refused with advice") {
  for (const char* program : {"./ask", "tools/ask", "../ask"})
    CHECK_THROWS_WITH(PluginDriver(plugin::Kind::kBackend, "command", {{"argv", {program}}}),
                      Catch::Contains(program) && Catch::Contains("absolute path"));
}

TEST_CASE("a bare name is looked for along PATH") {
  PluginDriver driver(plugin::Kind::kBackend, "command", {{"argv", {"echo", "found"}}});
  CHECK(Json::parse(driver.Run(MAMC_BACKEND_ASK, kQuestion).json)["text"] == "found\n");
}

TEST_CASE("a program that takes too long is a timeout") {
  PluginDriver driver(plugin::Kind::kBackend, "command", {{"argv", {"slow"}}, {"timeout_ms", 50}});
  driver.serve_spawn = false;
  DrivenCall call = driver.Start(MAMC_BACKEND_ASK, kQuestion);
  const ChildCall child = call.NextChild();
  CHECK(child.service == "spawn");
  CHECK(child.input["timeout_ms"] == 50);
  call.Answer(child.key, {{"exit_code", nullptr},
                          {"signal", 15},
                          {"stdout", ""},
                          {"stderr", ""},
                          {"truncated", false},
                          {"timed_out", true},
                          {"duration_ms", 50}});
  CHECK(call.Wait().code == Code::kTimeout);
}

TEST_CASE("a program that outlasts the question is named and whether that is late is the host's word") {
  PluginDriver driver(plugin::Kind::kBackend, "command", {{"argv", {"deaf"}}});
  driver.serve_spawn = false;
  const Code why = GENERATE(Code::kTimeout, Code::kCancelled);
  DrivenCall call = driver.Start(MAMC_BACKEND_ASK, kQuestion);
  call.NextChild();
  call.Cancel(why);
  const plugin::Outcome outcome = call.Wait();
  CHECK(outcome.code == why);
  CHECK(outcome.Message() == "deaf did not answer and was stopped");
}

TEST_CASE("the self test looks for the program and does not ask it") {
  const TempDir folder;
  const std::string asked = folder / "asked";
  const std::string program = folder.Write("model", "#!/bin/sh\ntouch " + asked + "\n");
  auto Test = [](const std::string& name) {
    PluginDriver driver(plugin::Kind::kBackend, "command", {{"argv", Json::array({name})}});
    return driver.Start(0, Json::object()).result();
  };
  CHECK(Test(program)["ok"] == false);  // nobody may run it
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  CHECK(Test(program)["ok"] == true);
  CHECK(Test("sh")["facts"][0].get<std::string>().find("/sh") != std::string::npos);
  const Json missing = Test("no-such-model")["findings"][0];
  CHECK(missing["level"] == "problem");
  CHECK(missing["advice"].get<std::string>().find("backends.command.argv") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(asked));
}
