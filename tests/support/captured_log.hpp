// What the program logs, for a test to look at.
#pragma once
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mamc::test {

// The lines that the host logs while it lives.
class CapturedLog {
 public:
  CapturedLog();
  ~CapturedLog();
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  // A line with all of these parts.
  bool Has(std::initializer_list<std::string_view> parts) const;
  std::string text() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;  // protected by mutex_
};

}  // namespace mamc::test
