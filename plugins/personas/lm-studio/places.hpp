// As many questions at a time as a loaded model takes; the rest waits here, first come first served.
//
// Thread rule: used from any thread. Ownership: a place keeps its places alive.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "endpoint.hpp"

namespace lm_studio {

class Places : public std::enable_shared_from_this<Places> {
 public:
  // One question's place; given back at its end.
  class Place {
   public:
    explicit Place(std::shared_ptr<Places> places) : places_(std::move(places)) {}
    Place(Place&&) = default;
    Place& operator=(Place&&) = delete;
    ~Place();
    // Given back after `grace` instead: a server that reads a prompt goes on with it though nobody waits any
    // more.
    void GiveBackAfter(mamc::http::Client& client, Milliseconds grace);

   private:
    std::shared_ptr<Places> places_;
  };

  void SetLimit(std::size_t limit);
  std::size_t limit() const;
  // Who has a place and who waits for one.
  std::size_t load() const;
  // Waits for a place; nothing when `stop` was requested or the deadline passed. `on_waiting` is called when
  // there is none at once, by who is in the queue already; it must not throw.
  std::optional<Place> Take(std::stop_token stop, const Deadline& deadline,
                            const std::function<void()>& on_waiting);

 private:
  void GiveBack();

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::size_t limit_ = 1;              // protected by mutex_
  std::size_t taken_ = 0;              // protected by mutex_
  std::uint64_t last_number_ = 0;      // protected by mutex_
  std::deque<std::uint64_t> waiting_;  // by when they came; protected by mutex_
};

}  // namespace lm_studio
