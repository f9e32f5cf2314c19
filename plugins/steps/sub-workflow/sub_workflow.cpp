// sub-workflow: runs another workflow as one step and gives what its steps wrote to the state.
#include <mamc/cpp/plugin.hpp>

namespace {

using namespace mamc::sdk;

class SubWorkflow final : public Step {
 public:
  explicit SubWorkflow(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    const Json& params = input.at("params");
    Json call;
    call["workflow"] = params.at("workflow");
    call["inputs"] = params.value("inputs", Json::object());
    const ChildResult end = co_await context.TryChild("workflow", "workflow.run", std::move(call));
    if (!end.ok())
      throw Failure(end.code, "workflow " + params.at("workflow").get<std::string>() + ": " + end.message(),
                    end.details());
    Json result;
    result["status"] = end.json.value("status", "done");
    result["state_values"] = end.json.value("state", Json::object());
    co_return result;
  }
};

}  // namespace

MAMC_PLUGIN(Provide<SubWorkflow>("step", "sub-workflow"))
