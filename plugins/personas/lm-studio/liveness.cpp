#include "liveness.hpp"

#include <mutex>

namespace lm_studio {
namespace {

// Once may be a full queue of connections.
constexpr int kMissesOfGone = 2;

}  // namespace

// Kept by what the client's worker still has to do; used from its thread and from the caller's.
struct Liveness::State final : mamc::http::Handler, std::enable_shared_from_this<State> {
  State(mamc::http::Client& its_client, mamc::http::Request its_probe, mamc::http::Milliseconds its_interval)
      : client(its_client), probe(std::move(its_probe)), interval(its_interval) {}

  void Wait() {
    client.After(interval, [self = shared_from_this()] { self->Look(); });
  }

  void Look() {
    {
      const std::lock_guard lock(mutex);
      if (over) return;
      if (std::exchange(heard, false)) return Wait();
    }
    client.Start(probe, shared_from_this());
  }

  void OnBody(std::string_view) override {}
  void OnEnd(const mamc::http::End& end) override {
    bool is_gone = false;
    {
      const std::lock_guard lock(mutex);
      if (over) return;
      misses = end.problem == mamc::http::Problem::kUnreachable && !heard ? misses + 1 : 0;
      is_gone = misses >= kMissesOfGone;
      if (is_gone) gone = end.message;
    }
    if (is_gone)
      stop.request_stop();
    else
      Wait();
  }

  mamc::http::Client& client;
  const mamc::http::Request probe;
  const mamc::http::Milliseconds interval;
  std::stop_source stop;
  mutable std::mutex mutex;
  bool over = false;   // protected by mutex
  bool heard = false;  // since it was looked at last; protected by mutex
  int misses = 0;      // in a row; protected by mutex
  std::string gone;    // protected by mutex
};

Liveness::Liveness(mamc::http::Client& client, mamc::http::Request probe, mamc::http::Milliseconds interval,
                   std::stop_token stop)
    : state_(std::make_shared<State>(client, std::move(probe), interval)),
      forward_(std::move(stop), [state = state_] { state->stop.request_stop(); }) {
  state_->Wait();
}

Liveness::~Liveness() {
  const std::lock_guard lock(state_->mutex);
  state_->over = true;
}

void Liveness::Tell() {
  const std::lock_guard lock(state_->mutex);
  state_->heard = true;
}

std::stop_token Liveness::token() const {
  return state_->stop.get_token();
}

std::string Liveness::gone() const {
  const std::lock_guard lock(state_->mutex);
  return state_->gone;
}

}  // namespace lm_studio
