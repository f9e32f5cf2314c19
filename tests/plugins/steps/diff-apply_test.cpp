#include <catch2/catch.hpp>

#include "support/plugin_driver.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

plugin::Outcome Apply(const TempDir& dir, Json params, Json project = Json::object()) {
  PluginDriver driver(plugin::Kind::kStep, "diff-apply");
  return driver
      .RunStep(params, {{"workspace", {{"path", dir.path().string()}}}, {"project", std::move(project)}})
      .Wait();
}

}  // namespace

TEST_CASE("edits of an answer land in the workspace") {
  TempDir dir;
  dir.Write("a.c", "one\n");
  plugin::Outcome outcome = Apply(
      dir, {{"source", "a.c\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\nFILE: b.c\n```\nb\n```\n"}});
  INFO(outcome.json);
  REQUIRE(outcome.code == Code::kOk);
  CHECK(Json::parse(outcome.json)["applied"] ==
        Json({{{"path", "a.c"}, {"action", "modified"}}, {{"path", "b.c"}, {"action", "created"}}}));
  CHECK(dir.Read("a.c") == "two\n");
}

TEST_CASE("a refusal carries feedback for the model and leaves the workspace alone") {
  TempDir dir;
  dir.Write("a.c", "one\n");
  plugin::Outcome outcome = Apply(
      dir,
      {{"source", "FILE: b.c\n```\nb\n```\na.c\n<<<<<<< SEARCH\nnine\n=======\ntwo\n>>>>>>> REPLACE\n"}});
  CHECK(outcome.code == Code::kFailed);
  INFO(outcome.json);
  CHECK(outcome.json.find("do not send these again") != std::string::npos);
  CHECK(outcome.json.find("\"refused\":[{\"line\":") != std::string::npos);
  CHECK(dir.Read("a.c") == "one\n");
  CHECK_FALSE(std::filesystem::exists(dir / "b.c"));
}

TEST_CASE("protected files need the step's permission") {
  TempDir dir;
  const std::string source = "FILE: .github/workflows/x.yml\n```\nx\n```\n";
  CHECK(Apply(dir, {{"source", source}}).code == Code::kFailed);
  CHECK(Apply(dir, {{"source", source}, {"allow", {"ci"}}}).code == Code::kOk);
  CHECK(Apply(dir, {{"source", source}, {"allow", {"ci"}}, {"allowed_paths", {"src/"}}}).code ==
        Code::kFailed);
  for (const auto& [path, kind] : std::vector<std::pair<std::string, std::string>>{
           {".husky/pre-commit", "hooks"}, {".env", "secrets"}, {"debian/postinst", "install"}}) {
    INFO(path);
    const std::string file = "FILE: " + path + "\n```\nx\n```\n";
    CHECK(Apply(dir, {{"source", file}, {"allow", {"ci"}}}).code == Code::kFailed);
    CHECK(Apply(dir, {{"source", file}, {"allow", {"ci", kind}}}).code == Code::kOk);
  }
}

TEST_CASE("endings and sizes are held as the step says") {
  TempDir dir;
  const std::string two = "FILE: a.txt\n```\n0123456\n```\nFILE: b.txt\n```\n0123456\n```\n";
  CHECK(Apply(dir, {{"source", two}, {"blocked_extensions", {".txt"}}}).code == Code::kFailed);
  CHECK(Apply(dir, {{"source", two}, {"max_file_bytes", 5}}).code == Code::kFailed);
  CHECK(Apply(dir, {{"source", two}, {"max_total_bytes", 12}}).code == Code::kFailed);
  CHECK_FALSE(std::filesystem::exists(dir / "a.txt"));
  CHECK(
      Apply(
          dir,
          {{"source", two}, {"blocked_extensions", {".exe"}}, {"max_file_bytes", 8}, {"max_total_bytes", 16}})
          .code == Code::kOk);
}

TEST_CASE("below .ma files are written only where the project keeps no notes there") {
  TempDir dir;
  const Json params = {{"source", "FILE: .ma/own.md\n```\nx\n```\n"}};
  CHECK(Apply(dir, params).code == Code::kFailed);
  CHECK(Apply(dir, params, {{"ma", "on"}, {"ma_branch", ""}}).code == Code::kFailed);
  CHECK(Apply(dir, params, {{"ma", "on"}, {"ma_branch", "mamc-notes"}}).code == Code::kOk);
  CHECK(Apply(dir, params, {{"ma", "off"}, {"ma_branch", ""}}).code == Code::kOk);
}

TEST_CASE("an answer may say that there is nothing to do where the step allows it") {
  TempDir dir;
  dir.Write("a.c", "one\n");
  for (const char* answer :
       {"NOTHING TO DO", "The project has no change log.\n\n**Nothing to do.**\n",
        "<think>\na.c\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n</think>\nNothing to do."}) {
    INFO(answer);
    plugin::Outcome outcome = Apply(dir, {{"source", answer}, {"may_be_nothing", true}});
    CHECK(outcome.code == Code::kOk);
    CHECK(Json::parse(outcome.json)["applied"] == Json::array());
    CHECK(Apply(dir, {{"source", answer}}).code == Code::kFailed);
  }
  CHECK(dir.Read("a.c") == "one\n");
}

TEST_CASE("an answer that does not plainly say so is no nothing to do") {
  TempDir dir;
  dir.Write("a.c", "one\n");
  const std::string edit = "a.c\n<<<<<<< SEARCH\nnine\n=======\ntwo\n>>>>>>> REPLACE\n";
  for (const std::string& answer :
       {std::string(), std::string("There is nothing to do but a new entry."), "Nothing to do.\n" + edit,
        edit + "Nothing to do.\n", std::string("<think>\nNothing to do.\n</think>\nI add the entry:"),
        std::string("<think>\nNothing to do."),
        std::string("Nothing to do.\nYet I would add an entry to the change log.")}) {
    INFO(answer);
    CHECK(Apply(dir, {{"source", answer}, {"may_be_nothing", true}}).code == Code::kFailed);
  }
  const Json cut = {{"source", "Nothing to do."}, {"may_be_nothing", true}, {"finish_reason", "length"}};
  CHECK(Apply(dir, cut).code == Code::kFailed);
}

TEST_CASE("a step without a workspace is refused") {
  PluginDriver driver(plugin::Kind::kStep, "diff-apply");
  CHECK(driver.RunStep({{"source", "x"}}).Wait().code == Code::kInvalid);
}

namespace {

// An answer that replaces a line of a.c.
std::string Edit(const std::string& from, const std::string& to) {
  return "a.c\n<<<<<<< SEARCH\n" + from + "\n=======\n" + to + "\n>>>>>>> REPLACE\n";
}
Json Said(const std::string& text, const std::string& finish = "stop") {
  return {{"text", text}, {"finish", finish}, {"usage", {{"prompt_tokens", 100}, {"completion_tokens", 7}}}};
}

// A step in a persona's work; the test plays the model.
struct Desk {
  explicit Desk(Json params) {
    dir.Write("a.c", "one\n");
    call.emplace(driver.RunStep(params, {{"workspace", {{"path", dir.path().string()}}}}));
  }
  TempDir dir;
  PluginDriver driver{plugin::Kind::kStep, "diff-apply"};
  std::optional<DrivenCall> call;
};

Json Turn(const std::string& role, const std::string& content) {
  return {{"role", role}, {"content", content}};
}

}  // namespace

TEST_CASE("refused edits go back to the model with the feedback and its new answer is applied") {
  const std::string first = Edit("nine", "two"), second = Edit("eight", "two"), third = Edit("one", "two");
  Desk desk({{"source", first}, {"repairs", 2}, {"asked", {{"instructions", "Be short."}}}});
  ChildCall asked = desk.call->NextChild();
  CHECK(asked.key == "repair/1");
  CHECK(asked.service == "model.ask");
  CHECK(asked.input["instructions"] == "Be short.");
  Json history = asked.input["history"];
  REQUIRE(history.size() == 2);
  CHECK(history[0] == Turn("assistant", first));
  CHECK(history[1]["role"] == "user");
  CHECK(history[1]["content"].get<std::string>().find("do not send these again") != std::string::npos);
  CHECK(history[1]["content"].get<std::string>().find(desk.dir.path().string()) == std::string::npos);
  desk.call->Answer("repair/1", Said(second));

  asked = desk.call->NextChild();
  CHECK(asked.key == "repair/2");
  // The conversation only grows, so that a server's prefix cache helps.
  REQUIRE(asked.input["history"].size() == 4);
  CHECK(asked.input["history"][0] == history[0]);
  CHECK(asked.input["history"][1] == history[1]);
  CHECK(asked.input["history"][2] == Turn("assistant", second));
  desk.call->Answer("repair/2", Said(third));

  Json result = desk.call->result();
  CHECK(result["applied"] == Json({{{"path", "a.c"}, {"action", "modified"}}}));
  CHECK(result["repairs"] == 2);
  CHECK(result["text"] == third);
  CHECK(result["usage"] == Json({{"prompt_tokens", 200}, {"completion_tokens", 14}}));
  CHECK(desk.dir.Read("a.c") == "two\n");
}

TEST_CASE("after some refusals of one form the next repair asks for another form") {
  Desk desk(Json({{"source", Edit("nine", "two")},
                  {"repairs", 5},
                  {"formats", {"search-replace", "whole-file", "diff"}},
                  {"format_tries", 2}}));
  std::vector<std::string> feedbacks;
  for (const char* key : {"repair/1", "repair/2", "repair/3", "repair/4"}) {
    feedbacks.push_back(desk.call->NextChild().input["history"].back()["content"]);
    desk.call->Answer(key, Said(Edit("eight", key)));
  }
  CHECK(desk.call->NextChild().key == "repair/5");
  desk.call->Answer("repair/5", Said("FILE: a.c\n```\ntwo\n```\n"));
  desk.call->result();

  auto asks_for = [&](std::size_t repair, const std::string& form) {
    return feedbacks[repair - 1].find("in another form from now on. " + form) != std::string::npos;
  };
  CHECK(feedbacks[0].find("another form") == std::string::npos);
  CHECK(asks_for(2, "Write every file that changes as a whole"));
  CHECK(feedbacks[2].find("another form") == std::string::npos);
  CHECK(asks_for(4, "Write all changes as one unified diff"));
  CHECK(desk.dir.Read("a.c") == "two\n");
}

TEST_CASE("a path that may not be changed and an answer that was cut are no failures of the form") {
  const auto [answer, finish] = GENERATE(table<std::string, std::string>({
      {"FILE: .github/workflows/x.yml\n```\nx\n```\n", "stop"},
      {Edit("one", "two"), "length"},
  }));
  Desk desk(Json({{"source", answer},
                  {"finish_reason", finish},
                  {"repairs", 3},
                  {"formats", {"search-replace", "whole-file"}},
                  {"format_tries", 1}}));
  ChildCall asked = desk.call->NextChild();
  CHECK(asked.input["history"].back()["content"].get<std::string>().find("another form") ==
        std::string::npos);
  desk.call->Answer("repair/1", Said(Edit("nine", "two")));
  asked = desk.call->NextChild();
  CHECK(asked.input["history"].back()["content"].get<std::string>().find("another form") !=
        std::string::npos);
  desk.call->Answer("repair/2", Said(Edit("one", "two")));
  desk.call->result();
}

TEST_CASE("an answer without edits and one that was cut are repaired too") {
  const auto [source, finish, said] = GENERATE(table<std::string, std::string, std::string>({
      {"I would change a.c.", "stop", "the answer holds no edit"},
      {Edit("one", "two"), "length", "the answer was cut"},
  }));
  Desk desk({{"source", source}, {"finish_reason", finish}, {"repairs", 2}});
  ChildCall asked = desk.call->NextChild();
  CHECK(asked.input["history"][1]["content"].get<std::string>().find(said) != std::string::npos);
  // The repair is judged by its own end.
  desk.call->Answer("repair/1", Said(Edit("one", "three"), "length"));
  CHECK(desk.call->NextChild().key == "repair/2");
  desk.call->Answer("repair/2", Said(Edit("one", "two")));
  desk.call->result();
  CHECK(desk.dir.Read("a.c") == "two\n");
}

TEST_CASE("after the last repair the last refusal fails the step and says how many there were") {
  Desk desk({{"source", Edit("nine", "two")}, {"repairs", 1}});
  desk.call->NextChild();
  desk.call->Answer("repair/1", Said("Sorry."));
  plugin::Outcome outcome = desk.call->Wait();
  CHECK(outcome.code == Code::kFailed);
  CHECK(outcome.Message().find("refused after 1 repair and nothing was changed: the answer holds no edit") !=
        std::string::npos);
  Json details = Json::parse(outcome.json)["details"];
  CHECK(details["repairs"] == 1);
  CHECK(details["feedback"].is_string());
  CHECK(desk.dir.Read("a.c") == "one\n");
}

TEST_CASE("repairs outside of a persona's work are refused in a sentence") {
  Desk desk({{"source", Edit("nine", "two")}, {"repairs", 2}});
  desk.call->NextChild();
  desk.call->Fail("repair/1", Code::kUnsupported, "model.ask works only within a persona's work");
  plugin::Outcome outcome = desk.call->Wait();
  CHECK(outcome.code == Code::kUnsupported);
  CHECK(outcome.Message().find("the edits were refused and nothing was changed: 'a.c': ") == 0);
  CHECK(outcome.Message().find("leave `repairs` out here") != std::string::npos);
}

TEST_CASE("a model that cannot be asked for a repair fails the step with its own code behind the refusal") {
  Desk desk({{"source", Edit("nine", "two")}, {"repairs", 2}});
  desk.call->NextChild();
  desk.call->Fail("repair/1", Code::kUnavailable, "http://localhost:1234 refused the connection");
  plugin::Outcome outcome = desk.call->Wait();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK(outcome.Message().find("the edits were refused and nothing was changed") == 0);
  CHECK(outcome.Message().find("http://localhost:1234 refused the connection") != std::string::npos);
}

TEST_CASE("without repairs no model is asked") {
  Desk none(Json({{"source", Edit("nine", "two")}}));
  CHECK(none.call->Wait().code == Code::kFailed);
  CHECK(none.call->children().empty());
}
