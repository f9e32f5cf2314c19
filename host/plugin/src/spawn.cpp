#include "mamc/plugin/spawn.hpp"

#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <optional>

#include "mamc/base/json.hpp"
#include "mamc/base/text.hpp"
#include "spawn_process.hpp"

namespace mamc::plugin {
namespace {

constexpr Milliseconds kTermGrace(2000);
// Real time, not the loop's: how long pipes that somebody else still holds are read after the process has
// ended.
constexpr long kDrainNanoseconds = 300'000'000;

// Keeps the first and the last half of what it is allowed to keep.
class Capture {
 public:
  explicit Capture(std::size_t max_bytes) : head_max_(max_bytes - max_bytes / 2), tail_max_(max_bytes / 2) {}

  void Add(std::string_view bytes) {
    total_ += bytes.size();
    std::size_t to_head = std::min(bytes.size(), head_max_ - head_.size());
    head_.append(bytes.substr(0, to_head));
    tail_.append(bytes.substr(to_head));
    if (tail_.size() > 2 * tail_max_ + 4096) tail_.erase(0, tail_.size() - tail_max_);
  }
  bool truncated() const { return total_ > head_max_ + tail_max_; }
  // Valid UTF-8, whatever the process wrote.
  std::string Text() const {
    std::string text = head_;
    if (truncated()) {
      text += "\n[... " + std::to_string(total_ - head_max_ - tail_max_) + " bytes left out ...]\n";
      text += tail_.substr(tail_.size() - std::min(tail_.size(), tail_max_));
    } else {
      text += tail_;
    }
    return IsUtf8(text) ? text : Json::parse(Dump(text)).get<std::string>();
  }

 private:
  std::size_t head_max_, tail_max_;
  std::size_t total_ = 0;
  std::string head_, tail_;
};

}  // namespace

struct Spawner::State {
  struct Stream {
    explicit Stream(std::size_t max_bytes) : capture(max_bytes) {}
    Descriptor fd;
    WatchId watch = 0;
    Capture capture;
  };
  struct Child {
    explicit Child(std::size_t max_bytes) : out(max_bytes), err(max_bytes) {}
    SpawnedProcess process;
    Descriptor drain_timer;
    WatchId exit_watch = 0, drain_watch = 0;
    Stream out, err;
    TimerId timeout = 0, kill = 0;
    Milliseconds started{0};
    std::int64_t timeout_ms = 0;
    bool ends_with_caller = false;
    bool timed_out = false;
    std::optional<ProcessEnd> end;
    std::function<void(Result<Json>)> done;  // empty after Cancel
  };

  explicit State(Loop& its_loop) : loop(its_loop) {}

  Status Begin(SpawnId id, const Json& input, const std::filesystem::path& default_cwd,
               std::function<void(Result<Json>)>& done);
  void Watch(SpawnId id, Stream& stream);
  bool Read(Stream& stream);
  void Close(Stream& stream);
  void Terminate(SpawnId id);
  void OnExit(SpawnId id);
  void Drain(SpawnId id);
  void Finish(SpawnId id);
  void Reap(Child& child);
  static Json Report(const Child& child, Milliseconds duration);

  Loop& loop;
  std::map<SpawnId, std::unique_ptr<Child>> children;
  SpawnId last_id = 0;
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);  // for work that is posted
};

Status Spawner::State::Begin(SpawnId id, const Json& input, const std::filesystem::path& default_cwd,
                             std::function<void(Result<Json>)>& done) {
  auto request = ParseSpawnRequest(input, default_cwd);
  if (!request.ok()) return request.status();
  auto process = StartProcess(*request);
  if (!process.ok()) return process.status();
  auto child = std::make_unique<Child>(request->max_output_bytes);
  child->process = std::move(*process);
  child->out.fd = std::move(child->process.out);
  child->err.fd = std::move(child->process.err);
  child->done = std::move(done);
  child->started = loop.clock().Monotonic();
  child->timeout_ms = request->timeout_ms;
  child->ends_with_caller = request->ends_with_caller;
  child->timeout = loop.After(Milliseconds(request->timeout_ms), [this, id] {
    children[id]->timed_out = true;
    Terminate(id);
  });
  child->exit_watch = loop.WatchReadable(child->process.report.get(), [this, id] { OnExit(id); });
  Watch(id, child->out);
  Watch(id, child->err);
  children.emplace(id, std::move(child));
  return {};
}

void Spawner::State::Watch(SpawnId id, Stream& stream) {
  stream.watch = loop.WatchReadable(stream.fd.get(), [this, id, &stream] {
    if (Read(stream)) return;
    Close(stream);
    Child& child = *children[id];
    if (child.end && !child.out.fd && !child.err.fd) Finish(id);
  });
}

// Reads what is there, within measure, so that one loud process does not hold the loop. False at the end of
// the stream.
bool Spawner::State::Read(Stream& stream) {
  char buffer[65536];
  for (int round = 0; round < 16; ++round) {
    ssize_t n = ::read(stream.fd.get(), buffer, sizeof buffer);
    if (n > 0) stream.capture.Add({buffer, static_cast<std::size_t>(n)});
    if (n == 0) return false;
    if (n < 0 && errno != EINTR) return errno == EAGAIN;
  }
  return true;
}

void Spawner::State::Close(Stream& stream) {
  if (!stream.fd) return;
  loop.Unwatch(stream.watch);
  stream.fd = Descriptor();
}

void Spawner::State::Terminate(SpawnId id) {
  Child& child = *children[id];
  if (child.end || child.kill != 0) return;
  ::kill(-child.process.pid, SIGTERM);
  child.kill = loop.After(kTermGrace, [this, id] { ::kill(-children[id]->process.pid, SIGKILL); });
}

void Spawner::State::OnExit(SpawnId id) {
  Child& child = *children[id];
  child.end = ReadEnd(child.process);
  if (!child.end) return;
  loop.Unwatch(child.exit_watch);
  Drain(id);
}

void Spawner::State::Drain(SpawnId id) {
  Child& child = *children[id];
  if (child.out.fd && !Read(child.out)) Close(child.out);
  if (child.err.fd && !Read(child.err)) Close(child.err);
  if (!child.out.fd && !child.err.fd) return Finish(id);
  child.drain_timer = Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  itimerspec brief{};
  brief.it_value.tv_nsec = kDrainNanoseconds;
  if (!child.drain_timer || ::timerfd_settime(child.drain_timer.get(), 0, &brief, nullptr) != 0)
    return Finish(id);
  child.drain_watch = loop.WatchReadable(child.drain_timer.get(), [this, id] { Finish(id); });
}

void Spawner::State::Finish(SpawnId id) {
  auto child = std::move(children[id]);
  children.erase(id);
  Reap(*child);
  if (!child->done) return;
  auto done = std::move(child->done);
  done(Report(*child, loop.clock().Monotonic() - child->started));
}

void Spawner::State::Reap(Child& child) {
  EndProcess(child.process);
  if (child.out.fd) (void)Read(child.out);
  if (child.err.fd) (void)Read(child.err);
  Close(child.out);
  Close(child.err);
  if (!child.end) loop.Unwatch(child.exit_watch);
  if (child.drain_watch != 0) loop.Unwatch(child.drain_watch);
  loop.Cancel(child.timeout);
  if (child.kill != 0) loop.Cancel(child.kill);
}

Json Spawner::State::Report(const Child& child, Milliseconds duration) {
  bool exited = child.end->code == CLD_EXITED;
  return {{"exit_code", exited ? Json(child.end->status) : Json()},
          {"signal", exited ? Json() : Json(child.end->status)},
          {"stdout", child.out.capture.Text()},
          {"stderr", child.err.capture.Text()},
          {"truncated", child.out.capture.truncated() || child.err.capture.truncated()},
          {"timed_out", child.timed_out},
          {"timeout_ms", child.timeout_ms},
          {"ends_with_caller", child.ends_with_caller},
          {"duration_ms", duration.count()}};
}

// ---- Spawner ----

Spawner::Spawner(Loop& loop) : state_(std::make_unique<State>(loop)) {}

Spawner::~Spawner() {
  *state_->alive = false;
  for (auto& [id, child] : state_->children) state_->Reap(*child);
}

SpawnId Spawner::Start(const Json& input, const std::filesystem::path& default_cwd,
                       std::function<void(Result<Json>)> done) {
  SpawnId id = ++state_->last_id;
  Status status = state_->Begin(id, input, default_cwd, done);
  if (!status.ok())
    state_->loop.Post([alive = state_->alive, done = std::move(done), status] {
      if (*alive) done(status);
    });
  return id;
}

void Spawner::Cancel(SpawnId id) {
  auto child = state_->children.find(id);
  if (child == state_->children.end()) return;
  child->second->done = nullptr;
  state_->Terminate(id);
}

std::size_t Spawner::running() const {
  return state_->children.size();
}

}  // namespace mamc::plugin
