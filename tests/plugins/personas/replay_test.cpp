#include <mamc/backend.h>

#include <catch2/catch.hpp>

#include "support/plugin_driver.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

Json Question(const std::string& content, const std::string& model = "m",
              const std::string& persona = "qa-engineer") {
  return {{"persona", persona},
          {"model", model},
          {"messages",
           {{{"role", "system"}, {"content", "You test."}}, {{"role", "user"}, {"content", content}}}}};
}

std::string Line(Json question, const std::string& answer) {
  question["answer"] = {{"text", answer}};
  return question.dump() + "\n";
}

struct Replay {
  explicit Replay(const std::string& cassette)
      : driver(plugin::Kind::kBackend, "replay", {{"cassette", dir.Write("c.jsonl", cassette).string()}}) {}
  std::string Ask(const Json& question) { return driver.Start(MAMC_BACKEND_ASK, question).result()["text"]; }
  std::string Miss(const Json& question) {
    const auto outcome = driver.Run(MAMC_BACKEND_ASK, question);
    CHECK(outcome.code == Code::kFailed);
    return outcome.Message();
  }

  TempDir dir;
  PluginDriver driver;
};

}  // namespace

TEST_CASE("a recorded question gets its answer with what the contract asks for") {
  Replay replay(Line(Question("one"), "1") + "\n" + Line(Question("two"), "2"));
  DrivenCall call = replay.driver.Start(MAMC_BACKEND_ASK, Question("two"));
  CHECK(call.result() == Json::parse(R"({"text":"2","model":"m","finish":"stop"})"));
  const Emitted delta = call.NextEmit();
  CHECK(delta.kind == "delta");
  CHECK(delta.json["text"] == "2");
}

TEST_CASE("takes of one question are played in order and the last repeats") {
  Replay replay(Line(Question("q"), "first") + Line(Question("other"), "x") + Line(Question("q"), "second"));
  CHECK(replay.Ask(Question("q")) == "first");
  CHECK(replay.Ask(Question("other")) == "x");
  CHECK(replay.Ask(Question("q")) == "second");
  CHECK(replay.Ask(Question("q")) == "second");
}

TEST_CASE("an empty model on the cassette answers for any but the exact one comes first") {
  Replay replay(Line(Question("q", ""), "any") + Line(Question("q", "big"), "big"));
  CHECK(replay.Ask(Question("q", "small")) == "any");
  CHECK(replay.Ask(Question("q", "big")) == "big");
}

TEST_CASE("a miss names the nearest line and where the two part") {
  Replay replay(Line(Question("something else"), "x") + "\n" +
                Line(Question("first line\nthe säme text up to here, then red"), "y"));
  const std::string message = replay.Miss(Question("first line\nthe säme text up to here, then blue"));
  for (const char* part :
       {"line 3", "message 2 (user)", "line 2, column 33", "then blue'", "then red'", "c.jsonl"})
    CHECK_THAT(message, Catch::Contains(part));
}

TEST_CASE("a miss says when roles or numbers of messages or models differ or the persona has none") {
  Replay replay(Line(Question("q"), "x"));
  Json longer = Question("q");
  longer["messages"].push_back({{"role", "assistant"}, {"content", "a"}});
  CHECK_THAT(replay.Miss(longer), Catch::Contains("has 2 messages, the question 3"));
  Json other_role = Question("q");
  other_role["messages"][1]["role"] = "assistant";
  CHECK_THAT(replay.Miss(other_role), Catch::Contains("from user and asked from assistant"));
  CHECK_THAT(replay.Miss(Question("q", "n")), Catch::Contains("another model"));
  CHECK_THAT(replay.Miss(Question("q", "m", "devops")), Catch::Contains("which is for qa-engineer"));
  CHECK_THAT(Replay("").Miss(Question("q")), Catch::Contains("empty"));
}

TEST_CASE("all mistakes of a cassette are said at once with their lines") {
  Replay replay("{\n" + Line(Question("q"), "x") + "[]\n{\"persona\":\"p\",\"messages\":[]}\n");
  const auto outcome = replay.driver.Run(MAMC_BACKEND_ASK, Question("q"));
  CHECK(outcome.code == Code::kInvalid);
  for (const char* part : {"c.jsonl:1: ", "c.jsonl:3: ", "c.jsonl:4: "})
    CHECK_THAT(outcome.Message(), Catch::Contains(part));
}

TEST_CASE("a cassette that is not there is said by the self test") {
  PluginDriver driver(plugin::Kind::kBackend, "replay", {{"cassette", "/nowhere/c.jsonl"}});
  const Json result = driver.Start(0, Json::object()).result();
  CHECK(result["ok"] == false);
  CHECK_THAT(result["facts"][0].get<std::string>(), Catch::Contains("/nowhere/c.jsonl"));
}
