// parallel: runs the steps of its list at the same time and waits for all of them, or for the first that
// succeeds.
#include <mamc/cpp/plugin.hpp>
#include <set>

namespace {

using namespace mamc::sdk;

std::string KeyOf(std::size_t index) {
  return "steps/" + std::to_string(index);
}
std::size_t IndexOf(const std::string& key) {
  return std::stoul(key.substr(key.find('/') + 1));
}

// What one step came to, for the result and for the error text.
Json Describe(const ChildResult& end) {
  Json step;
  if (!end.ok()) {
    step["status"] = "failed";
    step["error"] = end.message();
    return step;
  }
  step["status"] = end.json.value("status", "done");
  if (const auto result = end.json.find("result"); result != end.json.end()) step["result"] = *result;
  return step;
}

// The ends of the steps, by their place in the list; null while a step runs.
class Ends {
 public:
  explicit Ends(Json listed) : listed_(std::move(listed)), ends_(listed_.size()) {}

  std::size_t size() const { return ends_.size(); }
  bool IsOpen(std::size_t index) const { return ends_[index].is_null(); }
  // Returns whether the step succeeded: a skipped one did not, nor did it fail.
  bool Enter(std::size_t index, const ChildResult& end) {
    ends_[index] = Describe(end);
    if (!end.ok()) codes_.insert(end.code);
    return ends_[index].at("status") == "done";
  }
  void EnterCancelled(std::size_t index) { ends_[index]["status"] = "cancelled"; }

  Json ById() const {
    Json steps = Json::object();
    for (std::size_t i = 0; i < size(); ++i) steps[Id(i)] = ends_[i];
    return steps;
  }
  Json Result() const {
    Json result;
    result["finished"] = Json::array();
    for (std::size_t i = 0; i < size(); ++i)
      if (Is(i, "done") || Is(i, "skipped")) result["finished"].push_back(Id(i));
    result["steps"] = ById();
    return result;
  }
  // Nothing thrown when no step failed.
  void ThrowIfAnyFailed() const {
    std::size_t failed = 0;
    std::string sentences;
    for (std::size_t i = 0; i < size(); ++i) {
      if (!Is(i, "failed")) continue;
      sentences += (failed++ == 0 ? "" : "; ") + Id(i) + ": " + ends_[i].at("error").get<std::string>();
    }
    if (failed == 0) return;
    Json details;
    details["steps"] = ById();
    throw Failure(CodeOfAll(),
                  std::to_string(failed) + " of " + std::to_string(size()) + " steps failed: " + sentences,
                  details);
  }

 private:
  // Where one needs a person, running all of them again does not help; where one could not reach something,
  // it does, once that is there again. So it does where none has failed of anything but its time.
  mamc_code CodeOfAll() const {
    for (const mamc_code code : {MAMC_E_PERMISSION, MAMC_E_UNAVAILABLE})
      if (codes_.contains(code)) return code;
    return codes_ == std::set<mamc_code>{MAMC_E_TIMEOUT} ? MAMC_E_TIMEOUT : MAMC_E_FAILED;
  }
  std::string Id(std::size_t index) const { return listed_[index].at("id"); }
  bool Is(std::size_t index, const char* status) const {
    return ends_[index].is_object() && ends_[index].at("status") == status;
  }

  Json listed_;
  std::vector<Json> ends_;
  std::set<mamc_code> codes_;  // of the steps that failed
};

class Parallel final : public Step {
 public:
  explicit Parallel(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    const bool first_wins = input.at("params").value("wait_for", "all") == "any";
    Json lists = input.value("lists", Json::object());
    Ends ends(lists.value("steps", Json::array()));
    for (std::size_t i = 0; i < ends.size(); ++i) {
      Json step;
      step["list"] = "steps";
      step["index"] = i;
      context.StartChild(KeyOf(i), "step.run", std::move(step));
    }

    for (std::size_t open = ends.size(); open > 0; --open) {
      const auto [key, end] = co_await context.Next();
      const bool succeeded = ends.Enter(IndexOf(key), end);
      if (!first_wins || !succeeded) continue;
      CancelOpen(context, ends);
      co_return ends.Result();
    }
    ends.ThrowIfAnyFailed();
    co_return ends.Result();
  }

 private:
  static void CancelOpen(Context& context, Ends& ends) {
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (!ends.IsOpen(i)) continue;
      context.CancelChild(KeyOf(i));
      ends.EnterCancelled(i);
    }
  }
};

}  // namespace

MAMC_PLUGIN(Provide<Parallel>("step", "parallel"))
