// Steps whose behaviour a test decides: leaves that note what they see and wait for a file, and a composite
// that makes the child calls of a script.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mamc/cpp/plugin.hpp>
#include <optional>
#include <stop_token>
#include <thread>

namespace {

using namespace mamc::sdk;
namespace fs = std::filesystem;

void Note(const Json& params, const std::string& line) {
  if (const auto log = params.find("log"); log != params.end())
    std::ofstream(log->get<std::string>(), std::ios::app) << line << "\n";
}

// With the variable in its environment the host dies as soon as it loads this plugin.
const bool kLoaded = [] {
  if (std::getenv("MAMC_BENCH_DIES_AT_LOAD") != nullptr) std::raise(SIGSEGV);
  return true;
}();

// Until the file exists. A deaf step does not hear that it is to stop.
void WaitFor(const std::string& file, const Context& context, bool deaf) {
  while (!fs::exists(file)) {
    if (context.cancelled() && !deaf) throw Failure(MAMC_E_CANCELLED, "stopped while it waited");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// As somebody who knows where the git directory of a workspace lies.
void Commit(const fs::path& folder) {
  const std::string git = "git -C '" + folder.string() + "' --git-dir=../git --work-tree=. ";
  const std::string commit = git + "add -A && " + git + "-c user.name=x -c user.email=x@y commit -qm late";
  if (std::system(commit.c_str()) != 0) throw Failure(MAMC_E_FAILED, "cannot commit in " + folder.string());
}

// {name, log, crash, wait, deaf, fail_times, write: {path, text, commit}}: notes "name start", takes its
// process down with it, waits, writes, fails as often as it is told to, notes "name end".
class Act final : public Step {
 public:
  explicit Act(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    const Json& params = input.at("params");
    const std::string name = params.value("name", "step");
    Note(params, name + " start" + (context.resumed() ? " resumed" : "") + " " +
                     std::to_string(context.attempt()) +
                     (context.op_id().empty() ? "" : " " + context.op_id()));
    if (params.value("crash", false)) std::raise(SIGSEGV);
    if (params.contains("wait")) WaitFor(params.at("wait"), context, params.value("deaf", false));
    if (params.contains("write")) {
      const Json& write = params.at("write");
      const fs::path file = fs::path(input.at("workspace").at("path").get<std::string>()) / write.at("path");
      std::ofstream(file) << write.at("text").get<std::string>();
      if (write.value("commit", false)) Commit(file.parent_path());
    }
    Json result = {{"saw", params.value("saw", Json())}};
    if (const auto key = params.find("read_state"); key != params.end())
      result["state_saw"] = context.State(key->get<std::string>()).value_or(Json());
    if (const auto file = params.find("read_file"); file != params.end()) {
      std::ifstream in(fs::path(input.at("workspace").at("path").get<std::string>()) / *file);
      result["text"] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    Note(params, name + " end");
    if (static_cast<int>(context.attempt()) <= params.value("fail_times", 0))
      throw Failure(params.value("code", MAMC_E_FAILED), name + " failed as it was told to");
    if (params.contains("state")) result["state"] = params.at("state");
    co_return result;
  }
};

// {script: FILE}: the file holds a list of child calls {key, service, input}, started together when
// `together`, else one after the other. With `wait` it then hears nothing until that file exists; with
// `note_stop` it notes "NAME stopped" when it is told to stop.
class Script final : public Step {
 public:
  explicit Script(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    const Json params = input.at("params");
    std::optional<std::stop_callback<std::function<void()>>> on_stop;
    if (params.value("note_stop", false))
      on_stop.emplace(context.stop_token(),
                      [&params] { Note(params, params.value("name", "step") + " stopped"); });
    Json calls = Json::parse(std::ifstream(params.at("script").get<std::string>()));
    Json ends = Json::array();
    if (params.value("together", false)) {
      for (const Json& call : calls) context.StartChild(call.at("key"), call.at("service"), call.at("input"));
      if (params.contains("wait")) WaitFor(params.at("wait"), context, true);
      for (std::size_t i = 0; i < calls.size(); ++i) {
        auto [key, end] = co_await context.Next();
        Note(params, key);
        ends.push_back({{"key", key}, {"code", end.code}, {"json", end.json}});
      }
    } else {
      for (const Json& call : calls) {
        ChildResult end = co_await context.TryChild(call.at("key"), call.at("service"), call.at("input"));
        ends.push_back({{"key", call.at("key")}, {"code", end.code}, {"json", end.json}});
      }
    }
    Json result = {{"ends", ends}};
    co_return result;
  }
};

}  // namespace

MAMC_PLUGIN(Provide<Act>("step", "test.act"), Provide<Act>("step", "test.act-once"),
            Provide<Act>("step", "test.act-lookup"), Provide<Act>("step", "test.read"),
            Provide<Act>("step", "test.write"), Provide<Script>("step", "test.script"),
            Provide<Script>("step", "test.reading-script"))
