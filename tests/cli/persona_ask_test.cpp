// `persona ask`: what a person sees of a model.
#include <catch2/catch.hpp>

#include "program.hpp"
#include "support/http_server.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

HttpReply Answer(const std::string& text) {
  const Json choice = {{"message", {{"content", text}}}, {"finish_reason", "stop"}};
  const Json usage = {{"prompt_tokens", 812}, {"completion_tokens", 96}};
  return {.body = Json{{"model", "m"}, {"choices", {choice}}, {"usage", usage}}.dump()};
}

struct AskedModel {
  explicit AskedModel(std::string text)
      : server([text = std::move(text)](const HttpRequest& request) {
          return request.method == "GET" ? HttpReply{.status = 404, .body = "{}"} : Answer(text);
        }) {
    program.environment["LM_STUDIO_BASE_URL"] = server.url();
  }
  Json LastQuestion() const { return Json::parse(server.requests().back().body); }

  HttpServer server;
  Program program;
};

}  // namespace

TEST_CASE("a persona's model is asked with the persona's prompt and its answer is the output") {
  AskedModel model("I am well.");
  const Ran ran = model.program.Run({"persona", "ask", "lead-engineer", "How are you?"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "I am well.\n");
  CHECK(Contains(ran.err, "model m at " + model.server.url() + ", 812 tokens read and 96 written, "));
  const Json messages = model.LastQuestion().at("messages");
  CHECK(Contains(messages.at(0).at("content"), "You are the engineer"));
  CHECK(Contains(messages.at(1).at("content"), "question: How are you?"));
}

TEST_CASE("another model may be asked for once and the whole answer be had as JSON") {
  AskedModel model("I am well.");
  const Ran ran = model.program.Run({"persona", "ask", "lead-engineer", "x", "--model", "other", "--json"});
  CHECK(ran.code == 0);
  CHECK(ran.json().at("text") == "I am well.");
  CHECK(ran.json().at("usage").at("prompt_tokens") == 812);
  CHECK(model.LastQuestion().at("model") == "other");
}

TEST_CASE("a judge's verdict is told and one that cannot be used is a failure") {
  AskedModel good(R"({"status": "fail", "reasons": ["no tests"]})");
  const Ran fail = good.program.Run({"persona", "ask", "plan-evaluator", "Is it good?"});
  CHECK(fail.code == 0);
  CHECK(Contains(fail.err, "verdict: fail\n"));
  AskedModel bad("Looks good to me!");
  const Ran none = bad.program.Run({"persona", "ask", "plan-evaluator", "Is it good?"});
  CHECK(none.code == 1);
  CHECK(none.out == "Looks good to me!\n");
  CHECK(Contains(none.err, "persona plan-evaluator gave no verdict that can be used: "));
}

TEST_CASE(
    "a model that cannot be asked is told with its address and a persona that is not there with its "
    "neighbour") {
  Program program;
  program.environment["LM_STUDIO_BASE_URL"] = "http://127.0.0.1:" + std::to_string(UnusedPort());
  const Ran away = program.Run({"persona", "ask", "lead-engineer", "x"});
  CHECK(away.code == 3);
  CHECK(Contains(away.err,
                 program.environment["LM_STUDIO_BASE_URL"] + "/v1/chat/completions cannot be reached"));
  const Ran unknown = program.Run({"persona", "ask", "lead-enginer", "x"});
  CHECK(unknown.code == 2);
  CHECK(Contains(unknown.err, "did you mean 'lead-engineer'?"));
}
