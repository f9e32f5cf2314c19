// The persona backend `replay`: recorded answers instead of a model.
#include <mamc/backend.h>

#include "cassette.hpp"

namespace replay {
namespace {

using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Task;

class Replay final : public mamc::sdk::Type {
 public:
  explicit Replay(const Json& settings) : file_(settings.at("cassette").get<std::string>()) {}

  Task<Json> Call(Context& context, Json input) override {
    switch (context.verb()) {
      case MAMC_VERB_SELFTEST:
        co_return SelfTest();
      case MAMC_BACKEND_DESCRIBE:
        co_return Describe();
      case MAMC_BACKEND_ASK:
        co_return Ask(context, input);
      default:
        throw Failure(MAMC_E_UNSUPPORTED,
                      "The backend 'replay' has no verb " + std::to_string(context.verb()) + ".");
    }
  }

 private:
  Json Ask(Context& context, const Json& question) {
    if (!question.is_object()) throw Failure(MAMC_E_INVALID, "The question must be an object.");
    Json answer = Tape().Play(question);
    if (!answer.contains("model")) answer["model"] = question.value("model", Json(""));
    if (!answer.contains("finish")) answer["finish"] = "stop";
    if (answer.contains("reasoning")) context.Emit("reasoning", Piece(answer["reasoning"]));
    context.Emit("delta", Piece(answer["text"]));
    return answer;
  }

  static Json Piece(const Json& text) { return {{"text", text}}; }

  // One model without a limit of its own: any prompt fits a recording.
  Json Describe() {
    Json model = {{"id", "replay"}, {"loaded", true}, {"slots", 1}};
    return {{"models", Json::array({std::move(model)})}, {"endpoint", file_.string()}};
  }

  Json SelfTest() {
    try {
      return Facts(true, file_.string() + " holds " + std::to_string(Tape().size()) + " answers");
    } catch (const Failure& failure) {
      return Facts(false, failure.what());
    }
  }

  static Json Facts(bool ok, const std::string& fact) { return {{"ok", ok}, {"facts", Json::array({fact})}}; }

  Cassette& Tape() {
    if (!tape_) tape_ = std::make_unique<Cassette>(file_);
    return *tape_;
  }

  std::filesystem::path file_;
  std::unique_ptr<Cassette> tape_;
};

}  // namespace
}  // namespace replay

MAMC_PLUGIN(mamc::sdk::Provide<replay::Replay>("backend", "replay"))
