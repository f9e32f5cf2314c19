// A model server with a script, and the plugin that asks it.
#pragma once
#include <mamc/backend.h>

#include <catch2/catch.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "support/http_server.hpp"
#include "support/plugin_driver.hpp"

namespace mamc::test::studio {

using Ending = HttpReply::Ending;

inline Json Question(const Json& extra = Json::object()) {
  Json question = {
      {"persona", "qa-engineer"}, {"model", "m"}, {"messages", {{{"role", "user"}, {"content", "Frage?"}}}}};
  question.update(extra);
  return question;
}

// ---- the pieces of a stream ----

inline std::string Data(const Json& json) {
  return "data: " + json.dump() + "\n\n";
}
inline std::string Delta(const std::string& field, const std::string& text, const std::string& model = "m") {
  return Data({{"model", model}, {"choices", {{{"delta", {{field, text}}}}}}});
}
inline std::string Content(const std::string& text) {
  return Delta("content", text);
}
inline std::string Finish(const std::string& reason) {
  return Data({{"choices", {{{"delta", Json::object()}, {"finish_reason", reason}}}}});
}
inline std::string Usage() {
  return Data({{"choices", Json::array()}, {"usage", {{"prompt_tokens", 7}, {"completion_tokens", 3}}}});
}
inline const std::string kDone = "data: [DONE]\n\n";

// ---- replies ----

inline HttpReply Stream(const std::string& body, std::size_t piece_bytes = 0,
                        Ending ending = Ending::kComplete) {
  return {.headers = {{"Content-Type", "text/event-stream"}},
          .body = body,
          .piece_bytes = piece_bytes,
          .ending = ending};
}
inline HttpReply Plain(int status, const std::string& body) {
  return {.status = status, .body = body};
}
inline HttpReply Good(const std::string& text = "fine") {
  return Stream(Content(text) + Finish("stop") + Usage() + kDone);
}
inline HttpReply Silent() {
  return {.ending = Ending::kStall, .silent = true};
}

// ---- lists of models, as LM Studio 0.4 gives them ----

inline Json Loaded(const std::string& id, int context_length = 32'768, int parallel = 4) {
  return {{"type", "llm"},
          {"key", id.substr(0, id.find(':'))},
          {"max_context_length", 131'072},
          {"loaded_instances",
           {{{"id", id}, {"config", {{"context_length", context_length}, {"parallel", parallel}}}}}}};
}
inline Json NotLoaded(const std::string& key) {
  return {
      {"type", "llm"}, {"key", key}, {"max_context_length", 131'072}, {"loaded_instances", Json::array()}};
}
inline HttpReply ListOf(const std::vector<Json>& models) {
  return Plain(200, Json{{"models", models}}.dump());
}
inline HttpReply LoadedReply(const std::string& id, int context_length = 32'768) {
  return Plain(200, Json{{"type", "llm"},
                         {"instance_id", id},
                         {"status", "loaded"},
                         {"load_config", {{"context_length", context_length}}}}
                        .dump());
}

// What each path answers: the first reply first, the last one for ever.
struct Script {
  std::vector<HttpReply> chat = {Good()};
  std::vector<HttpReply> lists = {Plain(404, R"({"error":"Unexpected endpoint or method."})")};
  std::vector<HttpReply> load = {Plain(404, R"({"error":"Unexpected endpoint or method."})")};
  std::vector<HttpReply> unload = {Plain(200, R"({"instance_id":"x"})")};
};

class ScriptedServer {
 public:
  explicit ScriptedServer(Script script)
      : script_(std::move(script)), server_([this](const HttpRequest& request) { return Next(request); }) {}

  std::string url() const { return server_.url(); }
  int closed_by_client() const { return server_.closed_by_client(); }
  // What it was told to do, in order and without the lists: "ask", "load", "unload".
  std::vector<std::string> actions() const {
    std::vector<std::string> actions;
    for (const HttpRequest& request : server_.requests())
      if (const std::string name = NameOf(request); name != "list") actions.push_back(name);
    return actions;
  }
  // The bodies of the requests with this name.
  std::vector<Json> Bodies(const std::string& name) const {
    std::vector<Json> bodies;
    for (const HttpRequest& request : server_.requests())
      if (NameOf(request) == name) bodies.push_back(Json::parse(request.body, nullptr, false));
    return bodies;
  }
  // From now on connections are refused; those that are open stay so.
  void StopListening() { server_.StopListening(); }
  // What happens before a reply: on the connection's thread.
  std::function<void(const std::string& name)> before;

 private:
  static std::string NameOf(const HttpRequest& request) {
    if (request.target == "/v1/chat/completions") return "ask";
    if (request.target == "/api/v1/models/load") return "load";
    if (request.target == "/api/v1/models/unload") return "unload";
    return request.method == "GET" ? "list" : request.method + " " + request.target;
  }
  HttpReply Next(const HttpRequest& request) {
    const std::string name = NameOf(request);
    if (before) before(name);
    const std::lock_guard lock(mutex_);
    std::vector<HttpReply>& replies = name == "ask"      ? script_.chat
                                      : name == "load"   ? script_.load
                                      : name == "unload" ? script_.unload
                                                         : script_.lists;
    const HttpReply reply = replies.front();
    if (replies.size() > 1) replies.erase(replies.begin());
    return reply;
  }

  std::mutex mutex_;
  Script script_;  // protected by mutex_
  HttpServer server_;
};

// The plugin with these settings.
inline std::unique_ptr<PluginDriver> PluginFor(const std::string& base_url, Json settings = Json::object()) {
  settings["base_url"] = base_url;
  return std::make_unique<PluginDriver>(plugin::Kind::kBackend, "lm-studio", settings);
}

}  // namespace mamc::test::studio
