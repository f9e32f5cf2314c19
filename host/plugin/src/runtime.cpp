#include "runtime.hpp"

#include <pthread.h>

#include <system_error>
#include <utility>

#include "mamc/base/json.hpp"
#include "mamc/base/log.hpp"

namespace mamc::plugin {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCreatePatience(10'000);
constexpr milliseconds kEndPatience(5'000);
constexpr milliseconds kQuiesceTime(2'000);

// Work for an executor that is not a call. `done` is marked when it has run.
class Errand final : public Runnable {
 public:
  explicit Errand(std::function<void()> work) : work_(std::move(work)) {}
  bool Run() override {
    work_();
    done.Mark();
    return false;
  }
  ThreadEnd done;

 private:
  std::function<void()> work_;
};

// What the factory answered; shared with the executor, which may answer after nobody waits any more.
struct Creation {
  mamc_code code = MAMC_E_INTERNAL;
  const mamc_instance* table = nullptr;
  std::string last_line;
};

void CallFactory(const mamc_factory& factory, const std::string& type, const std::string& settings,
                 Creation& creation) {
  LogKeeper keeper;
  creation.code = factory.create(factory.self, {type.data(), type.size()}, {settings.data(), settings.size()},
                                 &creation.table);
  creation.last_line = keeper.LastLine({});
}

std::string NameOf(const Instance& instance) {
  return std::string(KindName(instance.type.kind)) + " '" + instance.type.id + "' of plugin " +
         instance.plugin_id;
}

Status CheckCreation(const Instance& instance, const Creation& creation) {
  if (creation.code < 0) {
    std::string reason =
        creation.last_line.empty() ? std::string(CodeName(ToCode(creation.code))) : creation.last_line;
    return Status(ToCode(creation.code), NameOf(instance) + " refused its settings: " + reason);
  }
  if (!MAMC_HAS(creation.table, mamc_instance, start))
    return Internal("plugin misbehaving: " + NameOf(instance) + " made an instance without a start function");
  return {};
}

// False: it has not ended by then and is left to itself.
bool JoinOwnThread(CallRecord& record, std::chrono::steady_clock::time_point until) {
  if (!record.own_thread.joinable()) return true;
  auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
  if (!record.own_thread_end.WaitFor(std::max(left, milliseconds(0)))) {
    record.own_thread.detach();
    return false;
  }
  record.own_thread.join();
  return true;
}

}  // namespace

PluginRuntime::PluginRuntime(PluginHost& host, PluginLibrary& library, std::string plugin_id,
                             std::unique_ptr<GlassWall> wall)
    : host_(host), library_(library), plugin_id_(std::move(plugin_id)), wall_(std::move(wall)) {
  host_.Retain();
}

Executor& PluginRuntime::executor() {
  if (!executor_) {
    auto slash = plugin_id_.find('/');
    executor_ = Executor::Start(slash == std::string::npos ? plugin_id_ : plugin_id_.substr(slash + 1));
  }
  return *executor_;
}

Status PluginRuntime::Create(Instance& instance) {
  const mamc_factory* factory = library_.factory(instance.type.kind);
  if (factory == nullptr) return Internal("plugin " + plugin_id_ + " has no factory for " + NameOf(instance));
  auto creation = std::make_shared<Creation>();
  auto work = [factory, wall = wall_.get(), declared = instance.declared_class, type = instance.type.id,
               settings = Dump(instance.settings), creation] {
    if (wall != nullptr)
      creation->code = wall->Create(factory, declared, type, settings, &creation->table, creation->last_line);
    else
      CallFactory(*factory, type, settings, *creation);
  };
  if (instance.is_inline) {
    work();
  } else {
    auto errand = std::make_shared<Errand>(work);
    executor().Add(errand);
    if (!errand->done.WaitFor(kCreatePatience)) {
      if (auto rest = executor_->WriteOff(errand.get())) {
        written_off_.push_back(std::exchange(executor_, nullptr));
        for (auto& runnable : *rest) executor().Add(std::move(runnable));
      }
      return Status(Code::kTimeout, NameOf(instance) + " did not make an instance within " +
                                        std::to_string(kCreatePatience.count() / 1000) + " s");
    }
  }
  if (Status status = CheckCreation(instance, *creation); !status.ok()) return status;
  instance.table = creation->table;
  return {};
}

void PluginRuntime::Queue(std::shared_ptr<CallRecord> record) {
  executor().Add(std::move(record));
}

Status PluginRuntime::StartOwnThread(const std::shared_ptr<CallRecord>& record) {
  try {
    record->own_thread = std::thread([record] {
      pthread_setname_np(pthread_self(), record->instance->type.id.substr(0, 15).c_str());
      record->RunStart();
      record->inbox->Push({.kind = CallEvent::Kind::kReturned, .record = record});
      record->own_thread_end.Mark();
    });
  } catch (const std::system_error& error) {
    return Unavailable("no thread for " + NameOf(*record->instance) + ": " + error.what());
  }
  return {};
}

bool PluginRuntime::WriteOff(const std::shared_ptr<CallRecord>& record) {
  bool stuck = false;
  if (wall_) wall_->GiveUp(record->ticket);
  if (executor_) {
    if (auto rest = executor_->WriteOff(record.get())) {
      written_off_.push_back(std::exchange(executor_, nullptr));
      for (auto& runnable : *rest) executor().Add(std::move(runnable));
      stuck = true;
    }
  }
  if (record->OwnThreadRuns()) {
    record->own_thread.detach();
    stuck_.push_back(record);
    stuck = true;
  }
  if (stuck) record->Renounce();
  return stuck;
}

void PluginRuntime::CancelAll(const std::vector<std::shared_ptr<CallRecord>>& open) {
  for (const auto& record : open) {
    if (record->TryForget() || record->ended()) continue;
    if (record->QueueCancel(Code::kCancelled)) Queue(record);
  }
  if (!executor_) return;
  auto delivered = std::make_shared<Errand>([] {});
  executor_->Add(delivered);
  delivered->done.WaitFor(kEndPatience);
}

void PluginRuntime::Quiesce() {
  last_user_ = host_.LetGo();
  if (last_user_) library_.Quiesce(SystemClock().UnixMs() + kQuiesceTime.count());
}

void PluginRuntime::End(const std::vector<std::shared_ptr<CallRecord>>& open,
                        const std::vector<std::shared_ptr<Instance>>& instances) {
  auto until = std::chrono::steady_clock::now() + kEndPatience;
  for (const auto& record : open) {
    (void)record->ClaimEnd();  // from here on the plugin's own threads get MAMC_E_STALE
    if (!JoinOwnThread(*record, until)) {
      stuck_.push_back(record);
      continue;
    }
    if (!record->QueueRelease()) continue;
    if (record->on_loop)
      record->Release();
    else
      Queue(record);
  }
  bool clean = true;
  for (const auto& executor : written_off_) clean = clean && executor->Ended();
  for (const auto& record : stuck_) clean = clean && record->own_thread_end.WaitFor(milliseconds(0));
  auto destroy = [instances] {
    for (const auto& instance : instances)
      if (MAMC_HAS(instance->table, mamc_instance, destroy)) instance->table->destroy(instance->table->self);
  };
  // A record that has more than one thing to say queues again behind the others: the instances go after all of them.
  if (clean && executor_) executor_->AddLast(std::make_shared<Errand>(destroy));
  if (executor_ && !executor_->Stop(kEndPatience)) clean = false;
  if (clean && !executor_) destroy();
  if (wall_ && !wall_->Close()) clean = false;
  if (!clean) {
    Log("plugin", LogLevel::kWarn,
        "plugin has a call that does not end: it is left running and not shut down",
        {{"plugin", plugin_id_}});
    return;
  }
  if (last_user_) library_.Stop();
}

}  // namespace mamc::plugin
