#include "glass_wall.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "executor.hpp"
#include "mamc/base/json.hpp"
#include "services.hpp"
#include "wire.hpp"

namespace mamc::plugin {
namespace {

enum Verb : std::uint8_t {
  // host → plugin, each ends with kReturned
  kCreate,
  kStart,
  kChildDone,
  kCancel,
  kRelease,
  kDestroy,
  // plugin → host
  kReturned,
  kComplete,
  kEmit,
  kLog,
  kChild,
  kCancelChild,
  kSecret,
  kState,
  kPutArtifact,
  kGetArtifact,
  // host → plugin, the answer to a service
  kAnswer,
};

constexpr std::chrono::milliseconds kClosePatience(5000);

mamc_str Str(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view View(mamc_str text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}
std::uint64_t Number(mamc_code code) {
  return static_cast<std::uint32_t>(code);
}
void MAMC_CALL AppendTo(void* text, mamc_str piece) {
  static_cast<std::string*>(text)->append(View(piece));
}

// Frames in order, from any thread to one.
class FrameQueue {
 public:
  void Push(std::string frame) {
    std::lock_guard lock(mutex_);
    frames_.push_back(std::move(frame));
    wake_.notify_one();
  }
  void Close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    wake_.notify_all();
  }
  // Empty when the queue was closed and has nothing left.
  std::string Pop() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return closed_ || !frames_.empty(); });
    if (frames_.empty()) return {};
    std::string frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> frames_;  // protected by mutex_
  bool closed_ = false;             // protected by mutex_
};

// What a thread of the plugin side is in the middle of.
struct SideCall {
  std::uint64_t call = 0;
  mamc_ticket ticket = 0;
  bool in_start = false;
};
thread_local SideCall side_call;

struct LiveTicket {
  std::shared_ptr<GlassWall::Impl> wall;
  CallClass declared = CallClass::kDefault;
  bool completed = false;
};

// The wall's services for one plugin file, and the tickets that are live behind it.
class SideHost {
 public:
  static SideHost& For(const std::filesystem::path& file);
  SideHost();

  const mamc_host* table() const { return &host_; }
  void Add(mamc_ticket ticket, LiveTicket live);
  void Remove(mamc_ticket ticket);
  bool Find(mamc_ticket ticket, LiveTicket& live);
  // False for a ticket that is not live or has been completed before.
  bool TakeCompletion(mamc_ticket ticket, LiveTicket& live);
  void Join(std::shared_ptr<GlassWall::Impl> wall);
  void Leave(const GlassWall::Impl* wall);
  std::shared_ptr<GlassWall::Impl> AnyWall();
  const ServiceTables& services() const { return services_; }

 private:
  ServiceTables services_;
  mamc_host host_{};
  std::mutex mutex_;
  // Protected by mutex_:
  std::map<mamc_ticket, LiveTicket> live_;
  std::vector<std::shared_ptr<GlassWall::Impl>> walls_;
};

struct Answer {
  mamc_code code = MAMC_E_STALE;
  std::string bytes;
};

}  // namespace

struct GlassWall::Impl : std::enable_shared_from_this<GlassWall::Impl> {
  Impl(PluginHost& real_host, SideHost& side_host, std::string its_name)
      : real(real_host), side(side_host), name(std::move(its_name)), side_executor(Executor::Start(name)) {}

  // ---- The host's side ----
  struct Waiter {
    FrameQueue frames;
  };
  // Sends a call and carries out the services that come back until it has returned.
  Answer Call(Verb verb, const std::function<void(FrameWriter&)>& fill,
              const std::function<void(std::uint64_t)>& numbered = {});
  void Pump();                       // its thread: services that belong to no call
  void Dispatch(std::string frame);  // to the waiter of its call, or to the pump
  void Serve(FrameReader& frame);
  Answer Ask(FrameReader& frame, mamc_ticket ticket);

  // ---- The plugin's side ----
  struct Job;
  void Deliver(std::string frame);
  void Run(FrameReader frame, Job& job);
  void RunCreate(FrameReader& frame, std::uint64_t call);
  void RunStart(FrameReader& frame, std::uint64_t call, mamc_ticket ticket, const mamc_instance& instance,
                Job& job);
  void RunOther(FrameReader& frame, std::uint64_t call, mamc_ticket ticket, const mamc_instance* instance);
  const mamc_instance* InstanceOf(std::uint64_t id);
  void Enter(Job& job, mamc_ticket ticket);
  void Leave(const Job& job);
  void Returned(std::uint64_t call, mamc_code code = MAMC_OK, std::string_view text = {});
  Answer Service(FrameWriter frame, std::uint64_t request);

  PluginHost& real;
  SideHost& side;
  const std::string name;
  std::thread pump;
  FrameQueue to_pump;
  std::atomic<std::uint64_t> last_number{0};
  std::mutex mutex;
  std::condition_variable answered;
  // Protected by mutex:
  std::map<std::uint64_t, std::shared_ptr<Waiter>> waiters;  // host side, by call
  std::map<std::uint64_t, Answer> answers;                   // plugin side, by request
  std::shared_ptr<Executor> side_executor;
  std::map<std::uint64_t, const mamc_instance*> instances;  // plugin side
  std::map<std::uint64_t, const mamc_factory*> factories;   // plugin side, by the number of a create
  Job* running = nullptr;                                   // what side_executor is at
  int own_threads = 0;                                      // of blocking calls
  std::vector<std::shared_ptr<Executor>> written_off;
  bool closed = false;
};

// One frame on its way through the plugin side's executor.
struct GlassWall::Impl::Job final : Runnable {
  Job(std::shared_ptr<Impl> its_wall, std::string its_frame)
      : wall(std::move(its_wall)), frame(std::move(its_frame)) {}
  bool Run() override {
    wall->Run(FrameReader(std::move(frame)), *this);
    return false;
  }
  std::shared_ptr<Impl> wall;
  std::string frame;
  mamc_ticket ticket = 0;
};

namespace {

// The mamc_instance that Calls sees.
struct WallInstance {
  mamc_instance table{};
  std::shared_ptr<GlassWall::Impl> wall;
  std::uint64_t id = 0;
  CallClass declared = CallClass::kDefault;
};

WallInstance& Of(void* self) {
  return *static_cast<WallInstance*>(self);
}

void MAMC_CALL Start(void* self, mamc_ticket ticket, const mamc_call_info* info, mamc_str input) {
  WallInstance& instance = Of(self);
  instance.wall->Call(kStart, [&](FrameWriter& frame) {
    frame.Number(instance.id).Number(ticket).Number(static_cast<std::uint64_t>(instance.declared));
    frame.Number(info->verb).Number(info->attempt).Number(info->flags);
    frame.Number(static_cast<std::uint64_t>(info->deadline_unix_ms))
        .Number(static_cast<std::uint64_t>(info->started_unix_ms));
    frame.Text(View(info->op_id)).Text(View(input));
  });
}

void MAMC_CALL ChildDone(void* self, mamc_ticket ticket, const mamc_child_result* result) {
  Of(self).wall->Call(kChildDone, [&](FrameWriter& frame) {
    frame.Number(Of(self).id)
        .Number(ticket)
        .Number(Number(result->code))
        .Text(View(result->key))
        .Text(View(result->json));
  });
}

void MAMC_CALL Cancel(void* self, mamc_ticket ticket, mamc_code reason) {
  Of(self).wall->Call(
      kCancel, [&](FrameWriter& frame) { frame.Number(Of(self).id).Number(ticket).Number(Number(reason)); });
}

void MAMC_CALL Release(void* self, mamc_ticket ticket) {
  Of(self).wall->Call(kRelease, [&](FrameWriter& frame) { frame.Number(Of(self).id).Number(ticket); });
}

void MAMC_CALL Destroy(void* self) {
  std::unique_ptr<WallInstance> instance(&Of(self));
  instance->wall->Call(kDestroy, [&](FrameWriter& frame) { frame.Number(instance->id).Number(0); });
}

}  // namespace

// ---- The host's side ----

Answer GlassWall::Impl::Call(Verb verb, const std::function<void(FrameWriter&)>& fill,
                             const std::function<void(std::uint64_t)>& numbered) {
  std::uint64_t call = ++last_number;
  auto waiter = std::make_shared<Waiter>();
  {
    std::lock_guard lock(mutex);
    waiters[call] = waiter;
    if (numbered) numbered(call);
  }
  FrameWriter writer(verb);
  writer.Number(call);
  fill(writer);
  Deliver(writer.Take());
  for (;;) {
    std::string bytes = waiter->frames.Pop();
    if (bytes.empty()) return {};  // the wall was closed
    FrameReader frame(std::move(bytes));
    if (frame.verb() != kReturned) {
      Serve(frame);
      continue;
    }
    (void)frame.Number();
    mamc_code code = frame.Code();
    std::lock_guard lock(mutex);
    waiters.erase(call);
    return {code, std::string(frame.Text())};
  }
}

void GlassWall::Impl::Dispatch(std::string bytes) {
  FrameReader frame(bytes);
  std::uint64_t call = frame.Number();
  std::shared_ptr<Waiter> waiter;
  {
    std::lock_guard lock(mutex);
    if (auto found = waiters.find(call); found != waiters.end()) waiter = found->second;
  }
  (waiter ? waiter->frames : to_pump).Push(std::move(bytes));
}

void GlassWall::Impl::Pump() {
  for (std::string bytes = to_pump.Pop(); !bytes.empty(); bytes = to_pump.Pop()) {
    FrameReader frame(std::move(bytes));
    if (frame.verb() != kReturned) Serve(frame);
  }
}

void GlassWall::Impl::Serve(FrameReader& frame) {
  const ServiceTables& services = real.services();
  (void)frame.Number();  // its call
  std::uint64_t request = frame.Number();
  mamc_ticket ticket = frame.Number();
  if (frame.verb() == kComplete) {
    mamc_code code = frame.Code();
    services.complete.complete(services.complete.context, ticket, code, Str(frame.Text()));
    return;
  }
  if (frame.verb() == kLog) {
    int32_t level = frame.Code();
    services.log.write(services.log.context, ticket, level, Str(frame.Text()));
    return;
  }
  Answer answer = Ask(frame, ticket);
  FrameWriter reply(kAnswer);
  reply.Number(request).Number(Number(answer.code)).Text(answer.bytes);
  Deliver(reply.Take());
}

Answer GlassWall::Impl::Ask(FrameReader& frame, mamc_ticket ticket) {
  const ServiceTables& s = real.services();
  Answer answer;
  mamc_str first = Str(frame.Text()), second = Str(frame.Text()), third = Str(frame.Text());
  switch (frame.verb()) {
    case kEmit:
      answer.code = s.complete.emit(s.complete.context, ticket, first, second);
      break;
    case kChild:
      answer.code = s.children.call(s.children.context, ticket, first, second, third);
      break;
    case kCancelChild:
      answer.code = s.children.cancel_child(s.children.context, ticket, first);
      break;
    case kSecret:
      answer.code = s.secret.get(s.secret.context, ticket, first, AppendTo, &answer.bytes);
      break;
    case kState:
      answer.code = s.state.get(s.state.context, ticket, first, AppendTo, &answer.bytes);
      break;
    case kPutArtifact:
      answer.code = s.artifact.put(s.artifact.context, ticket, first, AppendTo, &answer.bytes);
      break;
    case kGetArtifact:
      answer.code = s.artifact.get(s.artifact.context, ticket, first, AppendTo, &answer.bytes);
      break;
    default:
      answer.code = MAMC_E_INTERNAL;
  }
  return answer;
}

// ---- The plugin's side ----

namespace {

bool IsBlockingStart(FrameReader& frame) {
  for (int before = 0; before < 3; ++before) (void)frame.Number();  // call, instance, ticket
  return static_cast<CallClass>(frame.Number()) == CallClass::kBlocking;
}

}  // namespace

void GlassWall::Impl::Deliver(std::string bytes) {
  FrameReader frame(bytes);
  if (frame.verb() == kStart && IsBlockingStart(frame)) {
    // Not behind the default calls: it gets a thread of its own.
    Job job(shared_from_this(), std::move(bytes));
    (void)job.Run();
    return;
  }
  std::lock_guard lock(mutex);
  if (frame.verb() != kAnswer) {
    side_executor->Add(std::make_shared<Job>(shared_from_this(), std::move(bytes)));
    return;
  }
  std::uint64_t request = frame.Number();
  mamc_code code = frame.Code();
  answers[request] = {code, std::string(frame.Text())};
  answered.notify_all();
}

void GlassWall::Impl::Returned(std::uint64_t call, mamc_code code, std::string_view text) {
  FrameWriter frame(kReturned);
  frame.Number(call).Number(Number(code)).Text(text);
  Dispatch(frame.Take());
}

namespace {

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

void GlassWall::Impl::Run(FrameReader frame, Job& job) {
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

void GlassWall::Impl::RunCreate(FrameReader& frame, std::uint64_t call) {
  const mamc_factory* factory;
  {
    std::lock_guard lock(mutex);
    factory = factories.at(call);
    factories.erase(call);
  }
  LogKeeper keeper;
  const mamc_instance* instance = nullptr;
  std::string type(frame.Text());
  mamc_code code = factory->create(factory->self, Str(type), Str(frame.Text()), &instance);
  if (code >= 0 && !MAMC_HAS(instance, mamc_instance, start)) code = MAMC_E_INTERNAL;
  {
    std::lock_guard lock(mutex);
    instances[call] = instance;
  }
  Returned(call, code, keeper.LastLine({}));
}

void GlassWall::Impl::RunStart(FrameReader& frame, std::uint64_t call, mamc_ticket ticket,
                               const mamc_instance& instance, Job& job) {
  auto start = std::make_shared<StartFrame>(frame);
  side.Add(ticket, {shared_from_this(), start->declared});
  auto run = [self = shared_from_this(), start, &instance, call, ticket] {
    SideCall outer = std::exchange(side_call, {call, ticket, true});
    instance.start(instance.self, ticket, &start->info, Str(start->input));
    side_call = outer;
  };
  if (start->declared != CallClass::kBlocking) {
    Enter(job, ticket);
    run();
    Leave(job);
    return Returned(call);
  }
  {
    std::lock_guard lock(mutex);
    ++own_threads;
  }
  std::thread([self = shared_from_this(), run, call] {
    run();
    self->Returned(call);
    std::lock_guard lock(self->mutex);
    --self->own_threads;
    self->answered.notify_all();
  }).detach();
}

void GlassWall::Impl::RunOther(FrameReader& frame, std::uint64_t call, mamc_ticket ticket,
                               const mamc_instance* instance) {
  SideCall outer = std::exchange(side_call, {call, ticket, false});
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
    side.Remove(ticket);
  }
  if (frame.verb() == kDestroy && MAMC_HAS(instance, mamc_instance, destroy))
    instance->destroy(instance->self);
  side_call = outer;
}

const mamc_instance* GlassWall::Impl::InstanceOf(std::uint64_t id) {
  std::lock_guard lock(mutex);
  return instances.at(id);
}

void GlassWall::Impl::Enter(Job& job, mamc_ticket ticket) {
  std::lock_guard lock(mutex);
  job.ticket = ticket;
  running = &job;
}

void GlassWall::Impl::Leave(const Job& job) {
  std::lock_guard lock(mutex);
  if (running == &job) running = nullptr;  // else it was given up and another executor is at work
}

Answer GlassWall::Impl::Service(FrameWriter frame, std::uint64_t request) {
  Dispatch(frame.Take());
  std::unique_lock lock(mutex);
  answered.wait(lock, [&] { return closed || answers.contains(request); });
  auto found = answers.find(request);
  if (found == answers.end()) return {};
  Answer answer = std::move(found->second);
  answers.erase(found);
  return answer;
}

namespace {

// ---- The services that the plugin sees ----

// A service frame: its call (0: none of ours on this thread), a request number, the ticket.
FrameWriter ServiceFrame(Verb verb, std::uint64_t request, mamc_ticket ticket) {
  FrameWriter frame(verb);
  frame.Number(side_call.call).Number(request).Number(ticket);
  return frame;
}

Answer Request(const LiveTicket& live, Verb verb, mamc_ticket ticket, mamc_str first, mamc_str second = {},
               mamc_str third = {}) {
  std::uint64_t request = ++live.wall->last_number;
  FrameWriter frame = ServiceFrame(verb, request, ticket);
  frame.Text(View(first)).Text(View(second)).Text(View(third));
  return live.wall->Service(std::move(frame), request);
}

SideHost& SideOf(void* context) {
  return *static_cast<SideHost*>(context);
}

// What the plugin's side knows by itself: whether the ticket is live and its declared class may do this.
mamc_code FindFor(void* context, mamc_ticket ticket, LiveTicket& live) {
  if (!SideOf(context).Find(ticket, live) || live.completed) return MAMC_E_STALE;
  return live.declared == CallClass::kInline ? MAMC_E_CLASS : MAMC_OK;
}

mamc_code FindForChildren(void* context, mamc_ticket ticket, LiveTicket& live) {
  if (mamc_code code = FindFor(context, ticket, live); code != MAMC_OK) return code;
  bool on_its_thread =
      side_call.ticket == ticket && (live.declared != CallClass::kBlocking || side_call.in_start);
  return on_its_thread ? MAMC_OK : MAMC_E_CLASS;
}

mamc_code Ask(void* context, Verb verb, mamc_ticket ticket, mamc_str text, mamc_sink sink,
              void* sink_context) {
  LiveTicket live;
  if (mamc_code code = FindFor(context, ticket, live); code != MAMC_OK) return code;
  Answer answer = Request(live, verb, ticket, text);
  if (answer.code >= 0 && sink != nullptr) sink(sink_context, Str(answer.bytes));
  return answer.code;
}

mamc_code MAMC_CALL SideComplete(void* context, mamc_ticket ticket, mamc_code code, mamc_str json) {
  LiveTicket live;
  if (!SideOf(context).TakeCompletion(ticket, live)) return MAMC_E_STALE;
  FrameWriter frame = ServiceFrame(kComplete, 0, ticket);
  frame.Number(Number(code)).Text(View(json));
  live.wall->Dispatch(frame.Take());
  if (code < 0 && json.size == 0) return MAMC_OK;
  return static_cast<mamc_code>(ParseJson(View(json)).status().code());
}

mamc_code MAMC_CALL SideEmit(void* context, mamc_ticket ticket, mamc_str kind, mamc_str json) {
  LiveTicket live;
  if (mamc_code code = FindFor(context, ticket, live); code != MAMC_OK) return code;
  return Request(live, kEmit, ticket, kind, json).code;
}

void MAMC_CALL SideLog(void* context, mamc_ticket ticket, int32_t level, mamc_str text) {
  LiveTicket live;
  SideOf(context).Find(ticket, live);
  if (!live.wall) live.wall = SideOf(context).AnyWall();
  if (ticket == 0) KeepLogLine(View(text));
  if (!live.wall) return;
  FrameWriter frame = ServiceFrame(kLog, 0, ticket);
  frame.Number(static_cast<std::uint32_t>(level)).Text(View(text));
  live.wall->Dispatch(frame.Take());
}

mamc_code MAMC_CALL SideCallChild(void* context, mamc_ticket ticket, mamc_str key, mamc_str service,
                                  mamc_str input) {
  LiveTicket live;
  if (mamc_code code = FindForChildren(context, ticket, live); code != MAMC_OK) return code;
  return Request(live, kChild, ticket, key, service, input).code;
}

mamc_code MAMC_CALL SideCancelChild(void* context, mamc_ticket ticket, mamc_str key) {
  LiveTicket live;
  if (mamc_code code = FindForChildren(context, ticket, live); code != MAMC_OK) return code;
  return Request(live, kCancelChild, ticket, key).code;
}

mamc_code MAMC_CALL SideSecret(void* context, mamc_ticket ticket, mamc_str name, mamc_sink sink,
                               void* sink_context) {
  return Ask(context, kSecret, ticket, name, sink, sink_context);
}
mamc_code MAMC_CALL SideState(void* context, mamc_ticket ticket, mamc_str key, mamc_sink sink,
                              void* sink_context) {
  return Ask(context, kState, ticket, key, sink, sink_context);
}
mamc_code MAMC_CALL SidePut(void* context, mamc_ticket ticket, mamc_str bytes, mamc_sink sink,
                            void* sink_context) {
  return Ask(context, kPutArtifact, ticket, bytes, sink, sink_context);
}
mamc_code MAMC_CALL SideGet(void* context, mamc_ticket ticket, mamc_str handle, mamc_sink sink,
                            void* sink_context) {
  return Ask(context, kGetArtifact, ticket, handle, sink, sink_context);
}
const void* MAMC_CALL SideService(void* context, const char* id) {
  return SideOf(context).services().Find(id);
}

SideHost& SideHost::For(const std::filesystem::path& file) {
  static auto* hosts = new std::map<std::filesystem::path, std::unique_ptr<SideHost>>;
  std::error_code error;
  std::filesystem::path canonical = std::filesystem::weakly_canonical(file, error);
  auto& host = (*hosts)[error ? file : canonical];
  if (!host) host = std::make_unique<SideHost>();
  return *host;
}

SideHost::SideHost() {
  services_.SetContext(this);
  services_.complete.complete = SideComplete;
  services_.complete.emit = SideEmit;
  services_.log.write = SideLog;
  services_.children.call = SideCallChild;
  services_.children.cancel_child = SideCancelChild;
  services_.secret.get = SideSecret;
  services_.state.get = SideState;
  services_.artifact.put = SidePut;
  services_.artifact.get = SideGet;
  host_.struct_size = sizeof host_;
  host_.context = this;
  host_.get_service = SideService;
}

void SideHost::Add(mamc_ticket ticket, LiveTicket live) {
  std::lock_guard lock(mutex_);
  live_[ticket] = std::move(live);
}

void SideHost::Remove(mamc_ticket ticket) {
  std::lock_guard lock(mutex_);
  live_.erase(ticket);
}

bool SideHost::Find(mamc_ticket ticket, LiveTicket& live) {
  std::lock_guard lock(mutex_);
  auto found = live_.find(ticket);
  if (found == live_.end()) return false;
  live = found->second;
  return true;
}

bool SideHost::TakeCompletion(mamc_ticket ticket, LiveTicket& live) {
  std::lock_guard lock(mutex_);
  auto found = live_.find(ticket);
  if (found == live_.end() || std::exchange(found->second.completed, true)) return false;
  live = found->second;
  return true;
}

void SideHost::Join(std::shared_ptr<GlassWall::Impl> wall) {
  std::lock_guard lock(mutex_);
  walls_.push_back(std::move(wall));
}

void SideHost::Leave(const GlassWall::Impl* wall) {
  std::lock_guard lock(mutex_);
  std::erase_if(walls_, [&](const auto& known) { return known.get() == wall; });
  std::erase_if(live_, [&](const auto& entry) { return entry.second.wall.get() == wall; });
}

std::shared_ptr<GlassWall::Impl> SideHost::AnyWall() {
  std::lock_guard lock(mutex_);
  return walls_.empty() ? nullptr : walls_.back();
}

}  // namespace

// ---- GlassWall ----

const mamc_host* GlassWall::HostFor(const std::filesystem::path& file) {
  return SideHost::For(file).table();
}

GlassWall::GlassWall(PluginHost& real_host, const std::filesystem::path& file, std::string name)
    : impl_(std::make_shared<Impl>(real_host, SideHost::For(file), std::move(name))) {
  impl_->pump = std::thread([impl = impl_] { impl->Pump(); });
  impl_->side.Join(impl_);
}

GlassWall::~GlassWall() {
  if (impl_->pump.joinable()) Close();
}

mamc_code GlassWall::Create(const mamc_factory* factory, CallClass declared, const std::string& type,
                            const std::string& settings, const mamc_instance** instance,
                            std::string& last_log_line) {
  auto made = std::make_unique<WallInstance>();
  made->wall = impl_;
  made->declared = declared;
  made->table = {sizeof(mamc_instance), 0, made.get(), Start, ChildDone, Cancel, Release, Destroy};
  // The factory is found by the number of the call: the two sides share the library, no frame holds an
  // address.
  Answer answer = impl_->Call(
      kCreate, [&](FrameWriter& frame) { frame.Text(type).Text(settings); },
      [&](std::uint64_t call) {
        made->id = call;
        impl_->factories[call] = factory;
      });
  last_log_line = answer.bytes;
  if (answer.code >= 0) *instance = &made.release()->table;
  return answer.code;
}

void GlassWall::GiveUp(mamc_ticket ticket) {
  std::lock_guard lock(impl_->mutex);
  if (impl_->running == nullptr || impl_->running->ticket != ticket) return;
  auto rest = impl_->side_executor->WriteOff(impl_->running);
  if (!rest) return;
  impl_->running = nullptr;
  impl_->written_off.push_back(std::exchange(impl_->side_executor, Executor::Start(impl_->name)));
  for (auto& runnable : *rest) impl_->side_executor->Add(std::move(runnable));
}

bool GlassWall::Close() {
  bool clean = impl_->side_executor->Stop(kClosePatience);
  {
    std::unique_lock lock(impl_->mutex);
    clean = impl_->answered.wait_for(lock, clean ? kClosePatience : std::chrono::milliseconds(0), [&] {
      return impl_->own_threads == 0;
    }) && clean;
    for (const auto& executor : impl_->written_off) clean = clean && executor->Ended();
    impl_->closed = true;
    impl_->answered.notify_all();
    for (auto& [call, waiter] : impl_->waiters) waiter->frames.Close();
  }
  impl_->to_pump.Close();
  impl_->pump.join();
  impl_->side.Leave(impl_.get());
  return clean;
}

}  // namespace mamc::plugin
