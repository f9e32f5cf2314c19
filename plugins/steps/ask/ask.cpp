// ask: one question to the persona's own model, as a step of the persona's work.
#include <mamc/cpp/plugin.hpp>

namespace {

using namespace mamc::sdk;

constexpr std::size_t kShownBytes = 300;

class Ask final : public Step {
 public:
  explicit Ask(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    const Json& params = input.at("params");
    Json question = Json::object();
    for (const char* field : {"instructions", "files", "history"})
      if (params.contains(field)) question[field] = params.at(field);
    Json answer = co_await context.Child("ask", "model.ask", std::move(question));
    if (params.value("require", "any") == "pass") RequirePass(answer);
    co_return answer;
  }

 private:
  // A status that is no verdict may come with the reason.
  static std::string WhatItGave(const std::string& status, const Json& answer) {
    const auto problem = answer.find("problem");
    if (problem == answer.end() || !problem->is_string()) return "the model answered " + status + ": ";
    return "the model gave no verdict that can be used (" +
           problem->get<std::string>().substr(0, kShownBytes) + "); it said: ";
  }

  // An answer without a verdict is not a pass.
  static void RequirePass(const Json& answer) {
    const auto found = answer.find("status");
    const std::string status =
        found != answer.end() && found->is_string() ? found->get<std::string>() : "unknown";
    if (status == "pass") return;
    const std::string text = answer.value("text", "");
    throw Failure(MAMC_E_FAILED, WhatItGave(status, answer) + text.substr(0, kShownBytes), answer);
  }
};

}  // namespace

MAMC_PLUGIN(Provide<Ask>("step", "ask"))
