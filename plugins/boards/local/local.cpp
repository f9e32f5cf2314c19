// The board `local`: tasks in one SQLite file that several processes may share.
#include <mamc/board.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <mamc/cpp/plugin.hpp>
#include <mamc/cpp/self_test.hpp>
#include <set>

#include "board_store.hpp"
#include "mamc/task_fields.hpp"

namespace local_board {
namespace {

using mamc::sdk::Context;
using mamc::sdk::Failure;
using mamc::sdk::Task;

constexpr int kWatchPeriodMs = 500;

std::int64_t SystemNowMs() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

auto Sleep(Context& context, std::uint64_t tick) {
  return context.Child("tick/" + std::to_string(tick), "timer", {{"delay_ms", kWatchPeriodMs}});
}

// One open WATCH: says "changed" when the project's count of changes is not the one it said last.
class Watcher {
 public:
  Watcher(Context& context, std::string project, std::int64_t changes)
      : context_(context), project_(std::move(project)), changes_(changes) {}

  void Look(BoardStore& store) {
    const std::int64_t changes = store.ChangesOf(project_);
    if (changes == changes_) return;
    changes_ = changes;
    context_.Emit(
        "changed",
        Json::object());  // its answer matters to streams of messages; here the next change says all again
  }

 private:
  Context& context_;
  std::string project_;
  std::int64_t changes_;
};

// Keeps a watcher in the set as long as its call runs.
class Membership {
 public:
  Membership(std::set<Watcher*>& watchers, Watcher& watcher) : watchers_(watchers), watcher_(&watcher) {
    watchers_.insert(watcher_);
  }
  ~Membership() { watchers_.erase(watcher_); }
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;

 private:
  std::set<Watcher*>& watchers_;
  Watcher* watcher_;
};

class LocalBoard final : public mamc::sdk::Type {
 public:
  explicit LocalBoard(const Json& settings) : path_(settings.at("path").get<std::string>()) {}

  Task<Json> Call(Context& context, Json input) override {
    if (!input.is_object()) throw Failure(MAMC_E_INVALID, "The board needs an object as input.");
    if (context.verb() == MAMC_BOARD_WATCH) co_return co_await Watch(context, std::move(input));
    Json result = Answer(context.verb(), input);
    TellWatchers(context);
    co_return result;
  }

 private:
  Json Answer(std::uint32_t verb, const Json& input) {
    switch (verb) {
      case MAMC_VERB_SELFTEST:
        return SelfTest();
      case MAMC_BOARD_PROJECTS:
        if (IsNotMadeYet()) return {{"projects", Json::array()}};
        return Store().Projects();
      case MAMC_BOARD_LIST:
        BoardStore::CheckList(input);
        if (IsNotMadeYet()) return {{"tasks", Json::array()}, {"milestones", Json::array()}};
        return Store().List(input);
      case MAMC_BOARD_GET:
        return Store().Get(input);
      case MAMC_BOARD_CLAIM:
        return Store().Claim(input);
      case MAMC_BOARD_UPDATE:
        return Store().Update(input);
      case MAMC_BOARD_CREATE:
        return Store().Create(input);
      case MAMC_BOARD_COMMENT:
        return Store().Comment(input);
      case MAMC_BOARD_MILESTONE:
        return Store().Milestone(input);
      default:
        throw Failure(MAMC_E_UNSUPPORTED, "The board 'local' has no verb " + std::to_string(verb) + ".");
    }
  }

  Task<Json> Watch(Context& context, Json input) {
    const std::string project = mamc::board::RequiredText(input, "project");
    Watcher watcher(context, project, Store().ChangesOf(project));
    const Membership membership(watchers_, watcher);
    std::int64_t version = Store().DataVersion();
    for (std::uint64_t tick = 0;; ++tick) {
      co_await Sleep(context, tick);
      if (const std::int64_t now = Store().DataVersion(); std::exchange(version, now) != now)
        watcher.Look(Store());
    }
  }

  // The change is committed: trouble here must not make its call look failed. The watchers' own ticks look
  // again.
  void TellWatchers(Context& context) {
    if (watchers_.empty()) return;
    try {
      for (Watcher* watcher : watchers_) watcher->Look(Store());
    } catch (const Failure& failure) {
      context.Log(MAMC_LOG_WARN,
                  std::string("Watchers of the board hear of this change later: ") + failure.what());
    }
  }

  Json SelfTest() {
    mamc::sdk::SelfTest test;
    if (IsNotMadeYet()) {
      TestPlace(test);
    } else if (::access(path_.c_str(), R_OK | W_OK) != 0) {
      test.Problem(MAMC_E_PERMISSION, path_.string() + " cannot be read and written: " + std::strerror(errno),
                   "give the file to the user that runs the host, or name another in boards.local.path");
    } else {
      test.Fact(path_.string() + " can be read and written; " +
                Counted(Store().Projects()["projects"].size(), "project has", "projects have") +
                " tasks on it");
    }
    return test.result();
  }

  // The first task makes the file, and the folders above it that are missing.
  void TestPlace(mamc::sdk::SelfTest& test) const {
    std::filesystem::path folder = std::filesystem::absolute(path_).parent_path();
    std::error_code error;
    while (folder.has_relative_path() && !std::filesystem::exists(folder, error))
      folder = folder.parent_path();
    if (::access(folder.c_str(), W_OK | X_OK) == 0)
      return test.Fact(path_.string() + " is made by the first task");
    test.Problem(MAMC_E_PERMISSION,
                 path_.string() + " cannot be made: " + folder.string() + ": " + std::strerror(errno),
                 "give the folder to the user that runs the host, or name another in boards.local.path or "
                 "state_dir");
  }

  static std::string Counted(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
  }

  // Who only asks which projects or tasks there are leaves no empty board behind. What stands in the way of
  // making it is told by the call that makes it.
  bool IsNotMadeYet() const { return !store_ && ::access(path_.c_str(), F_OK) != 0 && errno == ENOENT; }

  // Opened by the first call, so that a board which cannot be opened is a sentence to that caller and may
  // heal later.
  BoardStore& Store() {
    if (!store_) store_ = std::make_unique<BoardStore>(path_, SystemNowMs);
    return *store_;
  }

  std::filesystem::path path_;
  std::unique_ptr<BoardStore> store_;
  std::set<Watcher*> watchers_;
};

}  // namespace
}  // namespace local_board

MAMC_PLUGIN(mamc::sdk::Provide<local_board::LocalBoard>("board", "local"))
