#include "mamc/transport_patience.hpp"

#include <algorithm>
#include <chrono>
#include <random>

namespace mamc::transport_common {
namespace {

constexpr std::int64_t kFirstPauseMs = 50;
constexpr std::int64_t kLongestPauseMs = 5'000;

}  // namespace

std::int64_t PauseMs(int failures) {
  thread_local std::minstd_rand random(std::random_device{}());
  const std::int64_t pause_ms = std::min(kFirstPauseMs << std::min(failures, 10), kLongestPauseMs);
  return pause_ms / 2 + static_cast<std::int64_t>(random() % (pause_ms / 2 + 1));
}

std::int64_t UnixMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace mamc::transport_common
