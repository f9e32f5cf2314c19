// What a model server may do, and what becomes of it: each row is a test of its own.
//
// A row says what the server answers, how the question ends (the failure's class and code), what the server
// was asked to do meanwhile, and the line that is left of it: of a failure the sentence that the run's
// journal keeps as the step's error, of an answer its text. Long waits are short here: the clocks are
// settings.
#pragma once
#include <algorithm>

#include "lm_studio_script.hpp"
#include "support/captured_log.hpp"

namespace mamc::test::studio {

struct Row {
  std::string name;
  Script script;
  Code code = Code::kOk;
  const char* error_class = "";  // "": it is answered
  std::vector<std::string> actions = {"ask"};
  const char* line = "fine";
  Json has = Json::object();  // members of the result, or of the failure's details
  const char* log = "";       // what the host's log says of what was done
  Json question = Json::object();
  Json settings = Json::object();
  std::string suffix = "";  // of the base URL
};

// Short clocks, so that a row that waits ends soon.
inline Json WithShortClocks(Json settings) {
  for (const char* name : {"first_token_timeout_ms", "load_timeout_ms", "idle_timeout_ms"})
    if (!settings.contains(name)) settings[name] = 150;
  if (!settings.contains("cancel_grace_ms")) settings["cancel_grace_ms"] = 0;
  return settings;
}

inline void CheckRow(const Row& row) {
  CapturedLog log;
  ScriptedServer server(row.script);
  const auto plugin = PluginFor(server.url() + row.suffix, WithShortClocks(row.settings));
  const auto outcome = plugin->Run(MAMC_BACKEND_ASK, Question(row.question));
  INFO(outcome.json);
  INFO(log.text());
  CHECK(outcome.code == row.code);
  const Json said = Json::parse(outcome.json);
  const Json details = row.code == Code::kOk ? said : said.value("details", Json::object());
  CHECK(details.value("class", "") == row.error_class);
  CHECK_THAT(row.code == Code::kOk ? said.value("text", "") : outcome.Message(), Catch::Contains(row.line));
  for (const auto& [name, value] : row.has.items()) {
    INFO(name);
    CHECK(details.value(name, Json()) == value);
  }
  CHECK(server.actions() == row.actions);
  CHECK_THAT(log.text(), Catch::Contains(row.log));
}

// ---- what stands in several rows ----

inline const std::string kNoModelsLoaded =
    R"({"error":{"message":"No models loaded. Please load a model in the developer page or use the 'lms load' command.","type":"invalid_request_error","param":"model","code":null}})";
inline const std::string kNoResources =
    R"({"error":{"message":"Failed to load model \"m\". Error: Model loading aborted due to insufficient system resources."}})";
inline const std::string kToken =
    R"({"error":{"type":"invalid_request","code":"invalid_api_key","message":"An LM Studio API token is required"}})";
inline const Json kSchema = {{"schema", {{"type", "object"}}}};

inline HttpReply SseError(const std::string& message) {
  return Stream("event: error\n" + Data({{"error", {{"message", message}}}, {"message", message}}));
}
inline HttpReply Paused(HttpReply reply, std::size_t at_bytes, int pause_ms) {
  reply.pause_at_bytes = at_bytes;
  reply.pause = std::chrono::milliseconds(pause_ms);
  return reply;
}
inline std::string ToolCall(int index, const Json& function) {
  return Data({{"model", "m"},
               {"choices", {{{"delta", {{"tool_calls", {{{"index", index}, {"function", function}}}}}}}}}});
}
inline std::string Stopped(const std::string& stop_reason) {
  return Data({{"choices", {{{"delta", Json::object()}, {"finish_reason", "stop"}}}},
               {"stats", {{"stop_reason", stop_reason}, {"tokens_per_second", 12.5}}}});
}
inline std::string Repeated(const std::string& piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}
inline std::string Numbered(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}
inline Script Chat(std::vector<HttpReply> replies) {
  return {.chat = std::move(replies)};
}
inline Script Overflows(const std::string& body) {
  return Chat({Plain(400, body)});
}
inline Row Overflow(const std::string& name, const std::string& body, std::int64_t need, std::int64_t have) {
  return {.name = name,
          .script = Overflows(body),
          .code = Code::kFailed,
          .error_class = "ContextOverflow",
          .line = "load it with a larger context",
          .has = {{"need_tokens", need}, {"have_tokens", have}}};
}

// ---- each row becomes a test ----

class RowTest final : public Catch::ITestInvoker {
 public:
  explicit RowTest(Row row) : row_(std::move(row)) {}
  void invoke() const override { CheckRow(row_); }

 private:
  const Row row_;
};

// For a variable with static storage.
inline bool Register(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    Catch::AutoReg(new RowTest(row), CATCH_INTERNAL_LINEINFO, Catch::StringRef(),
                   Catch::NameAndTags(row.name, "[conformance]"));
  return true;
}

}  // namespace mamc::test::studio
