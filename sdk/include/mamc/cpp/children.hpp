// What a child call came to, how a call fails, and the coroutines that wait for children.
#pragma once
#include <mamc/abi.h>

#include <coroutine>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mamc::sdk {

using Json = nlohmann::json;

// Thrown by a type: its call fails with this code, message and details. Anything else that it throws becomes
// MAMC_E_INTERNAL with the exception's text.
class Failure : public std::runtime_error {
 public:
  Failure(mamc_code code, std::string message, Json details = nullptr)
      : std::runtime_error(std::move(message)), code_(code), details_(std::move(details)) {}

  mamc_code code() const { return code_; }
  std::string message() const { return what(); }
  const Json& details() const { return details_; }

 private:
  mamc_code code_;
  Json details_;
};

// The end of a child call: its result, or {"message": sentence, ...} when `code` is negative.
struct ChildResult {
  mamc_code code = MAMC_OK;
  Json json;

  bool ok() const { return code >= 0; }
  std::string message() const {
    if (json.is_object()) {
      const auto text = json.find("message");
      if (text != json.end() && text->is_string()) return text->get<std::string>();
    }
    return "the call failed with code " + std::to_string(code) + " and no message";
  }
  // What the child said beside its message; null when it said nothing more.
  Json details() const {
    if (!json.is_object()) return nullptr;
    if (const auto found = json.find("details"); found != json.end()) return *found;
    Json rest = json;
    rest.erase("message");
    return rest.empty() ? Json() : rest;
  }
};

class Context;

namespace detail {

// A suspended coroutine. Lives in that coroutine's frame.
struct Waiter {
  std::coroutine_handle<> handle;
  Waiter* next_ready = nullptr;
  bool ready = false;  // stands in the context's list of those to resume
};

// A child call that was started and whose end was not yet taken.
struct OpenChild {
  std::optional<ChildResult> result;
  Waiter* waiter = nullptr;
  std::uint64_t arrival = 0;  // order of its end among the others; 0: not ended
};

using OpenChildren = std::map<std::string, OpenChild, std::less<>>;

}  // namespace detail
}  // namespace mamc::sdk
