// conditional: runs the list `then` or the list `else`, as the value of its condition says.
#include <mamc/cpp/plugin.hpp>

namespace {

using namespace mamc::sdk;

// The same truth as that of a step's own `condition`.
bool IsTrue(const Json& value) {
  if (value.is_null()) return false;
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return true;
}

bool HasSteps(const Json& input, const std::string& list) {
  const auto lists = input.find("lists");
  return lists != input.end() && lists->contains(list) && !lists->at(list).empty();
}

class Conditional final : public Step {
 public:
  explicit Conditional(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    const std::string branch = IsTrue(input.at("params").at("condition")) ? "then" : "else";
    Json result;
    result["branch"] = nullptr;
    if (!HasSteps(input, branch)) co_return result;

    Json list;
    list["list"] = branch;
    co_await context.Child(branch, "step.run", std::move(list));
    result["branch"] = branch;
    co_return result;
  }
};

}  // namespace

MAMC_PLUGIN(Provide<Conditional>("step", "conditional"))
