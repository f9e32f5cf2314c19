#include "breaker.hpp"

#include <algorithm>

namespace lm_studio {
namespace {

// Each failed try doubles the pause, up to this many times the first.
constexpr int kLongestPauses = 8;

}  // namespace

bool Breaker::IsOpen() const {
  const std::lock_guard lock(mutex_);
  return failures_ >= limits_.failures && (trying_ || Clock::now() < open_until_);
}

Milliseconds Breaker::Enter() {
  const std::lock_guard lock(mutex_);
  if (failures_ < limits_.failures) return Milliseconds(0);
  const Clock::time_point now = Clock::now();
  if (now < open_until_) return std::chrono::ceil<Milliseconds>(open_until_ - now);
  if (trying_) return limits_.pause;
  trying_ = true;
  return Milliseconds(0);
}

void Breaker::TellSuccess() {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
  trying_ = false;
}

bool Breaker::TellFailure() {
  const std::lock_guard lock(mutex_);
  ++failures_;
  trying_ = false;
  if (failures_ < limits_.failures) return false;
  const int doublings = std::min(failures_ - limits_.failures, 8);
  open_until_ = Clock::now() + limits_.pause * std::min(1 << doublings, kLongestPauses);
  return true;
}

void Breaker::TellNothing() {
  const std::lock_guard lock(mutex_);
  trying_ = false;
}

}  // namespace lm_studio
