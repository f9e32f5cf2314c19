// set-variables: writes what stands under `variables` to the run's state.
#include <mamc/cpp/plugin.hpp>

namespace {

using namespace mamc::sdk;

class SetVariables final : public Step {
 public:
  explicit SetVariables(const Json& /*settings*/) {}

  Task<Json> Run(Context& /*context*/, Json input) override {
    Json result;
    result["state"] = input.at("params").at("variables");
    co_return result;
  }
};

}  // namespace

MAMC_PLUGIN(Provide<SetVariables>("step", "set-variables"))
