#include "places.hpp"

#include <algorithm>

namespace lm_studio {

Places::Place::~Place() {
  if (places_) places_->GiveBack();
}

void Places::Place::GiveBackAfter(mamc::http::Client& client, Milliseconds grace) {
  client.After(grace, [places = std::move(places_)] { places->GiveBack(); });
}

void Places::SetLimit(std::size_t limit) {
  {
    const std::lock_guard lock(mutex_);
    limit_ = std::max<std::size_t>(limit, 1);
  }
  changed_.notify_all();
}

std::size_t Places::limit() const {
  const std::lock_guard lock(mutex_);
  return limit_;
}

std::size_t Places::load() const {
  const std::lock_guard lock(mutex_);
  return taken_ + waiting_.size();
}

std::optional<Places::Place> Places::Take(std::stop_token stop, const Deadline& deadline,
                                          const std::function<void()>& on_waiting) {
  std::unique_lock lock(mutex_);
  const std::uint64_t number = ++last_number_;
  waiting_.push_back(number);
  const auto has_place = [&] { return taken_ < limit_ && waiting_.front() == number; };
  if (!has_place()) {
    lock.unlock();
    on_waiting();  // in the queue by now: whoever comes after what it says is behind
    lock.lock();
  }
  const Clock::time_point latest = deadline ? deadline->at : Clock::now() + std::chrono::hours(24 * 365);
  const bool got = changed_.wait_until(lock, stop, latest, has_place) && !stop.stop_requested();
  std::erase(waiting_, number);
  if (got) ++taken_;
  lock.unlock();
  changed_.notify_all();  // who is next may go on, with a place that is left or after one who gave up
  if (!got) return std::nullopt;
  return Place(shared_from_this());
}

void Places::GiveBack() {
  {
    const std::lock_guard lock(mutex_);
    --taken_;
  }
  changed_.notify_all();
}

}  // namespace lm_studio
