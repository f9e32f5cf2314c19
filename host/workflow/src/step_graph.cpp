// Implementation: ids become indexes once; everything after that is arrays. Iterative, since a file may hold
// a chain of many thousand steps.
#include "load_context.hpp"
#include "mamc/base/text.hpp"

namespace mamc::workflow {
namespace {

class Graph {
 public:
  Graph(const StepRecords& records, LoadContext& context)
      : steps_(records.steps), independent_(records.independent), context_(context) {}

  void Check() {
    Connect();
    if (Sort()) CheckState();
  }

 private:
  void Connect();
  bool Sort();
  void ReportCycle(std::vector<int> path, int step);
  void CheckState();
  bool DependsOn(int later, int earlier);

  const std::vector<StepRecord>& steps_;
  const bool independent_;
  LoadContext& context_;
  std::vector<std::vector<int>> dependencies_;
  std::vector<int> order_;  // position of each step in a topological order
  std::vector<int> seen_;   // mark of the last search that met the step
  int search_ = 0;
};

void Graph::Connect() {
  std::unordered_map<std::string_view, int> indexes;
  for (std::size_t i = 0; i < steps_.size(); ++i) indexes.emplace(steps_[i].id, static_cast<int>(i));
  dependencies_.resize(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    for (const auto& [name, place] : steps_[i].dependencies) {
      auto it = indexes.find(name);
      if (it != indexes.end() && independent_) {
        context_.Add(place,
                     "the steps of this list all start at once, so that " + Quoted(steps_[i].id) +
                         " cannot wait for " + Quoted(name) + "; move " + Quoted(steps_[i].id) +
                         " behind the step that holds the list, or put the two into a list of steps that "
                         "may wait for each other");
        continue;
      }
      if (it != indexes.end()) {
        dependencies_[i].push_back(it->second);
        continue;
      }
      if (context_.full()) return;
      if (context_.step_ids().contains(name)) {
        context_.Add(place, "the step " + Quoted(name) +
                                " is not in the same list; a step depends on steps beside it");
        continue;
      }
      std::vector<std::string> ids;
      for (const StepRecord& step : steps_)
        if (step.id != steps_[i].id) ids.push_back(step.id);
      context_.AddUnknown(place, "dependency", name, ids);
    }
  }
}

// Depth first; a step that is met again while it is still open closes a cycle.
bool Graph::Sort() {
  enum : char { kNew, kOpen, kDone };
  std::vector<char> state(steps_.size(), kNew);
  order_.assign(steps_.size(), 0);
  int position = 0;
  bool acyclic = true;
  std::vector<std::pair<int, std::size_t>> stack;  // step, next dependency
  for (std::size_t root = 0; root < steps_.size(); ++root) {
    if (state[root] != kNew) continue;
    stack.emplace_back(static_cast<int>(root), 0);
    state[root] = kOpen;
    while (!stack.empty()) {
      auto& [step, next] = stack.back();
      if (next == dependencies_[step].size()) {
        state[step] = kDone;
        order_[step] = position++;
        stack.pop_back();
        continue;
      }
      int dependency = dependencies_[step][next++];
      if (state[dependency] == kOpen) {
        acyclic = false;
        std::vector<int> path;
        for (const auto& frame : stack) path.push_back(frame.first);
        ReportCycle(std::move(path), dependency);
      } else if (state[dependency] == kNew) {
        state[dependency] = kOpen;
        stack.emplace_back(dependency, 0);
      }
    }
  }
  return acyclic;
}

void Graph::ReportCycle(std::vector<int> path, int step) {
  if (context_.full()) return;
  constexpr std::size_t kShown = 20;
  auto begin = std::find(path.begin(), path.end(), step);
  std::string text;
  std::size_t length = static_cast<std::size_t>(path.end() - begin);
  for (std::size_t i = 0; i < std::min(length, kShown); ++i) text += steps_[begin[i]].id + " -> ";
  if (length > kShown) text += "... -> ";
  context_.Add(steps_[step].place, "the dependencies form a cycle: " + text + steps_[step].id);
}

// The steps that set one key must form a chain of dependencies. In topological order that holds when each
// depends on the one before it, and the searches for one key cover stretches that do not overlap.
void Graph::CheckState() {
  std::map<std::string_view, std::vector<int>> setters;
  for (std::size_t i = 0; i < steps_.size(); ++i)
    for (const std::string& key : steps_[i].state_keys) {
      auto& list = setters[key];
      if (list.empty() || list.back() != static_cast<int>(i)) list.push_back(static_cast<int>(i));
    }
  seen_.assign(steps_.size(), 0);
  for (auto& [key, list] : setters) {
    std::sort(list.begin(), list.end(), [&](int a, int b) { return order_[a] < order_[b]; });
    for (std::size_t i = 1; i < list.size(); ++i) {
      if (context_.full()) return;
      if (DependsOn(list[i], list[i - 1])) continue;
      const StepRecord& first = steps_[std::min(list[i - 1], list[i])];
      const StepRecord& second = steps_[std::max(list[i - 1], list[i])];
      context_.Add(second.place,
                   "the steps " + Quoted(first.id) + " (line " + std::to_string(first.place.line) + ") and " +
                       Quoted(second.id) + " may run together and both set the state key " + Quoted(key) +
                       (independent_ ? "; use two keys" : "; let one depend on the other or use two keys"));
    }
  }
}

bool Graph::DependsOn(int later, int earlier) {
  ++search_;
  std::vector<int> open = {later};
  while (!open.empty()) {
    int step = open.back();
    open.pop_back();
    for (int dependency : dependencies_[step]) {
      if (dependency == earlier) return true;
      if (order_[dependency] < order_[earlier] || seen_[dependency] == search_) continue;
      seen_[dependency] = search_;
      open.push_back(dependency);
    }
  }
  return false;
}

}  // namespace

void CheckGraph(const StepRecords& records, LoadContext& context) {
  Graph(records, context).Check();
}

}  // namespace mamc::workflow
