// ma-files: writes and reads what the machines of a project tell each other in the folder `.ma/`. Where the
// files lie and how they are committed is mamc::git::MaFiles; their texts are made here.
#include "mamc/git/ma_files.hpp"

#include <mamc/step.h>

#include <ctime>
#include <mamc/cpp/plugin.hpp>

#include "mamc/base/text.hpp"
#include "mamc/git/json.hpp"
#include "mamc/notes/failure_digest.hpp"
#include "mamc/notes/redact.hpp"
#include "task_log.hpp"

namespace {

using namespace mamc::git;
using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Json;
using mamc::sdk::Task;

constexpr std::size_t kMostEntryBytes = 32 << 10;  // head and tail of what a plan or a test run says
constexpr std::size_t kMostLogBytes = 256 << 10;
constexpr std::size_t kToldEntries = 3;       // of earlier runs, the latest
constexpr std::size_t kToldPlanBytes = 2500;  // of each
constexpr std::size_t kToldTestBytes = 1024;

std::string UtcTime(std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

std::string Seconds(std::int64_t ms) {
  return std::to_string(ms / 1000) + "." + std::to_string(1000 + ms % 1000).substr(1) + " s";
}

std::string Upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// One operation on one run.
class Operation {
 public:
  Operation(Context& context, const Json& input)
      : context_(context),
        input_(input),
        params_(input.at("params")),
        task_(Text(input.value("task", Json::object()), "id")),
        run_(Run::OfTree(context, RequiredText(input.value("workspace", Json::object()), "path"))),
        remote_(run_.MakeRemote(context)),
        files_(context, run_, remote_) {}

  Task<Json> Execute() {
    Json result;
    result["written"] = false;
    const std::string operation = Text(params_, "operation");
    const std::string why_off = WhyOff(operation);
    if (!why_off.empty()) {
      result["reason"] = why_off;
      co_return result;
    }
    if (operation == "read")
      co_await Read(&result);
    else
      co_await Write(operation, &result);
    co_return result;
  }

 private:
  std::string WhyOff(const std::string& operation) {
    if (operation != "context" && task_.empty()) return "the run has no task";
    return files_.WhyOff();
  }

  // ---- writing ----
  Task<void> Write(std::string operation, Json* result) {
    CommitRequest request = Request(operation);
    MaFiles::Change change = operation == "context" ? Summary(result) : Entry(operation, result);
    const bool written = co_await files_.Write(std::move(request), std::move(change));
    (*result)["written"] = written;
    if (written) (*result)["pushed"] = true;
  }

  CommitRequest Request(const std::string& operation) const {
    CommitRequest request;
    const std::string number = std::to_string(params_.value("iteration", 1));
    if (operation == "context") request.message = "Summary of the repository";
    if (operation == "plan") request.message = "Log of plan " + number + ": " + Status();
    if (operation == "qa") request.message = "Log of test run " + number + ": " + Status();
    request.time_ms = context_.started_unix_ms();
    if (!task_.empty()) request.trailers.emplace_back("Task", task_);
    request.trailers.emplace_back("Run", Text(input_, "run"));
    request.trailers.emplace_back("Step", Text(input_, "step"));
    return request;
  }

  std::string Status() const { return params_.value("status", "unknown"); }

  // No time in them: they change when the repository does.
  MaFiles::Change Summary(Json* result) const {
    const std::string summary = mamc::notes::Redacted(RequiredText(params_, "summary"));
    const Json data = params_.value("data", Json::object());
    (*result)["path"] = kMaSummary;
    return [summary, data](const MaFiles::Read&) {
      mamc::git::FileTexts files;
      files[kMaSummary] = summary + (summary.ends_with('\n') ? "" : "\n");
      files[kMaSummaryData] = data.dump(2) + "\n";
      return files;
    };
  }

  MaFiles::Change Entry(const std::string& operation, Json* result) {
    const std::string path = operation == "plan" ? MaPlanLog(task_) : MaQaLog(task_);
    LogEntry entry = operation == "plan" ? PlanEntry() : QaEntry();
    entry.title = operation + " " + std::to_string(params_.value("iteration", 1));
    entry.run = Text(input_, "run");
    const std::string step = Text(input_, "step");
    entry.step = step.substr(0, step.rfind('@'));  // whichever attempt writes it
    const std::string body = mamc::notes::Redacted(
        mamc::notes::WithoutTrees(entry.body, run_.tree_path().parent_path().parent_path().string()));
    entry.body = mamc::HeadAndTail(body, kMostEntryBytes);
    (*result)["path"] = path;
    return [path, entry](const MaFiles::Read& read) {
      return mamc::git::FileTexts{{path, WithEntry(read(path), entry, kMostLogBytes)}};
    };
  }

  LogEntry PlanEntry() const {
    LogEntry entry;
    entry.status = Status();
    entry.body = Text(params_, "plan") + "\n";
    for (const Json& judge : params_.value("judged", Json::array())) {
      entry.body += "\n--- " + Text(judge, "persona") + ": " + Text(judge, "status") + "\n";
      for (const Json& reason : judge.at("reasons")) entry.body += "- " + reason.get<std::string>() + "\n";
    }
    return entry;
  }

  LogEntry QaEntry() const {
    LogEntry entry;
    entry.status = Upper(Status());
    entry.facts = {UtcTime(context_.started_unix_ms())};
    if (params_.contains("duration_ms")) entry.facts.push_back(Seconds(params_.at("duration_ms")));
    if (params_.contains("exit_code"))
      entry.facts.push_back("exit code " + std::to_string(params_.at("exit_code").get<int>()));
    const std::string command = Text(params_, "command");
    if (!command.empty()) entry.body = "$ " + command + "\n";
    entry.body += Text(params_, "output");
    return entry;
  }

  // ---- reading: what becomes part of prompts, hence without times, runs and paths ----
  Task<void> Read(Json* result) {
    const MaFiles::Read read = co_await files_.Open();
    const std::string plans = ToldPlans(EarlierEntries(read(MaPlanLog(task_))));
    const std::string tests = ToldTests(EarlierEntries(read(MaQaLog(task_))));
    if (!plans.empty()) (*result)["earlier_plans"] = plans;
    if (!tests.empty()) (*result)["earlier_tests"] = tests;
  }

  // A loop knows what it has done itself.
  std::vector<LogEntry> EarlierEntries(const std::string& log) const {
    std::vector<LogEntry> entries = ReadLog(log);
    std::erase_if(entries, [&](const LogEntry& entry) { return entry.run == Text(input_, "run"); });
    return entries;
  }

  static void KeepLatest(std::vector<LogEntry>* entries) {
    if (entries->size() > kToldEntries)
      entries->erase(entries->begin(), entries->end() - static_cast<std::ptrdiff_t>(kToldEntries));
  }

  static std::string ToldPlans(std::vector<LogEntry> entries) {
    KeepLatest(&entries);
    std::string told;
    for (const LogEntry& entry : entries)
      told += (told.empty() ? "" : "\n") + ("### " + entry.title + ": " + entry.status + "\n\n") +
              mamc::HeadAndTail(entry.body, kToldPlanBytes) + "\n";
    return told;
  }

  // Failures before a test run that passed are mended.
  static std::string ToldTests(std::vector<LogEntry> entries) {
    const auto passed = std::find_if(entries.rbegin(), entries.rend(),
                                     [](const LogEntry& entry) { return entry.status == "PASS"; });
    entries.erase(entries.begin(), passed.base());
    KeepLatest(&entries);
    std::string told;
    for (const LogEntry& entry : entries)
      told += (told.empty() ? "" : "\n") + ("### " + entry.title + ": " + entry.status + "\n\n") +
              mamc::notes::FailureDigest(entry.body, "", kToldTestBytes) + "\n";
    return told;
  }

  Context& context_;
  const Json& input_;
  const Json& params_;
  const std::string task_;
  Run run_;
  Remote remote_;
  MaFiles files_;
};

class MaFilesStep : public mamc::sdk::Step {
 public:
  explicit MaFilesStep(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    Operation operation(context, input);
    co_return co_await operation.Execute();
  }
};

}  // namespace

MAMC_PLUGIN(mamc::sdk::Provide<MaFilesStep>("step", "ma-files"))
