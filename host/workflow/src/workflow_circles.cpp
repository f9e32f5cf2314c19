// Which workflows run themselves. Depth first and iterative: a chain of workflows may be as long as there are
// files.
#include "load_context.hpp"
#include "mamc/workflow/loader.hpp"

namespace mamc::workflow {
namespace {

using Workflows = std::map<std::string, std::shared_ptr<const Workflow>>;

class Circles {
 public:
  explicit Circles(const Workflows& workflows) : workflows_(workflows) {}

  std::vector<Problem> Find() {
    for (const auto& [name, workflow] : workflows_)
      if (marks_[name] == Mark::kNew) Search(name);
    return std::move(problems_);
  }

 private:
  enum class Mark { kNew, kOpen, kDone };
  struct Visit {
    std::string name;
    std::size_t next_call = 0;
  };

  void Search(const std::string& start) {
    Open(start);
    while (!path_.empty()) {
      Visit& visit = path_.back();
      const Workflow& workflow = *workflows_.at(visit.name);
      if (visit.next_call == workflow.calls.size()) {
        marks_[visit.name] = Mark::kDone;
        path_.pop_back();
        continue;
      }
      const WorkflowCall& call = workflow.calls[visit.next_call++];
      if (!workflows_.contains(call.name)) continue;
      Mark mark = marks_[call.name];
      if (mark == Mark::kNew) Open(call.name);
      if (mark == Mark::kOpen) Report(call);
    }
  }

  void Open(const std::string& name) {
    marks_[name] = Mark::kOpen;
    path_.push_back({name});
  }

  void Report(const WorkflowCall& call) {
    std::string circle;
    bool inside = false;
    for (const Visit& visit : path_) {
      inside = inside || visit.name == call.name;
      if (inside) circle += visit.name + " -> ";
    }
    problems_.push_back({call.place, "the workflow " + Quoted(call.name) +
                                         " would run itself without end: " + circle + call.name +
                                         "; take this step out, or let what is to be repeated be the steps "
                                         "of one workflow"});
  }

  const Workflows& workflows_;
  std::map<std::string, Mark> marks_;
  std::vector<Visit> path_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> FindCircles(const Workflows& workflows) {
  return Circles(workflows).Find();
}

}  // namespace mamc::workflow
