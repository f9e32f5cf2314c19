// The persona backend `lm-studio`: LM Studio and other servers with the OpenAI chat API.
#include <mamc/backend.h>

#include "ask.hpp"
#include "describe.hpp"
#include "self_test.hpp"

namespace lm_studio {
namespace {

using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Task;

class LmStudio final : public mamc::sdk::Type {
 public:
  explicit LmStudio(const Json& settings) : servers_(settings) {}

  Task<Json> Call(Context& context, Json input) override {
    if (!input.is_object()) throw Failure(MAMC_E_INVALID, "The input must be an object.");
    switch (context.verb()) {
      case MAMC_VERB_SELFTEST:
        co_return TestServers(client_, servers_, context);
      case MAMC_BACKEND_DESCRIBE:
        co_return Describe(client_, servers_, context);
      case MAMC_BACKEND_ASK:
        co_return Ask(client_, servers_, context, input);
      default:
        throw Failure(MAMC_E_UNSUPPORTED,
                      "The backend 'lm-studio' has no verb " + std::to_string(context.verb()) + ".");
    }
  }

 private:
  const Servers servers_;
  mamc::http::Client client_;  // shared by all calls; safe from any thread
};

}  // namespace
}  // namespace lm_studio

MAMC_PLUGIN(mamc::sdk::Provide<lm_studio::LmStudio>("backend", "lm-studio"))
