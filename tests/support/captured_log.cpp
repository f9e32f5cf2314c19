#include "support/captured_log.hpp"

#include <algorithm>

#include "mamc/base/log.hpp"

namespace mamc::test {

CapturedLog::CapturedLog() {
  CaptureLog(
      [](void* self, std::string_view line) {
        auto* log = static_cast<CapturedLog*>(self);
        std::lock_guard lock(log->mutex_);
        log->lines_.emplace_back(line);
      },
      this);
}
CapturedLog::~CapturedLog() {
  CaptureLog(nullptr, nullptr);
}
bool CapturedLog::Has(std::initializer_list<std::string_view> parts) const {
  std::lock_guard lock(mutex_);
  return std::any_of(lines_.begin(), lines_.end(), [&](const std::string& line) {
    return std::all_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return line.find(part) != std::string::npos; });
  });
}
std::string CapturedLog::text() const {
  std::lock_guard lock(mutex_);
  std::string all;
  for (const std::string& line : lines_) all += line + "\n";
  return all;
}

}  // namespace mamc::test
