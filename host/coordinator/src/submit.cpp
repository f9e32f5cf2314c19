// Who has asked for the project's loop, and waits to hear what it came to.
#include <algorithm>

#include "coordinator_state.hpp"

namespace mamc::coordinator {

void Coordinator::State::Submit(const std::string& corr_id, Answered answered) {
  Unsubmit(corr_id);
  if (ended)
    return answered(Failed("the loop of project " + options.project.id + " has ended on this host" +
                           (last_error.empty() ? "" : ": " + last_error)));
  Log("engine", LogLevel::kInfo, "project submitted",
      {{"project", options.project.id}, {"corr_id", corr_id}});
  submissions.push_back(
      {.corr_id = corr_id, .since = result.iterations.size(), .answered = std::move(answered)});
  if (!IsHeld()) return TellHolder(submissions.back());
  Wake();
}

void Coordinator::State::Unsubmit(const std::string& corr_id) {
  std::erase_if(submissions, [&](const Submission& one) {
    if (one.corr_id == corr_id) channel.Forget(one.from_holder);
    return one.corr_id == corr_id;
  });
}

// The host that has the project hears of what others were asked, and they of what came of it: over the
// events, under names that are no request's.
void Coordinator::State::ListenForSubmissions() {
  forwarded = channel.Expect("project:" + options.project.id, [weak = weak_from_this()](const auto& event) {
    auto self = weak.lock();
    const std::string corr_id = GetString(event.result, "submit");
    if (self && !corr_id.empty() && self->IsHeld()) self->AnswerForOther(corr_id);
  });
}

void Coordinator::State::TellHolder(Submission& submission) {
  const std::string& corr_id = submission.corr_id;
  if (submission.from_holder == 0)
    submission.from_holder = channel.Expect(
        "submit:" + corr_id, [weak = weak_from_this(), corr_id](const messaging::Event& event) {
          if (auto self = weak.lock()) self->HolderAnswered(corr_id, event);
        });
  messaging::Event event;
  event.status = "progress";
  event.result = {{"submit", corr_id}};
  event.corr_id = "project:" + options.project.id;
  PublishEvent(std::move(event));
}

void Coordinator::State::HolderAnswered(const std::string& corr_id, const messaging::Event& event) {
  auto it = std::find_if(submissions.begin(), submissions.end(),
                         [&](const Submission& one) { return one.corr_id == corr_id; });
  if (it == submissions.end() || (event.status != "done" && event.status != "error")) return;
  Answered answered = std::move(it->answered);
  Unsubmit(corr_id);
  // Anybody may have written it.
  if (event.status == "done")
    return answered(event.result.is_object() ? event.result : Json{{"output", event.result}});
  auto code = static_cast<Code>(GetInt(event.result, "code", static_cast<int>(Code::kFailed)));
  answered(Status(code == Code::kOk ? Code::kFailed : code, event.error));
}

void Coordinator::State::AnswerForOther(const std::string& corr_id) {
  bool known = std::any_of(submissions.begin(), submissions.end(),
                           [&](const Submission& one) { return one.corr_id == corr_id; });
  if (known) return;  // told again, as long as we have not answered
  Submit(corr_id, [weak = weak_from_this(), corr_id](Result<Json> answer) {
    auto self = weak.lock();
    if (!self) return;
    messaging::Event event;
    event.corr_id = "submit:" + corr_id;
    event.status = answer.ok() ? "done" : "error";
    event.result = answer.ok() ? *answer : Json{{"code", static_cast<int>(answer.status().code())}};
    event.error = answer.status().message();
    self->PublishEvent(std::move(event));
  });
}

void Coordinator::State::AnswerAll(const Json& left) {
  for (Submission& submission : std::exchange(submissions, {})) {
    channel.Forget(submission.from_holder);
    if (result.critical)
      submission.answered(Status(result.code, result.error));
    else
      submission.answered(SummaryOf(submission, left));
  }
}

Json Coordinator::State::SummaryOf(const Submission& submission, const Json& left) const {
  Json tasks = Json::array();
  for (std::size_t at = submission.since; at < result.iterations.size(); ++at) {
    const Iteration& one = result.iterations[at];
    tasks.push_back({{"id", one.task},
                     {"title", one.title},
                     {"status", one.status},
                     {"run", one.run},
                     {"commit", one.commit},
                     {"error", one.error}});
  }
  return {{"status", left.empty() ? "pass" : "fail"},
          {"output", "project " + options.project.id + ": worked on " + std::to_string(tasks.size()) +
                         (tasks.size() == 1 ? " task, " : " tasks, ") + std::to_string(left.size()) +
                         (left.size() == 1 ? " is left" : " are left")},
          {"project", options.project.id},
          {"tasks", tasks},
          {"left", left}};
}

}  // namespace mamc::coordinator
