// The step type `diff-apply`: mamc::edit on the run's workspace. Refused edits go back to the model that
// wrote them, as often as the step allows.
//
// The host replays what was asked after a crash, on the same files: the questions follow from the step's
// parameters and the files alone, and become prompts, so no id, time or absolute path gets into them.
#include <mamc/step.h>

#include <algorithm>
#include <cctype>
#include <mamc/cpp/plugin.hpp>
#include <string_view>

#include "mamc/edit/apply.hpp"
#include "mamc/edit/format.hpp"
#include "mamc/edit/report_json.hpp"

namespace {

using mamc::edit::Report;
using mamc::sdk::ChildResult;
using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Json;
using mamc::sdk::Task;

std::string Text(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

mamc::edit::Policy PolicyOf(const Json& params, const Json& project) {
  mamc::edit::Policy policy;
  policy.allowed_paths = params.value("allowed_paths", policy.allowed_paths);
  policy.blocked_extensions = params.value("blocked_extensions", policy.blocked_extensions);
  policy.max_file_bytes = params.value("max_file_bytes", policy.max_file_bytes);
  policy.max_total_bytes = params.value("max_total_bytes", policy.max_total_bytes);
  const auto allow = params.value("allow", std::vector<std::string>());
  auto allows = [&](const char* kind) { return std::find(allow.begin(), allow.end(), kind) != allow.end(); };
  policy.allow_ci = allows("ci");
  policy.allow_hooks = allows("hooks");
  policy.allow_secrets = allows("secrets");
  policy.allow_install = allows("install");
  // Where machines keep no notes, `.ma` is a folder of the repository like others.
  policy.allow_notes = Text(project, "ma") == "off" || !Text(project, "ma_branch").empty();
  return policy;
}

std::string WorkspacePath(const Json& input) {
  auto workspace = input.find("workspace");
  if (workspace == input.end() || !workspace->is_object() || !workspace->contains("path"))
    throw Failure(MAMC_E_INVALID, "diff-apply needs a workspace, and this step has none");
  return workspace->at("path").get<std::string>();
}

// The answer's last line says so, and no other word stands on it: "Nothing to do." What only sounds like it
// may have been cut, or forgotten its edits.
bool SaysNothingToDo(std::string_view answer) {
  constexpr std::string_view kAround = " \t\r\n*_`\"'.!#>";
  constexpr std::string_view kWords = "nothing to do";
  const std::size_t end = answer.find_last_not_of(kAround);
  if (end == std::string_view::npos) return false;
  answer = answer.substr(0, end + 1);
  answer = answer.substr(answer.rfind('\n') + 1);
  answer.remove_prefix(std::min(answer.find_first_not_of(kAround), answer.size()));
  return std::equal(answer.begin(), answer.end(), kWords.begin(), kWords.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
}

// Another form helps only where the form was what failed: not with a path that may not be changed.
bool FailedOfForm(const Report& report, const mamc::edit::Policy& policy) {
  return std::any_of(report.refused.begin(), report.refused.end(), [&](const mamc::edit::Refused& refused) {
    return refused.path.empty() || mamc::edit::PathRefusal(refused.path, policy).empty();
  });
}

// The forms of edits that the model is asked for, one after the other: the next one when as many answers as
// `format_tries` failed in their form since the last was asked for.
class Formats {
 public:
  explicit Formats(const Json& params) : tries_(params.value("format_tries", 2)) {
    for (const std::string& name : params.value("formats", std::vector<std::string>()))
      names_.push_back(mamc::edit::FormatNamed(name).value());
  }

  // What to say of the form behind the feedback to another refused answer; mostly nothing.
  std::string AfterFailure() {
    if (++refused_ < tries_ || at_ + 1 >= names_.size()) return {};
    refused_ = 0;
    ++at_;
    return "\nWrite your edits in another form from now on. " +
           std::string(mamc::edit::FormatInstructions(names_[at_]));
  }

 private:
  std::vector<mamc::edit::Format> names_;
  const int tries_;
  int refused_ = 0;
  std::size_t at_ = 0;
};

// The conversation with the model, from the answer that the step was given on.
class Talk {
 public:
  explicit Talk(const Json& params)
      : question_(params.value("asked", Json::object())),
        answer_(params.at("source").get<std::string>()),
        finish_(params.value("finish_reason", "")),
        formats_(params) {}

  mamc::edit::Answer Edits() const { return mamc::edit::ParseAnswer(answer_, mamc::edit::FinishOf(finish_)); }
  bool SaysNothingToDo(const mamc::edit::Answer& edits) const {
    return edits.edits.empty() && edits.problems.empty() && ::SaysNothingToDo(answer_);
  }

  // What to ask after a refusal: all that was said so far, and the feedback.
  const Json& QuestionAfter(const Report& report, const mamc::edit::Policy& policy) {
    if (first_refusal_.empty()) first_refusal_ = Reason(report);
    const bool of_form =
        mamc::edit::FinishOf(finish_) != mamc::edit::Finish::kCut && FailedOfForm(report, policy);
    Json& history = question_["history"];
    history.push_back({{"role", "assistant"}, {"content", answer_}});
    history.push_back(
        {{"role", "user"}, {"content", report.feedback + (of_form ? formats_.AfterFailure() : "")}});
    return question_;
  }

  void Take(const Json& answer) {
    ++repairs_;
    answer_ = Text(answer, "text");
    finish_ = Text(answer, "finish");
    if (const auto usage = answer.find("usage"); usage != answer.end() && usage->is_object())
      for (const auto& [name, count] : usage->items())
        if (count.is_number_integer())
          usage_[name] = usage_.value(name, std::int64_t{0}) + count.get<std::int64_t>();
  }

  int repairs() const { return repairs_; }

  Json Result(const Report& report) const {
    Json result = mamc::edit::AppliedJson(report);
    if (repairs_ == 0) return result;
    result["repairs"] = repairs_;
    result["text"] = answer_;
    if (!usage_.empty()) result["usage"] = usage_;
    return result;
  }

  Failure Refusal(const Report& report) const { return {MAMC_E_FAILED, Sentence(report), Details(report)}; }

  // The refusal is what matters; why nobody could mend it comes behind.
  Failure NotRepaired(const Report& report, const ChildResult& end) const {
    const std::string why =
        end.code == MAMC_E_UNSUPPORTED
            ? "`repairs` asks the model of the persona whose work the step is part of, and this step is not "
              "part of a persona's work: leave `repairs` out here (" +
                  end.message() + ")"
            : "the model could not be asked to repair them: " + end.message();
    return {end.code, Sentence(report) + "; " + why, Details(report)};
  }

 private:
  std::string Sentence(const Report& report) const {
    const std::string tries = repairs_ == 0   ? ""
                              : repairs_ == 1 ? " after 1 repair"
                                              : " after " + std::to_string(repairs_) + " repairs";
    const std::string reason = Reason(report);
    const bool is_another = !first_refusal_.empty() && first_refusal_ != reason;
    return "the edits were refused" + tries + " and nothing was changed: " + reason +
           (is_another ? "; those of the first answer: " + first_refusal_ : "");
  }
  static std::string Reason(const Report& report) {
    const mamc::edit::Refused& first = report.refused[0];
    const std::string more =
        report.refused.size() == 1 ? "" : " (and " + std::to_string(report.refused.size() - 1) + " more)";
    return (first.path.empty() ? "" : "'" + first.path + "': ") + first.reason + more;
  }
  Json Details(const Report& report) const {
    Json details = mamc::edit::RefusalJson(report);
    details["repairs"] = repairs_;
    return details;
  }

  Json question_;
  std::string answer_;
  std::string finish_;
  Formats formats_;
  int repairs_ = 0;
  std::string first_refusal_;    // empty: nothing was refused yet
  Json usage_ = Json::object();  // of the repairs
};

class DiffApply : public mamc::sdk::Step {
 public:
  explicit DiffApply(const Json&) {}

  Task<Json> Run(Context& context, Json input) override {
    const Json& params = input.at("params");
    const std::string workspace = WorkspacePath(input);
    const auto policy = PolicyOf(params, input.value("project", Json::object()));
    const int most_repairs = params.value("repairs", 0);
    const bool may_be_nothing = params.value("may_be_nothing", false);
    Talk talk(params);
    for (;;) {
      const mamc::edit::Answer edits = talk.Edits();
      if (may_be_nothing && talk.SaysNothingToDo(edits)) co_return talk.Result(Report());
      const auto report = mamc::edit::Apply(edits, workspace, policy);
      if (!report.ok())
        throw Failure(static_cast<mamc_code>(report.status().code()),
                      "cannot write the edits: " + report.status().message());
      if (report->ok()) co_return talk.Result(*report);
      if (talk.repairs() == most_repairs) throw talk.Refusal(*report);
      const std::string key = "repair/" + std::to_string(talk.repairs() + 1);
      const ChildResult end =
          co_await context.TryChild(key, "model.ask", talk.QuestionAfter(*report, policy));
      if (!end.ok()) throw talk.NotRepaired(*report, end);
      talk.Take(end.json);
    }
  }
};

}  // namespace

MAMC_PLUGIN(mamc::sdk::Provide<DiffApply>("step", "diff-apply"))
