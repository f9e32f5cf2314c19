// follow-up-tasks: passes when reviews do. What they still block becomes tasks, a limited number, each once;
// the step fails with `waits_for`, the tasks that the run's own is to wait for.
//
// What was made before a crash is found on the board again, by its external id: nothing is made twice.
#include <algorithm>
#include <mamc/cpp/plugin.hpp>

#include "family.hpp"
#include "findings.hpp"
#include "mamc/base/text.hpp"
#include "mamc/git/json.hpp"
#include "mamc/git/run.hpp"

namespace follow_ups {
namespace {

using mamc::git::RequiredText;
using mamc::git::Text;
using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Task;

constexpr double kHighestPriority = 10'000;  // more is not taken by every board
constexpr std::size_t kMostTitleBytes = 100;
constexpr std::size_t kMostShownBytes = 240;  // of a finding, in the step's own message

// What a reviewer was shown: the branch against where it left its base.
std::vector<std::string> FilesOfChange(Context& context, const Json& workspace) {
  using mamc::git::Run;
  Run run = Run::OfTree(context, RequiredText(workspace, "path"));
  const auto changed = run.ChangedSince(context, RequiredText(workspace, "base_commit"));
  return run.repo().ChangedPaths(changed.before, changed.after);
}

bool IsFinished(const Json& task) {
  const std::string status = Text(task, "status");
  return status == "done" || status == "archived";
}

class FollowUps {
 public:
  FollowUps(Context& context, const Json& input)
      : context_(context),
        task_(input.value("task", Json::object())),
        project_(Text(input.value("project", Json::object()), "id")),
        branch_(Text(input.value("workspace", Json::object()), "branch")),
        max_(input.at("params").value("max", std::size_t{3})),
        max_depth_(input.at("params").value("max_depth", std::size_t{1})) {}

  Task<void> Make(std::vector<Finding> findings) {
    Json list;
    list["verb"] = "list";
    const Json board = co_await context_.Child("list/1", "board", std::move(list));
    tasks_ = board.at("tasks");
    const Family family(tasks_, RequiredText(task_, "id"));
    made_ = family.size();
    for (const Finding& finding : findings) co_await Take(finding, family);
  }

  // Says what is left, after what reviewers have not said.
  [[noreturn]] void Fail(const std::vector<std::string>& unsaid) const {
    std::string text = "the reviews did not pass";
    if (!waits_for_.empty())
      text += ", and the task waits for its follow-up tasks, which begin on its branch '" + branch_ +
              "' and go back there; once they are done it goes on with its tests and reviews";
    for (const std::vector<std::string>* lines : {&awaited_, &left_, &unsaid})
      for (const std::string& line : *lines) text += "\n- " + line;
    Json details;
    if (!waits_for_.empty()) details["waits_for"] = waits_for_;
    throw Failure(MAMC_E_FAILED, text, details);
  }

 private:
  Task<void> Take(const Finding& finding, const Family& family) {
    if (!finding.is_in_change) {
      Leave(finding, "the change has no such file, so no task is made of it");
      co_return;
    }
    const std::string external_id = ExternalId(finding, family);
    const Json known = Known(external_id);
    if (known.is_object()) {
      Meet(finding, known, family);
    } else if (family.depth() >= max_depth_) {
      Leave(finding, "no task is made of it: task " + Text(task_, "id") +
                         " is a follow-up task itself (max_depth is " + std::to_string(max_depth_) + ")");
    } else if (made_ >= max_) {
      Leave(finding, "no task is made of it: " + std::to_string(made_) + " follow-up tasks of task " +
                         family.root() + " were made already (max is " + std::to_string(max_) + ")");
    } else {
      ++made_;
      Json task = NewTask(finding, external_id);
      const Json made = co_await context_.Child("create/" + std::to_string(made_), "board", std::move(task));
      RequireFollowing(made.at("task"));
      Await(finding, made.at("task"));
    }
  }

  // Of a task that begins at the base nobody could see the code that it is about.
  void RequireFollowing(const Json& made) const {
    if (Text(made, "follows") == Text(task_, "id")) return;
    throw Failure(MAMC_E_UNSUPPORTED,
                  "the board does not keep what a task follows (`follows` of mamc/board.h), "
                  "and task " +
                      Text(made, "id") + " would not begin on the branch that it is about: archive it");
  }

  // One that was made of the same finding before.
  void Meet(const Finding& finding, const Json& known, const Family& family) {
    const std::string id = Text(known, "id");
    if (family.IsInLine(id))
      Leave(finding, "it is what task " + id + " is there to correct");
    else if (IsFinished(known))
      Leave(finding, "it is still found, although its task " + id + " is " + Text(known, "status"));
    else
      Await(finding, known);
  }

  void Await(const Finding& finding, const Json& task) {
    const std::string id = Text(task, "id");
    waits_for_.push_back(id);
    awaited_.push_back("task " + id + ": " + Shown(finding));
  }
  void Leave(const Finding& finding, const std::string& why) {
    left_.push_back(Shown(finding) + " (" + why + ")");
  }

  static std::string Shown(const Finding& finding) {
    const std::string place = finding.Place();
    return finding.review + ", " + (place.empty() ? "no file" : place) + ": " +
           mamc::Gist(finding.text, kMostShownBytes);
  }

  // The same for whoever of the family finds it. Some boards have all projects' ids in one place.
  std::string ExternalId(const Finding& finding, const Family& family) const {
    return "follow-up:" +
           mamc::Sha256(project_ + "\n" + family.root() + "\n" + finding.Sameness()).substr(0, 24);
  }
  Json Known(const std::string& external_id) const {
    for (const Json& task : tasks_)
      if (Text(task, "external_id") == external_id) return task;
    return nullptr;
  }

  Json NewTask(const Finding& finding, const std::string& external_id) const {
    const std::string id = Text(task_, "id");
    const Json priority = task_.value("priority", Json(0));
    const double before = priority.is_number() ? priority.get<double>() : 0;
    Json create;
    create["verb"] = "create";
    create["title"] = "Correct " + mamc::Gist(finding.file + ": " + finding.text, kMostTitleBytes);
    create["description"] = finding.text + "\n\nWhere: " + finding.Place() + "\nFound by " + finding.review +
                            " in task " + id + " (" + Text(task_, "title") + "), whose branch is '" +
                            branch_ +
                            "': this task begins there and goes back there. Correct this, and nothing else.";
    create["type"] = "bug";
    // Before others that are as urgent as the task that waits for it.
    create["priority"] = std::max(before, std::min(before + 1, kHighestPriority));
    for (const char* same : {"milestone", "workflow", "repo"}) create[same] = task_.value(same, Json());
    if (const Json labels = task_.value("labels", Json()); labels.is_array() && !labels.empty())
      create["labels"] = labels;  // they say what a task may do, as taking tests away
    create["follows"] = id;
    create["external_id"] = external_id;
    return create;
  }

  Context& context_;
  const Json task_;
  const std::string project_;
  const std::string branch_;
  const std::size_t max_;
  const std::size_t max_depth_;
  Json tasks_ = Json::array();
  std::size_t made_ = 0;  // of the family
  Json waits_for_ = Json::array();
  std::vector<std::string> awaited_;  // findings that the task waits for
  std::vector<std::string> left_;     // and those that it does not
};

class FollowUpTasks final : public mamc::sdk::Step {
 public:
  explicit FollowUpTasks(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    const Json& reviews = input.at("params").at("reviews");
    if (!AllPass(reviews)) {
      Reviews read = Read(reviews, FilesOfChange(context, input.value("workspace", Json::object())));
      FollowUps follow_ups(context, input);
      co_await follow_ups.Make(std::move(read.findings));
      follow_ups.Fail(read.unsaid);
    }
    Json result;
    result["passed"] = Json::array();
    for (const auto& [name, answer] : reviews.items()) result["passed"].push_back(name);
    co_return result;
  }
};

}  // namespace
}  // namespace follow_ups

MAMC_PLUGIN(mamc::sdk::Provide<follow_ups::FollowUpTasks>("step", "follow-up-tasks"))
