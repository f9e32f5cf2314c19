#include "wall_plugin_side.hpp"

#include <thread>
#include <utility>

#include "abi_text.hpp"
#include "services.hpp"
#include "wall_router.hpp"
#include "wall_services.hpp"

namespace mamc::plugin {
namespace {

constexpr std::chrono::milliseconds kStopPatience(5000);

thread_local SideCall side_call;

class SideCallScope {
 public:
  explicit SideCallScope(SideCall call) : outer_(std::exchange(side_call, call)) {}
  ~SideCallScope() { side_call = outer_; }
  SideCallScope(const SideCallScope&) = delete;
  SideCallScope& operator=(const SideCallScope&) = delete;

 private:
  const SideCall outer_;
};

bool IsBlockingStart(FrameReader& frame) {
  if (frame.verb() != kStart) return false;
  for (int before = 0; before < 3; ++before) (void)frame.Number();  // call, instance, ticket
  return static_cast<CallClass>(frame.Number()) == CallClass::kBlocking;
}

// A start frame, taken apart; keeps the texts that mamc_call_info and the input point into.
struct StartFrame {
  explicit StartFrame(FrameReader& frame) {
    declared = static_cast<CallClass>(frame.Number());
    info.struct_size = sizeof info;
    info.verb = static_cast<std::uint32_t>(frame.Number());
    info.attempt = static_cast<std::uint32_t>(frame.Number());
    info.flags = static_cast<std::uint32_t>(frame.Number());
    info.deadline_unix_ms = static_cast<std::int64_t>(frame.Number());
    info.started_unix_ms = static_cast<std::int64_t>(frame.Number());
    op_id = frame.Text();
    input = frame.Text();
    info.op_id = Str(op_id);
  }
  StartFrame(const StartFrame&) = delete;
  StartFrame& operator=(const StartFrame&) = delete;

  CallClass declared;
  mamc_call_info info{};
  std::string op_id, input;
};

}  // namespace

const SideCall& ThisThreadsSideCall() {
  return side_call;
}

// One frame on its way through the executor.
class WallPluginSide::Job final : public Runnable {
 public:
  Job(std::shared_ptr<WallPluginSide> side, std::string frame)
      : side_(std::move(side)), frame_(std::move(frame)) {}
  bool Run() override {
    side_->Run(FrameReader(std::move(frame_)), *this);
    return false;
  }

  mamc_ticket ticket = 0;  // while the plugin is in this call; protected by the side's mutex_

 private:
  const std::shared_ptr<WallPluginSide> side_;
  std::string frame_;
};

WallPluginSide::WallPluginSide(WallServices& services, std::shared_ptr<FrameRouter> to_host, std::string name)
    : services_(services),
      to_host_(std::move(to_host)),
      name_(std::move(name)),
      executor_(Executor::Start(name_)) {}

// ---- From the host ----

void WallPluginSide::ExpectCreate(std::uint64_t call, const mamc_factory* factory) {
  std::lock_guard lock(mutex_);
  factories_[call] = factory;
}

void WallPluginSide::Deliver(std::string bytes) {
  FrameReader frame(bytes);
  if (IsBlockingStart(frame)) {
    // Not behind the default calls: it gets a thread of its own.
    Job job(shared_from_this(), std::move(bytes));
    (void)job.Run();
    return;
  }
  std::lock_guard lock(mutex_);
  if (frame.verb() != kAnswer) {
    executor_->Add(std::make_shared<Job>(shared_from_this(), std::move(bytes)));
    return;
  }
  std::uint64_t request = frame.Number();
  mamc_code code = frame.Code();
  answers_[request] = {code, std::string(frame.Text())};
  changed_.notify_all();
}

void WallPluginSide::Run(FrameReader frame, Job& job) {
  std::uint64_t call = frame.Number();
  if (frame.verb() == kCreate) return RunCreate(frame, call);
  const mamc_instance* instance = InstanceOf(frame.Number());
  mamc_ticket ticket = frame.Number();
  if (frame.verb() == kStart) return RunStart(frame, call, ticket, *instance, job);
  Enter(job, ticket);
  RunOther(frame, call, ticket, instance);
  Leave(job);
  Returned(call);
}

void WallPluginSide::RunCreate(FrameReader& frame, std::uint64_t call) {
  const mamc_factory* factory;
  {
    std::lock_guard lock(mutex_);
    factory = factories_.at(call);
    factories_.erase(call);
  }
  LogKeeper keeper;
  const mamc_instance* instance = nullptr;
  std::string type(frame.Text());
  mamc_code code = factory->create(factory->self, Str(type), Str(frame.Text()), &instance);
  if (code >= 0 && !MAMC_HAS(instance, mamc_instance, start)) code = MAMC_E_INTERNAL;
  {
    std::lock_guard lock(mutex_);
    instances_[call] = instance;
  }
  Returned(call, code, keeper.LastLine({}));
}

void WallPluginSide::RunStart(FrameReader& frame, std::uint64_t call, mamc_ticket ticket,
                              const mamc_instance& instance, Job& job) {
  auto start = std::make_shared<StartFrame>(frame);
  services_.Add(ticket, {shared_from_this(), start->declared});
  auto run = [start, &instance, call, ticket] {
    SideCallScope scope({call, ticket, true});
    instance.start(instance.self, ticket, &start->info, Str(start->input));
  };
  if (start->declared == CallClass::kBlocking) return RunOnOwnThread(call, run);
  Enter(job, ticket);
  run();
  Leave(job);
  Returned(call);
}

void WallPluginSide::RunOnOwnThread(std::uint64_t call, std::function<void()> start) {
  {
    std::lock_guard lock(mutex_);
    ++own_threads_;
  }
  std::thread([self = shared_from_this(), start = std::move(start), call] {
    start();
    self->Returned(call);
    std::lock_guard lock(self->mutex_);
    --self->own_threads_;
    self->changed_.notify_all();
  }).detach();
}

void WallPluginSide::RunOther(FrameReader& frame, std::uint64_t call, mamc_ticket ticket,
                              const mamc_instance* instance) {
  SideCallScope scope({call, ticket, false});
  if (frame.verb() == kChildDone && MAMC_HAS(instance, mamc_instance, child_done)) {
    mamc_child_result result{};
    result.struct_size = sizeof result;
    result.code = frame.Code();
    result.key = Str(frame.Text());
    result.json = Str(frame.Text());
    instance->child_done(instance->self, ticket, &result);
  }
  if (frame.verb() == kCancel && MAMC_HAS(instance, mamc_instance, cancel))
    instance->cancel(instance->self, ticket, frame.Code());
  if (frame.verb() == kRelease) {
    if (MAMC_HAS(instance, mamc_instance, release)) instance->release(instance->self, ticket);
    services_.Remove(ticket);
  }
  if (frame.verb() == kDestroy && MAMC_HAS(instance, mamc_instance, destroy))
    instance->destroy(instance->self);
}

const mamc_instance* WallPluginSide::InstanceOf(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  return instances_.at(id);
}

void WallPluginSide::Enter(Job& job, mamc_ticket ticket) {
  std::lock_guard lock(mutex_);
  job.ticket = ticket;
  running_ = &job;
}

void WallPluginSide::Leave(const Job& job) {
  std::lock_guard lock(mutex_);
  if (running_ == &job) running_ = nullptr;  // else it was given up and another executor is at work
}

// ---- To the host ----

void WallPluginSide::Returned(std::uint64_t call, mamc_code code, std::string_view text) {
  FrameWriter frame(kReturned);
  frame.Number(call).Code(code).Text(text);
  to_host_->Dispatch(frame.Take());
}

void WallPluginSide::Tell(WallVerb verb, mamc_ticket ticket, std::int32_t number, mamc_str text) {
  FrameWriter frame(verb);
  frame.Number(side_call.call).Number(0).Number(ticket).Code(number).Text(View(text));
  to_host_->Dispatch(frame.Take());
}

WallAnswer WallPluginSide::Ask(WallVerb verb, mamc_ticket ticket, mamc_str first, mamc_str second,
                               mamc_str third) {
  std::unique_lock lock(mutex_);
  std::uint64_t request = ++last_request_;
  lock.unlock();
  FrameWriter frame(verb);
  frame.Number(side_call.call).Number(request).Number(ticket);
  frame.Text(View(first)).Text(View(second)).Text(View(third));
  to_host_->Dispatch(frame.Take());
  lock.lock();
  changed_.wait(lock, [&] { return closed_ || answers_.contains(request); });
  auto found = answers_.find(request);
  if (found == answers_.end()) return {};
  WallAnswer answer = std::move(found->second);
  answers_.erase(found);
  return answer;
}

// ---- The end ----

void WallPluginSide::GiveUp(mamc_ticket ticket) {
  std::lock_guard lock(mutex_);
  if (running_ == nullptr || running_->ticket != ticket) return;
  auto rest = executor_->WriteOff(running_);
  if (!rest) return;
  running_ = nullptr;
  written_off_.push_back(std::exchange(executor_, Executor::Start(name_)));
  for (auto& runnable : *rest) executor_->Add(std::move(runnable));
}

bool WallPluginSide::Stop() {
  bool clean = executor_->Stop(kStopPatience);
  std::unique_lock lock(mutex_);
  clean = changed_.wait_for(lock, clean ? kStopPatience : std::chrono::milliseconds(0), [&] {
    return own_threads_ == 0;
  }) && clean;
  for (const auto& executor : written_off_) clean = clean && executor->Ended();
  closed_ = true;
  changed_.notify_all();
  return clean;
}

}  // namespace mamc::plugin
