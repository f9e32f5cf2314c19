// Prompts and the windows of real servers: what is sent fits, by the server's own count.
#include <random>

#include "desk.hpp"
#include "support/captured_log.hpp"
#include "support/http_server.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::messaging;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kLongTester = "id: qa-engineer\nprompt: You test.\noptions: {max_tokens: 1000}\n";

// What a tokenizer makes of a text, each in its own way.
using Tokenizer = std::int64_t (*)(const std::string&);
std::int64_t ByThrees(const std::string& text) {
  return static_cast<std::int64_t>(text.size() / 3 + 1);
}
std::int64_t ByFours(const std::string& text) {
  return static_cast<std::int64_t>(text.size() / 4 + 1);
}
// Words in pieces of five letters; digits and signs alone.
std::int64_t ByWords(const std::string& text) {
  std::int64_t tokens = 0;
  std::size_t letters = 0;
  for (const char c : text) {
    letters = std::isalpha(static_cast<unsigned char>(c)) ? letters + 1 : 0;
    if (letters % 5 == 1 || (letters == 0 && c != ' ')) ++tokens;
  }
  return tokens;
}

// A server as LM Studio is one, with a model in a window.
class WindowServer {
 public:
  enum class Manner { kTellsWindow, kRefuses, kCuts };

  WindowServer(std::int64_t window, Tokenizer tokenizer, Manner manner, std::string answer = "read")
      : window_(window),
        tokenizer_(tokenizer),
        manner_(manner),
        answer_(std::move(answer)),
        server_([this](const HttpRequest& request) {
          return request.method == "GET" ? List(request) : Answer(Json::parse(request.body));
        }) {}

  std::string url() const { return server_.url(); }
  // What came, in tokens as it counts them.
  std::vector<std::int64_t> prompts() const {
    const std::lock_guard lock(mutex_);
    return prompts_;
  }
  Json last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  HttpReply List(const HttpRequest& request) const {
    if (manner_ != Manner::kTellsWindow || request.target != "/api/v0/models")
      return {.status = 404, .body = R"({"error":"Unexpected endpoint or method."})"};
    return {
        .body =
            Json{{"data",
                  {{{"id", "m"}, {"type", "llm"}, {"state", "loaded"}, {"loaded_context_length", window_}}}}}
                .dump()};
  }

  HttpReply Answer(const Json& body) {
    std::int64_t tokens = 0;
    for (const Json& message : body.at("messages"))
      tokens += 4 + tokenizer_(message.at("content").get<std::string>());
    const std::lock_guard lock(mutex_);
    prompts_.push_back(tokens);
    last_ = body;
    if (tokens > window_ && manner_ != Manner::kCuts)
      return {.status = 400,
              .body = Json{{"error",
                            {{"type", "exceed_context_size_error"},
                             {"message", "the request exceeds the available context size"},
                             {"n_prompt_tokens", tokens},
                             {"n_ctx", window_}}}}
                          .dump()};
    return {.body = Json{{"model", "m"},
                         {"choices", {{{"message", {{"content", answer_}}}, {"finish_reason", "stop"}}}},
                         {"usage", {{"prompt_tokens", std::min(tokens, window_)}, {"completion_tokens", 1}}}}
                        .dump()};
  }

  const std::int64_t window_;
  const Tokenizer tokenizer_;
  const Manner manner_;
  const std::string answer_;
  mutable std::mutex mutex_;
  std::vector<std::int64_t> prompts_;  // protected by mutex_
  Json last_;                          // protected by mutex_
  HttpServer server_;
};

std::function<void(worker::WorkerOptions&)> AskedAt(const WindowServer& server) {
  return [url = server.url()](worker::WorkerOptions& options) {
    options.default_backend = "lm-studio";
    options.models["qa-engineer"] = "m";
    options.backend_settings["lm-studio"] = {{"base_url", url}};
  };
}

// Source code, prose, numbers, a log.
std::string SomeText(std::mt19937& random, std::size_t bytes) {
  static const std::vector<std::string> kLines = {
      "  if (count > limit) return Status(Code::kLimit, \"too many\");\n",
      "The planner writes a plan, and the evaluator says what is missing in it.\n",
      "int Checked(const std::vector<int>& values, std::size_t index) {\n",
      "2026-12-01 08:26:59 INFO worker-3 request 4711 done in 230 ms\n",
      "    assert response.status_code == 200, response.text\n",
      "Die Aenderung wird geprueft, zusammengefuehrt und hochgeladen.\n",
      "\t\t}\n",
      "- [ ] the parser keeps the last line, see docs/parser.md\n"};
  std::string text;
  while (text.size() < bytes) text += kLines[random() % kLines.size()];
  return text;
}

Json SomePayload(std::mt19937& random, std::int64_t window) {
  const auto bytes = [&] { return random() % static_cast<std::size_t>(window * 3); };
  return {{"task", {{"title", "A task"}, {"description", SomeText(random, bytes() / 20)}}},
          {"context_summary", SomeText(random, bytes())},
          {"plan", SomeText(random, bytes() / 2)},
          {"failure", SomeText(random, bytes() / 4)},
          {"history", {SomeText(random, bytes() / 4), SomeText(random, bytes() / 4)}}};
}

std::string UserTextOf(const Json& body) {
  return body.at("messages").at(1).at("content").get<std::string>();
}

}  // namespace

TEST_CASE("no prompt exceeds the window by the count of a server that tells it") {
  const unsigned seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}();
  const char* fewer = std::getenv("MAMC_PROMPTS");
  const int questions = 25;
  const int servers = (fewer ? std::atoi(fewer) : 1000) / questions;
  WARN("seed " << seed << ", " << servers * questions << " prompts");
  std::mt19937 random(seed);
  const Tokenizer tokenizers[] = {ByThrees, ByFours, ByWords};
  int shortened = 0;
  for (int i = 0; i < servers; ++i) {
    // 2 000 to 128 000, most of them small: those are the ones that are too small.
    const std::int64_t window = 2000 << std::min(random() % 7, random() % 7);
    WindowServer server(window, tokenizers[random() % 3], WindowServer::Manner::kTellsWindow);
    TempDir dir;
    CapturedLog log;
    Desk desk(dir, kLongTester, {"x"}, {}, AskedAt(server));
    for (int j = 0; j < questions; ++j) {
      const Event end = desk.Ask(desk.Ask("c" + std::to_string(j), SomePayload(random, window)));
      INFO("server " << i << ", question " << j << ", window " << window << ": " << end.error);
      REQUIRE(end.status == "done");
      REQUIRE(server.prompts().size() == static_cast<std::size_t>(j + 1));
      REQUIRE(server.prompts().back() <= window);
      shortened += end.result.contains("left_out") ? 1 : 0;
    }
  }
  CHECK(shortened > servers * questions / 4);
}

TEST_CASE("a prompt that a server refuses as too long is asked again with what fits") {
  WindowServer server(4000, ByThrees, WindowServer::Manner::kRefuses);
  TempDir dir;
  CapturedLog log;
  Desk desk(dir, kLongTester, {"x"}, {}, AskedAt(server));
  std::mt19937 random(1);
  Json payload = {{"context_summary", SomeText(random, 30'000)}, {"failure", "the\nfailure"}};
  const Event end = desk.Ask(desk.Ask("c1", payload));
  CHECK(end.status == "done");
  CHECK(end.result["output"] == "read");
  CHECK(end.result["left_out"][0]["part"] == "context_summary");
  REQUIRE(server.prompts().size() == 2);
  CHECK(server.prompts().front() > 4000);
  CHECK(server.prompts().back() <= 4000);
  CHECK_THAT(UserTextOf(server.last()), Contains("the\nfailure"));
  CHECK(log.Has({"not all of the prompt fits", "context_tokens=4000"}));
  // The window is known now.
  CHECK(desk.Ask(desk.Ask("c2", payload)).status == "done");
  CHECK(server.prompts().size() == 3);
}

TEST_CASE("a window that does not hold the smallest prompt is told with both numbers and what to do") {
  WindowServer server(300, ByThrees, WindowServer::Manner::kTellsWindow);
  TempDir dir;
  CapturedLog log;
  const std::string persona = "id: qa-engineer\nprompt: '" + std::string(2000, '.') + " " +
                              "You test, and you tell what you have found in many words, again and again. "
                              "You test, and you tell what you have found in many words, again and again. "
                              "You test, and you tell what you have found in many words, again and again.'\n";
  Desk desk(dir, persona, {"x"}, {}, AskedAt(server));
  const Event end = desk.Ask(desk.Ask("c1"));
  CHECK(end.status == "error");
  CHECK_THAT(end.error, Contains("its smallest prompt and an answer need about") &&
                            Contains("the model m is loaded with 300") &&
                            Contains("backends.lm-studio.context_length"));
  CHECK(end.result["details"]["class"] == "ContextOverflow");
  CHECK(end.result["details"]["have_tokens"] == 300);
  CHECK(server.prompts().empty());
}

TEST_CASE("a server that leaves out a part of the prompt without a word is found out") {
  WindowServer server(2000, ByThrees, WindowServer::Manner::kCuts);
  TempDir dir;
  CapturedLog log;
  Desk desk(dir, kLongTester, {"x"}, {}, AskedAt(server));
  std::mt19937 random(1);
  CHECK_FALSE(desk.Ask(desk.Ask("c1", {{"plan", SomeText(random, 3000)}})).result.contains("prompt_cut"));
  const Event end = desk.Ask(desk.Ask("c2", {{"plan", SomeText(random, 60'000)}}));
  CHECK(end.status == "done");
  CHECK(end.result["prompt_cut"]["counted_tokens"] == 2000);
  CHECK(log.Has({"it has left out a part of it without a word", "counted_tokens=2000"}));
}

TEST_CASE("a cassette holds the whole prompt whatever the model took of it") {
  WindowServer server(4000, ByThrees, WindowServer::Manner::kTellsWindow);
  TempDir dir;
  CapturedLog log;
  Desk desk(dir, kLongTester, {"x"}, {}, [&](worker::WorkerOptions& options) {
    AskedAt(server)(options);
    options.record = dir / "cassette";
  });
  std::mt19937 random(1);
  const std::string summary = SomeText(random, 30'000);
  CHECK(desk.Ask(desk.Ask("c1", {{"context_summary", summary}})).status == "done");
  const auto lines = LinesOf(dir / "cassette");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(UserTextOf(Json::parse(lines[0])), Contains(summary));
  CHECK(UserTextOf(server.last()).find(summary) == std::string::npos);
}

TEST_CASE("a judge who was shown a part of the change passes nothing") {
  constexpr const char* kReviewer =
      "id: qa-engineer\nprompt: You judge.\noptions: {max_tokens: 1000}\nverdict: {type: object, properties: "
      "{status: "
      "{enum: [pass, fail]}}, required: [status]}\n";
  WindowServer server(4000, ByThrees, WindowServer::Manner::kTellsWindow, R"({"status": "pass"})");
  TempDir dir;
  CapturedLog log;
  Desk desk(dir, kReviewer, {"x"}, {}, AskedAt(server));
  std::mt19937 random(1);
  const Event whole = desk.Ask(desk.Ask("c1", {{"change", SomeText(random, 3000)}}));
  CHECK(whole.result["status"] == "pass");
  const Event part = desk.Ask(desk.Ask("c2", {{"change", SomeText(random, 30'000)}}));
  CHECK(part.result["status"] == "unknown");
  CHECK_THAT(part.result["problem"].get<std::string>(), Contains("give the model a larger one"));
  // What it did not need to see takes nothing from its word.
  const Event other = desk.Ask(
      desk.Ask("c3", {{"change", SomeText(random, 3000)}, {"context_summary", SomeText(random, 30'000)}}));
  CHECK(other.result["status"] == "pass");
  CHECK(other.result["left_out"].size() == 1);
}
