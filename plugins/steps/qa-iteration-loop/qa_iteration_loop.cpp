// qa-iteration-loop: test, plan a fix, fix, test again, until the tests pass or no progress is made.
//
// A loop decides only on its input and its children's results, so that the host can replay it. What it sends
// becomes prompts: equal runs must send equal payloads, hence no ids, times, paths or commits in them.
#include <limits>
#include <mamc/cpp/plugin.hpp>

#include "mamc/notes/failure_digest.hpp"
#include "mamc/notes/notes.hpp"

namespace {

using namespace mamc::sdk;

constexpr int kUnlimited = std::numeric_limits<int>::max();
constexpr int kMostRoundsWithoutProgress = 2;
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
  Json payload;  // what the workflow wrote beside the loop's own parameters
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
      .payload = Json::object(),
  };
  if (params.contains("test_command")) settings.test_command = params.at("test_command").get<std::string>();
  if (const auto planner = params.find("planner"); planner != params.end())
    settings.planner = planner->is_null() ? std::nullopt : std::optional(planner->get<std::string>());
  for (const char* own : {"maxIterations", "test_command", "tester", "planner", "engineer", "on_success"})
    params.erase(own);
  settings.payload = std::move(params);
  return settings;
}

std::string Text(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The tests were stopped: something in them, or in what they test, does not end.
bool TimedOut(const Json& answer) {
  const auto timed_out = answer.find("timed_out");
  return timed_out != answer.end() && timed_out->is_boolean() && timed_out->get<bool>();
}

// Tests are judged by their exit code, and by nothing that anybody says. Without one there were none.
bool Passed(const std::string& tester, const Json& answer) {
  if (TimedOut(answer)) return false;
  const auto exit_code = answer.find("exit_code");
  if (exit_code == answer.end() || !exit_code->is_number_integer())
    throw Failure(MAMC_E_INVALID,
                  tester + " ran no test: its answer has no exit code. Its work needs a step that runs " +
                      "request.payload.test_command, as that of qa-engineer does, and that nothing skips");
  return exit_code->get<std::int64_t>() == 0;
}

// "600" and "0.5": the digest takes times out, but not what is part of a word ("600-second").
std::string Seconds(std::int64_t ms) {
  std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return std::to_string(ms / 1000) + (fraction.empty() ? "" : "." + fraction);
}

// What the tests said, and before it what they could not say themselves.
std::string FailureOf(const Json& answer, const std::string& workspace_path) {
  const std::string output = Text(answer, "output");
  if (!TimedOut(answer)) return mamc::notes::FailureDigest(output, workspace_path);
  const auto limit = answer.find("timeout_ms");
  const bool known = limit != answer.end() && limit->is_number_integer() && limit->get<std::int64_t>() > 0;
  std::string sentence = "The tests did not end within their " +
                         (known ? Seconds(limit->get<std::int64_t>()) + "-second limit" : "time limit") +
                         " and were stopped: something does not end, or waits for what never comes; ";
  sentence += output.empty() ? "they had written nothing." : "last output:\n";
  return sentence +
         mamc::notes::FailureDigest(output, workspace_path, mamc::notes::kMaxDigestBytes - sentence.size());
}

// Of what may be megabytes: the whole is in the journal already, as the tester's answer.
std::string HeadAndTail(const std::string& text) {
  constexpr std::size_t kMostBytes = 128 << 10;
  if (text.size() <= kMostBytes) return text;
  const std::size_t head = text.rfind('\n', kMostBytes / 2),
                    tail = text.find('\n', text.size() - kMostBytes / 2);
  const bool has_lines = head != std::string::npos && tail != std::string::npos;
  if (!has_lines) return "[one line of " + std::to_string(text.size()) + " bytes]";
  return text.substr(0, head) + "\n[... " + std::to_string(tail - head) + " bytes left out ...]" +
         text.substr(tail);
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
        task_id_(Text(input.value("task", Json::object()), "id")) {
    const Json workspace = input.value("workspace", Json::object());
    workspace_path_ = Text(workspace, "path");
    commit_ = Text(workspace, "commit");
  }

  Task<Json> Run() {
    earlier_ = co_await notes_.Earlier();
    for (iteration_ = 1;; ++iteration_) {
      const Json test = co_await Ask("test", "test", settings_.tester, TestPayload());
      Json entry = LogEntry(test);
      co_await notes_.Add(iteration_, std::move(entry));
      if (Passed(settings_.tester, test)) break;
      const std::string failure = FailureOf(test, workspace_path_);
      CountProgress(failure);
      if (iteration_ >= settings_.max_iterations) ThrowExhausted();
      if (rounds_without_progress_ >= kMostRoundsWithoutProgress) ThrowStuck();
      co_await Fix(failure);
    }
    co_await UpdateTask();
    co_return Result();
  }

 private:
  Json LogEntry(const Json& test) const {
    Json entry;
    entry["operation"] = "qa";
    entry["status"] = Passed(settings_.tester, test) ? "pass" : "fail";
    if (settings_.test_command) entry["command"] = *settings_.test_command;
    entry["output"] = (TimedOut(test) ? "[stopped: the time of the tests was over]\n" : "") +
                      HeadAndTail(Text(test, "output"));
    for (const char* number : {"exit_code", "duration_ms"})
      if (test.contains(number) && test.at(number).is_number_integer()) entry[number] = test.at(number);
    return entry;
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

  Task<ChildResult> Request(std::string step, std::string intent, std::string persona, Json payload) {
    Json request;
    request["persona"] = persona;
    request["intent"] = intent;
    request["payload"] = std::move(payload);
    ChildResult end = co_await context_.TryChild(Key(step), "persona.request", std::move(request));
    if (!end.ok() && (step == "test" || !IsMendable(end.code)))
      throw Failure(end.code, persona + " (" + Key(step) + "): " + end.message(), Details(end.details()));
    co_return end;
  }
  Task<Json> Ask(std::string step, std::string intent, std::string persona, Json payload) {
    ChildResult end = co_await Request(std::move(step), std::move(intent), persona, std::move(payload));
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
    result["state"]["qa_status"] = "pass";
    result["state"]["qa_iterations"] = iteration_;
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
    Throw("the tests still fail after " + std::to_string(iteration_) + " iterations");
  }
  [[noreturn]] void ThrowStuck() const {
    Throw("no progress: " + std::to_string(kMostRoundsWithoutProgress) +
          " fixes in a row committed nothing and the tests fail as before");
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
  Json earlier_ = Json::object();  // told of earlier runs of the task
  const std::string task_id_;
  std::string workspace_path_;
  std::string commit_;  // the latest one heard of
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
