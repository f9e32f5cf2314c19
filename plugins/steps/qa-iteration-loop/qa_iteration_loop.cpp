// qa-iteration-loop: look at the change and test it, plan a fix, fix, again, until nothing is refused and the
// tests pass, or no progress is made.
//
// A loop decides only on its input and its children's results, so that the host can replay it. What it sends
// becomes prompts: equal runs must send equal payloads, hence no ids, times, paths or commits in them.
#include <limits>
#include <mamc/cpp/plugin.hpp>

#include "mamc/notes/failure_digest.hpp"
#include "mamc/notes/notes.hpp"
#include "tested.hpp"

namespace {

using namespace mamc::sdk;
using qa::Text;

constexpr int kUnlimited = std::numeric_limits<int>::max();
constexpr int kMostRoundsWithoutProgress = 2;
constexpr const char* kCheckType = "change-check";
constexpr std::size_t kHistoryEntries = 5;          // of the latest iterations, told to the personas
constexpr std::size_t kMessageFailureBytes = 800;   // in this step's own error message
constexpr std::size_t kHistoryFailureBytes = 1024;  // of each

struct Settings {
  int max_iterations;
  std::optional<std::string> test_command;
  std::string tester;
  std::optional<std::string> planner;
  std::string engineer;
  std::string on_success;
  bool counts_inherited;  // what failed before the change counts as well
  bool expects_failure;   // the new tests are to fail, since what they test is not there yet
  Json check;             // parameters of change-check
  Json payload;           // what the workflow wrote beside the loop's own parameters
};

int Iterations(const Json& value) {
  return value.is_number_integer() ? value.get<int>() : kUnlimited;
}

Settings Read(const Json& input) {
  Json params = input.at("params");
  const Json defaults = input.value("defaults", Json::object());
  Settings settings{
      .max_iterations = Iterations(
          params.value("maxIterations", defaults.value("max_revision_attempts", Json("unlimited")))),
      .test_command = std::nullopt,
      .tester = params.value("tester", "qa-engineer"),
      .planner = "implementation-planner",
      .engineer = params.value("engineer", "lead-engineer"),
      .on_success = params.value("on_success", "in_review"),
      .counts_inherited = params.value("inherited_failures", "count") == "count",
      .expects_failure = params.value("expect", "pass") == "fail",
      .check = Json::object(),
      .payload = Json::object(),
  };
  if (params.contains("test_command")) settings.test_command = params.at("test_command").get<std::string>();
  if (const auto planner = params.find("planner"); planner != params.end())
    settings.planner = planner->is_null() ? std::nullopt : std::optional(planner->get<std::string>());
  settings.check["must_change"] = params.value("must_change", false);
  if (params.value("tests_may_shrink", false))
    settings.check["allow"] = Json::array({"tests", "test-command"});
  for (const char* own : {"maxIterations", "test_command", "tester", "planner", "engineer", "on_success",
                          "inherited_failures", "expect", "must_change", "tests_may_shrink"})
    params.erase(own);
  settings.payload = std::move(params);
  return settings;
}

// The work was done and came to nothing: told why, the same persona may do better. Whatever else ends a
// request would end the next one too, or needs somebody outside the loop.
bool IsMendable(mamc_code code) {
  return code == MAMC_E_FAILED || code == MAMC_E_LIMIT;
}

// One run of the loop.
class Loop {
 public:
  Loop(Context& context, const Json& input)
      : context_(context),
        settings_(Read(input)),
        notes_(context, input),
        has_repository_(mamc::notes::HasRepository(input)),
        task_id_(Text(input.value("task", Json::object()), "id")) {
    const Json workspace = input.value("workspace", Json::object());
    workspace_path_ = Text(workspace, "path");
    commit_ = Text(workspace, "commit");
  }

  Task<Json> Run() {
    if (settings_.expects_failure && !has_repository_)
      throw Failure(MAMC_E_INVALID, "expect: fail compares with the base, and this run has no repository");
    earlier_ = co_await notes_.Earlier();
    for (iteration_ = 1;; ++iteration_) {
      std::optional<std::string> failure = co_await Refused();
      if (!failure) failure = co_await TestFailure();
      if (!failure) break;
      CountProgress(*failure);
      if (iteration_ >= settings_.max_iterations) ThrowExhausted();
      if (rounds_without_progress_ >= kMostRoundsWithoutProgress) ThrowStuck();
      co_await Fix(*failure);
    }
    co_await UpdateTask();
    co_return Result();
  }

 private:
  // What the rules say against the change, for who is to mend it; no value: nothing. No test can outweigh it,
  // so that none is run.
  Task<std::optional<std::string>> Refused() {
    if (!has_repository_) co_return std::nullopt;
    Json call;
    call["type"] = kCheckType;
    call["params"] = settings_.check;
    const std::string key = Key("check");
    const ChildResult end = co_await context_.TryChild(key, "step.run", std::move(call));
    if (!end.ok())
      throw Failure(end.code, "the change was not looked at (" + key + "): " + end.message(),
                    Details(end.details()));
    const Json checked = end.json.value("result", Json::object());
    tests_added_ = checked.value("tests_added", std::vector<std::string>());
    notices_ = Text(checked, "output");
    if (Text(checked, "status") == "pass") co_return std::nullopt;
    refused_ = true;
    std::string failure = "The change was refused before its tests were run:\n" + notices_;
    Json entry;
    entry["operation"] = "qa";
    entry["status"] = "fail";
    entry["output"] = failure;
    co_await notes_.Add(iteration_, std::move(entry));
    co_return mamc::notes::FailureDigest(failure, workspace_path_);
  }

  // What is wrong with what the tests say, for who is to mend it; no value: nothing. They may say nothing.
  Task<std::optional<std::string>> TestFailure() {
    refused_ = false;
    const Json test = co_await Ask("test", "test", settings_.tester, TestPayload());
    const bool passed = qa::Passed(settings_.tester, test);
    Json at_base;
    if (!passed && ComparesWithBase(test)) at_base = co_await AskAtBase();
    std::optional<std::string> failure;
    if (settings_.expects_failure) {
      const std::string wrong =
          passed ? "they pass; the new tests must fail, since what they test is not there yet"
                 : qa::WrongReason(test, at_base, tests_added_);
      output_ = qa::FailureOf(test, workspace_path_);
      if (!wrong.empty()) failure = "These tests show nothing of what is missing: " + wrong + ".\n" + output_;
    } else if (!passed) {
      inherited_ = at_base.is_null() ? std::set<std::string>() : qa::OnlyInherited(test, at_base);
      if (inherited_.empty()) failure = qa::FailureOf(test, workspace_path_);
    }
    Json entry = LogEntry(test, !failure);
    co_await notes_.Add(iteration_, std::move(entry));
    co_return failure;
  }

  bool ComparesWithBase(const Json& test) const {
    return has_repository_ &&
           (settings_.expects_failure || (!settings_.counts_inherited && qa::NamesFailures(test)));
  }

  // Once: the base is the same for all iterations.
  Task<Json> AskAtBase() {
    if (at_base_.is_null())
      at_base_ = co_await Ask("test-base", "test", settings_.tester, TestPayload(), "base");
    co_return at_base_;
  }

  Json LogEntry(const Json& test, bool passed) const {
    Json entry;
    entry["operation"] = "qa";
    entry["status"] = passed ? "pass" : "fail";
    if (settings_.test_command) entry["command"] = *settings_.test_command;
    entry["output"] =
        (inherited_.empty() ? "" : "[failed before the change as well: " + Inherited() + "]\n") +
        qa::OutputForLog(test);
    for (const char* number : {"exit_code", "duration_ms"})
      if (test.contains(number) && test.at(number).is_number_integer()) entry[number] = test.at(number);
    return entry;
  }

  std::string Inherited() const {
    std::string names;
    for (const std::string& name : inherited_) names += (names.empty() ? "" : ", ") + name;
    return names;
  }

  Task<> Fix(std::string failure) {
    changed_ = false;
    fix_error_.clear();
    std::string fix_plan;
    if (settings_.planner) {
      const auto planned = co_await Try("fix-plan", "plan_fix", *settings_.planner, FixPayload(failure));
      if (planned) fix_plan = Text(*planned, "output");
    }
    if (fix_error_.empty()) {
      Json payload = FixPayload(failure);
      if (settings_.planner) payload["fix_plan"] = fix_plan;
      const auto fixed = co_await Try("fix", "fix", settings_.engineer, std::move(payload));
      if (fixed) NoteCommit(Text(*fixed, "commit"));
    }
    Enter(failure, fix_plan);
  }

  void NoteCommit(const std::string& commit) {
    changed_ = !commit.empty() && commit != commit_;
    if (changed_) commit_ = commit;
  }

  Task<> UpdateTask() {
    if (settings_.on_success == "none") co_return;
    if (task_id_.empty())
      throw Failure(MAMC_E_INVALID, "on_success needs a task, but this run has none; write on_success: none");
    Json update;
    update["verb"] = "update";
    update["id"] = task_id_;
    update["set"]["status"] = settings_.on_success;
    const ChildResult end = co_await context_.TryChild("status", "board", std::move(update));
    if (!end.ok())
      throw Failure(
          end.code,
          "the tests pass, but the task was not set to " + settings_.on_success + ": " + end.message(),
          end.details());
  }

  // `at`: "base" has it done on the commit that the run began from.
  Task<ChildResult> Request(std::string step, std::string intent, std::string persona, Json payload,
                            std::string at = "") {
    Json request;
    if (!at.empty()) request["at"] = at;
    request["persona"] = persona;
    request["intent"] = intent;
    request["payload"] = std::move(payload);
    ChildResult end = co_await context_.TryChild(Key(step), "persona.request", std::move(request));
    if (!end.ok() && (intent == "test" || !IsMendable(end.code)))
      throw Failure(end.code, persona + " (" + Key(step) + "): " + end.message(), Details(end.details()));
    co_return end;
  }
  Task<Json> Ask(std::string step, std::string intent, std::string persona, Json payload,
                 std::string at = "") {
    ChildResult end =
        co_await Request(std::move(step), std::move(intent), persona, std::move(payload), std::move(at));
    co_return std::move(end.json);
  }
  // No value: the request failed in a way that the next round may mend; fix_error_ says how.
  Task<std::optional<Json>> Try(std::string step, std::string intent, std::string persona, Json payload) {
    ChildResult end = co_await Request(std::move(step), std::move(intent), persona, std::move(payload));
    if (end.ok()) co_return std::move(end.json);
    fix_error_ =
        mamc::notes::FailureDigest(persona + ": " + end.message(), workspace_path_, kHistoryFailureBytes);
    co_return std::nullopt;
  }
  std::string Key(const std::string& step) const { return step + "/" + std::to_string(iteration_); }

  Json TestPayload() const {
    Json payload = settings_.payload;
    if (settings_.test_command) payload["test_command"] = *settings_.test_command;
    payload["iteration"] = iteration_;
    return payload;
  }
  Json FixPayload(const std::string& failure) const {
    Json payload = settings_.payload;
    payload.update(earlier_);
    payload["failure"] = failure;
    payload["iteration"] = iteration_;
    payload["history"] = LatestHistory();
    return payload;
  }
  // The prompts must not grow with every iteration of an unlimited loop.
  Json LatestHistory() const {
    Json latest = Json::array();
    const std::size_t skipped = history_.size() > kHistoryEntries ? history_.size() - kHistoryEntries : 0;
    for (std::size_t i = skipped; i < history_.size(); ++i) latest.push_back(history_[i]);
    return latest;
  }

  // The same failure after a fix that committed nothing: the loop stands still.
  void CountProgress(const std::string& failure) {
    const bool still = iteration_ > 1 && !changed_ && failure == last_failure_;
    rounds_without_progress_ = still ? rounds_without_progress_ + 1 : 0;
    last_failure_ = failure;
  }

  void Enter(const std::string& failure, const std::string& fix_plan) {
    Json entry;
    entry["iteration"] = iteration_;
    entry["failure"] = mamc::notes::FailureDigest(failure, workspace_path_, kHistoryFailureBytes);
    if (settings_.planner) entry["fix_plan"] = fix_plan;
    entry["changed"] = changed_;
    if (!fix_error_.empty()) entry["fix_error"] = fix_error_;
    history_.push_back(std::move(entry));
  }

  Json Result() const {
    Json result;
    result["status"] = "pass";
    result["iterations"] = iteration_;
    result["history"] = history_;
    result["inherited"] = inherited_;
    if (settings_.expects_failure) {
      result["output"] = output_;
      result["state"] = Json::object();
      return result;
    }
    result["state"]["qa_status"] = "pass";
    result["state"]["qa_iterations"] = iteration_;
    result["state"]["qa_inherited"] = Inherited();
    result["state"]["qa_notices"] = notices_;
    return result;
  }

  // A failed step writes no state, so what would be state stands in the details.
  Json Details(Json cause = nullptr) const {
    Json details;
    details["qa_status"] = "fail";
    details["qa_iterations"] = iteration_;
    details["failure"] = last_failure_;
    details["history"] = history_;
    if (!cause.is_null()) details["cause"] = std::move(cause);
    return details;
  }
  [[noreturn]] void ThrowExhausted() const {
    const std::string rounds = " after " + std::to_string(iteration_) + " iterations";
    Throw(refused_                    ? "the change is still refused" + rounds
          : settings_.expects_failure ? "the new tests do not fail as they should" + rounds
                                      : "the tests still fail" + rounds);
  }
  [[noreturn]] void ThrowStuck() const {
    Throw("no progress: " + std::to_string(kMostRoundsWithoutProgress) +
          " fixes in a row committed nothing and " + (refused_ ? "the change is refused" : "the tests fail") +
          " as before");
  }
  [[noreturn]] void Throw(const std::string& sentence) const {
    const std::string shown =
        mamc::notes::FailureDigest(last_failure_, workspace_path_, kMessageFailureBytes);
    const std::string why = fix_error_.empty() ? "" : " (the last fix failed: " + fix_error_ + ")";
    throw Failure(MAMC_E_FAILED, sentence + why + (shown.empty() ? ", without a word" : ":\n" + shown),
                  Details());
  }

  Context& context_;
  const Settings settings_;
  mamc::notes::Notes notes_;
  const bool has_repository_;
  Json earlier_ = Json::object();  // told of earlier runs of the task
  const std::string task_id_;
  std::string workspace_path_;
  std::string commit_;                    // the latest one heard of
  std::vector<std::string> tests_added_;  // by the change, as it is
  std::string notices_;                   // what the rules say of it, also where nothing has to be mended
  bool refused_ = false;                  // by the rules, in this iteration
  Json at_base_;                          // what the tester says of the base; null: not asked yet
  std::set<std::string> inherited_;       // failures that were there before the change, and that do not count
  std::string output_;                    // of tests that failed as they should
  int iteration_ = 0;
  bool changed_ = false;   // by the latest fix
  std::string fix_error_;  // why the latest fix came to nothing; empty: it was made
  std::string last_failure_;
  int rounds_without_progress_ = 0;
  Json history_ = Json::array();
};

class QaIterationLoop final : public Step {
 public:
  explicit QaIterationLoop(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    Loop loop(context, input);
    Json result = co_await loop.Run();
    co_return result;
  }
};

}  // namespace

MAMC_PLUGIN(Provide<QaIterationLoop>("step", "qa-iteration-loop"))
