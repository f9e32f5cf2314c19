#include <optional>
#include <thread>

#include "lm_studio_script.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::test::studio;

namespace {

const std::string kUsage = Usage();

bool AsksForModels(const HttpRequest& request) {
  return request.method == "GET";
}

// A server that answers the same for ever, and the plugin that asks it.
struct Studio {
  explicit Studio(HttpServer::Answer answer, Json settings = Json::object(), const std::string& suffix = "")
      : server(std::move(answer)) {
    settings["base_url"] = server.url() + suffix;
    driver = std::make_unique<PluginDriver>(plugin::Kind::kBackend, "lm-studio", settings);
  }
  // To questions; it lists no models.
  explicit Studio(HttpReply reply, Json settings = Json::object())
      : Studio(
            [reply](const HttpRequest& request) { return AsksForModels(request) ? Plain(404, "") : reply; },
            std::move(settings)) {}
  plugin::Outcome Ask(const Json& question = Question()) { return driver->Run(MAMC_BACKEND_ASK, question); }
  Json Answer(const Json& question = Question()) {
    return driver->Start(MAMC_BACKEND_ASK, question).result();
  }
  std::vector<HttpRequest> Questions() const {
    std::vector<HttpRequest> questions = server.requests();
    std::erase_if(questions, AsksForModels);
    return questions;
  }

  HttpServer server;
  std::unique_ptr<PluginDriver> driver;
};

void Fails(const HttpReply& reply, Code code, const std::string& words) {
  Studio studio(reply, {{"first_token_timeout_ms", 100}, {"idle_timeout_ms", 100}});
  const auto outcome = studio.Ask();
  INFO(outcome.json);
  CHECK(outcome.code == code);
  CHECK_THAT(outcome.Message(), Catch::Contains(words));
}

}  // namespace

TEST_CASE("an answer is streamed wherever its bytes are split") {
  const std::string body =
      ": hi\r\n\r\n" + Delta("content", "grün ") + Delta("content", "日本") + Finish("stop") + kUsage + kDone;
  for (const std::size_t piece_bytes : {0, 1, 2, 3, 7, 50}) {
    Studio studio(Stream(body, piece_bytes));
    DrivenCall call = studio.driver->Start(MAMC_BACKEND_ASK, Question());
    const Json result = call.result();
    CHECK(result["text"] == "grün 日本");
    CHECK(result["finish"] == "stop");
    CHECK(result["usage"] == Json::parse(R"({"prompt_tokens":7,"completion_tokens":3})"));
    CHECK(result["timings"]["total_ms"] >= result["timings"]["first_token_ms"]);
    std::string streamed;
    while (call.HasEmit()) streamed += call.NextEmit().json["text"].get<std::string>();
    CHECK(streamed == "grün 日本");
  }
}

TEST_CASE("the request carries the question its options and the token") {
  Studio studio([](const HttpRequest&) { return Stream(Delta("content", "x") + kDone); }, Json::object(),
                "/v1/");
  studio.driver->secrets["LM_STUDIO_API_KEY"] = "sk-lm-1";
  studio.Answer(Question({{"max_tokens", 9}, {"options", {{"top_p", 0.5}, {"stream", false}}}}));
  const HttpRequest seen = studio.Questions().at(0);
  const Json body = Json::parse(seen.body);
  CHECK(seen.target == "/v1/chat/completions");
  CHECK(seen.headers.at("authorization") == "Bearer sk-lm-1");
  CHECK(body["stream"] == true);
  CHECK(body["stream_options"]["include_usage"] == true);
  CHECK(body["max_tokens"] == 9);
  CHECK(body["top_p"] == 0.5);
  CHECK(body["messages"] == Question()["messages"]);
}

TEST_CASE("reasoning is kept apart in each of its shapes") {
  const std::vector<std::string> bodies = {
      Delta("reasoning_content", "hm") + Delta("content", "yes"),
      Delta("reasoning", "hm") + Delta("content", "yes"),
      Delta("content", "<thi") + Delta("content", "nk>h") + Delta("content", "m</th") +
          Delta("content", "ink>\n\ny") + Delta("content", "es"),
      Delta("content", "hm</think>\n") + Delta("content", "yes"),
  };
  for (const std::string& body : bodies) {
    const Json result = Studio(Stream(body + Finish("stop") + kDone)).Answer();
    CHECK(result["text"] == "yes");
    CHECK(result["reasoning"] == "hm");
  }
  CHECK(Studio(Stream(Delta("content", "a <think>b</think> c") + kDone)).Answer()["text"] ==
        "a <think>b</think> c");
}

TEST_CASE("an answer cut by its length says so") {
  CHECK(Studio(Stream(Delta("content", "x") + Finish("length") + kDone)).Answer()["finish"] == "length");
}

TEST_CASE("a server that does not stream is understood") {
  const Json whole = {{"model", "m"},
                      {"choices", {{{"message", {{"content", "hi"}}}, {"finish_reason", "stop"}}}}};
  CHECK(Studio(Plain(200, whole.dump())).Answer()["text"] == "hi");
}

TEST_CASE("a server that is busy or starts is unavailable") {
  Fails(Plain(429, R"({"error":{"message":"slow down"}})"), Code::kUnavailable, "slow down");
  Fails(Plain(503, "loading"), Code::kUnavailable, "loading");
  Fails(Plain(502, "no backend"), Code::kUnavailable, "no backend");
}

TEST_CASE(
    "a server that took the question and did not answer has failed the attempt like one that is silent") {
  Fails(Plain(500, "out of memory"), Code::kTimeout, "out of memory");
  Fails(Stream(Delta("content", "half")), Code::kTimeout, "in the middle");
  Fails(Stream(Delta("content", "half"), 0, Ending::kCut), Code::kTimeout, "broke off");
  Fails(Stream("data: {\"choices\": [\n\n"), Code::kTimeout, "not JSON");
  Fails(Stream(Data({{"error", "The model has crashed without additional information."}})), Code::kTimeout,
        "crashed");
  Fails(Stream(Delta("content", "x"), 0, Ending::kStall), Code::kTimeout, "fell silent");
  Fails({.ending = Ending::kStall, .silent = true}, Code::kTimeout, "sent nothing for 100 ms");
}

TEST_CASE("a server that is silent is asked for its models for a short time only") {
  Studio studio([](const HttpRequest&) { return Silent(); }, {{"connect_timeout_ms", 100}});
  const auto outcome = studio.driver->Run(MAMC_BACKEND_DESCRIBE, Json::object());
  CHECK(outcome.code == Code::kTimeout);
  CHECK_THAT(outcome.Message(), Catch::Contains("sent nothing for 100 ms"));
}

TEST_CASE("a server that hangs is named before the deadline of the question") {
  Studio studio({.ending = Ending::kStall, .silent = true});
  plugin::CallInfo info;
  info.started_unix_ms = studio.driver->loop().clock().UnixMs();
  info.deadline_unix_ms = info.started_unix_ms + 200;
  const auto outcome = studio.driver->Start(MAMC_BACKEND_ASK, Question(), info).Wait();
  CHECK(outcome.code == Code::kTimeout);
  CHECK(outcome.Message() ==
        studio.server.url() + "/v1/chat/completions did not finish its answer within 180 ms.");
}

TEST_CASE("what asking again would not change is a failure with the words of the server") {
  Fails(Plain(400, R"({"error":"'response_format.type' must be"})"), Code::kFailed,
        "'response_format.type' must be");
  Fails(Plain(404, R"({"error":{"message":"No models loaded."}})"), Code::kFailed, "No models loaded.");
  Fails(Plain(200, R"({"error":"Unexpected endpoint or method."})"), Code::kFailed, "Unexpected endpoint");
  Fails(Plain(200, "<html>"), Code::kFailed, "<html>");
  Fails(Stream("event: error\ndata: {\"error\":{\"message\":\"Input does not fit\"},\"message\":\"x\"}\n\n"),
        Code::kFailed, "Input does not fit");
  Fails(Stream(Data({{"error", {{"message", "bad"}}}})), Code::kFailed, "bad");
  Fails(Stream(Finish("stop") + kDone), Code::kFailed, "empty answer");
  Fails(Stream(Delta("reasoning", "hm") + Finish("length") + kDone), Code::kFailed, "reasoning");
}

TEST_CASE("a token that is missing or refused is for a person and named") {
  const int status = GENERATE(401, 403);
  Studio studio(Plain(status, R"({"error":{"message":"token required"}})"));
  const std::string said = studio.server.url() + "/v1/chat/completions answered with status " +
                           std::to_string(status) + ": token required";
  const auto missing = studio.Ask();
  CHECK(missing.code == Code::kPermission);
  CHECK_THAT(missing.Message(), Catch::Contains(said) && Catch::Contains("LM_STUDIO_API_KEY is not set"));
  studio.driver->secrets["LM_STUDIO_API_KEY"] = "sk-lm-old";
  const auto refused = studio.Ask();
  CHECK(refused.code == Code::kPermission);
  CHECK_THAT(refused.Message(), Catch::Contains("The token in LM_STUDIO_API_KEY is refused"));
  CHECK_THAT(refused.Message(), !Catch::Contains("sk-lm-old"));
}

TEST_CASE("the wait that a busy server asks for is in the details") {
  HttpReply reply = Plain(429, "{}");
  reply.headers["Retry-After"] = "7";
  const auto outcome = Studio(reply).Ask();
  CHECK(Json::parse(outcome.json)["details"] ==
        Json::parse(R"({"class":"Busy","status":429,"retry_after_ms":7000})"));
}

TEST_CASE("a server that is not there is unavailable and named") {
  const std::string url = "http://127.0.0.1:" + std::to_string(UnusedPort());
  PluginDriver driver(plugin::Kind::kBackend, "lm-studio", {{"base_url", url}});
  const auto outcome = driver.Run(MAMC_BACKEND_ASK, Question());
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains(url));
  const Json selftest = driver.Start(0, Json::object()).result();
  CHECK(selftest["ok"] == false);
  CHECK_THAT(selftest["findings"][0]["text"].get<std::string>(), Catch::Contains(url));
}

TEST_CASE("a schema is sent and left out once a server refuses it") {
  Studio studio([](const HttpRequest& request) {
    if (request.body.find("json_schema") != std::string::npos)
      return Plain(400, R"({"error":"response_format is not supported"})");
    return Stream(Delta("content", "{}") + kDone);
  });
  CHECK(studio.Answer(Question({{"schema", {{"type", "object"}}}}))["text"] == "{}");
  const auto requests = studio.Questions();
  REQUIRE(requests.size() == 2);
  const Json format = Json::parse(requests[0].body)["response_format"];
  CHECK(format["json_schema"]["strict"] == true);
  CHECK(format["json_schema"]["schema"] == Json::parse(R"({"type":"object"})"));
}

TEST_CASE("cancelling closes the connection to the server") {
  Studio studio(Stream(Delta("content", "x"), 0, Ending::kStall));
  DrivenCall call = studio.driver->Start(MAMC_BACKEND_ASK, Question());
  CHECK(call.NextEmit().json["text"] == "x");
  call.Cancel();
  CHECK(call.Wait().code == Code::kCancelled);
  for (int i = 0; i < 2000 && studio.server.closed_by_client() == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(studio.server.closed_by_client() == 1);
}

TEST_CASE("the models of each kind of server are described") {
  const auto described = [](const std::string& path, const std::string& body) {
    Studio studio([=](const HttpRequest& request) {
      return request.target == path ? Plain(200, body) : Plain(404, R"({"error":"Unexpected endpoint"})");
    });
    return studio.driver->Start(MAMC_BACKEND_DESCRIBE, Json::object()).result()["models"];
  };
  CHECK(
      described(
          "/api/v1/models",
          R"({"models":[{"type":"llm","key":"a","loaded_instances":[{"id":"a:2","config":{"context_length":8192,"parallel":4}}]},
                                                  {"type":"llm","key":"b","loaded_instances":[]},{"type":"embedding","key":"e"},7]})") ==
      Json::parse(
          R"([{"id":"a:2","loaded":true,"context_length":8192,"slots":4},{"id":"b","loaded":false}])"));
  CHECK(
      described(
          "/api/v0/models",
          R"({"data":[{"id":"a","type":"llm","state":"loaded","loaded_context_length":4096},{"id":"b","state":"not-loaded"}]})") ==
      Json::parse(R"([{"id":"a","loaded":true,"context_length":4096},{"id":"b","loaded":false}])"));
  CHECK(described("/v1/models", R"({"data":[{"id":"a","max_model_len":2048}]})") ==
        Json::parse(R"([{"id":"a","loaded":true,"context_length":2048}])"));
}

TEST_CASE("a server that wants a token is not asked on an older path") {
  Studio studio([](const HttpRequest&) { return Plain(401, R"({"error":{"message":"token required"}})"); });
  CHECK(studio.driver->Run(MAMC_BACKEND_DESCRIBE, Json::object()).code == Code::kPermission);
  CHECK(studio.server.requests().size() == 1);
}

TEST_CASE("a server that only forbids its lists of models is asked on each path and refuses no token") {
  Studio studio([](const HttpRequest&) { return Plain(403, "forbidden"); });
  const auto outcome = studio.driver->Run(MAMC_BACKEND_DESCRIBE, Json::object());
  CHECK(outcome.code == Code::kFailed);
  CHECK_THAT(outcome.Message(), Catch::Contains("/v1/models answered with status 403: forbidden"));
  CHECK(studio.server.requests().size() == 3);
}
