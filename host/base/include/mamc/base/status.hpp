// Status and Result<T>: errors are values with a sentence for the operator. The codes are those of the plugin ABI, so that an
// error crosses the border unchanged.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace mamc {

enum class Code : std::int32_t {
  kOk = 0,
  kFailed = -1,
  kInvalid = -2,
  kNotFound = -3,
  kConflict = -4,
  kPermission = -5,
  kUnavailable = -6,
  kTimeout = -7,
  kCancelled = -8,
  kLimit = -9,
  kStale = -10,
  kClass = -11,
  kUnsupported = -12,
  kInternal = -13,
};

// "invalid", "not found", ...
std::string_view CodeName(Code code);
// True for what may be tried again without changing anything: unavailable and timeout.
constexpr bool IsRetryable(Code code) { return code == Code::kUnavailable || code == Code::kTimeout; }

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  // The same error with the words of the layer above in front: "read plan.yml: no such file".
  Status Within(std::string_view context) const;

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

inline Status Invalid(std::string message) { return {Code::kInvalid, std::move(message)}; }
inline Status NotFound(std::string message) { return {Code::kNotFound, std::move(message)}; }
inline Status Failed(std::string message) { return {Code::kFailed, std::move(message)}; }
inline Status Unavailable(std::string message) { return {Code::kUnavailable, std::move(message)}; }
inline Status Internal(std::string message) { return {Code::kInternal, std::move(message)}; }

// A value or the reason why there is none. REQUIRES: ok() before value().
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  Result(Status status) : content_(std::in_place_index<1>, std::move(status)) {}

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<0>(content_); }
  const T& value() const { return std::get<0>(content_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  // OK when there is a value.
  Status status() const { return ok() ? Status() : std::get<1>(content_); }

 private:
  std::variant<T, Status> content_;
};

}  // namespace mamc
