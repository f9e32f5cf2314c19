#include "mamc/base/clock.hpp"

namespace mamc {
namespace {

class RealClock final : public Clock {
 public:
  std::int64_t UnixMs() const override {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  Milliseconds Monotonic() const override {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

}  // namespace

const Clock& SystemClock() {
  static const RealClock clock;
  return clock;
}

}  // namespace mamc
