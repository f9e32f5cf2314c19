#include "mamc/base/json.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace mamc {
namespace {

// Builds a value from what the library's lexer finds, and refuses what the library itself would take: too
// deep nesting, and an object with two members of one name.
class StrictBuilder {
 public:
  StrictBuilder(Json& root, int max_depth) : root_(root), max_depth_(static_cast<std::size_t>(max_depth)) {}

  bool null() { return Put(nullptr); }
  bool boolean(bool value) { return Put(value); }
  bool number_integer(Json::number_integer_t value) { return Put(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return Put(value); }
  bool number_float(Json::number_float_t value, const std::string&) { return Put(value); }
  bool string(std::string& value) { return Put(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return Open(Json::object()); }
  bool end_object() { return Close(); }
  bool start_array(std::size_t) { return Open(Json::array()); }
  bool end_array() { return Close(); }

  bool key(std::string& name) {
    auto [member, added] = open_.back()->get_ref<Json::object_t&>().try_emplace(name);
    member_ = &member->second;
    if (!added) problem = "duplicate key '" + name + "'";
    return added;
  }

  template <class Exception>
  bool parse_error(std::size_t, const std::string&, const Exception& error) {
    problem = error.what();
    // The library's text reads "[json.exception.parse_error.101] parse error at ...: reason".
    if (auto at = problem.find("] "); at != std::string::npos) problem.erase(0, at + 2);
    return false;
  }

  std::string problem;

 private:
  Json& Place(Json value) {
    Json* place = &root_;
    if (!open_.empty() && open_.back()->is_array())
      place = &open_.back()->get_ref<Json::array_t&>().emplace_back();
    else if (!open_.empty())
      place = member_;
    *place = std::move(value);
    return *place;
  }
  bool Put(Json value) {
    Place(std::move(value));
    return true;
  }
  bool Open(Json container) {
    open_.push_back(&Place(std::move(container)));
    if (open_.size() <= max_depth_) return true;
    problem = "nested deeper than " + std::to_string(max_depth_) + " levels";
    return false;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }

  Json& root_;
  const std::size_t max_depth_;
  std::vector<Json*> open_;  // containers, the innermost last; only the last one grows, so none of them moves
  Json* member_ = nullptr;   // where the value behind the last key goes
};

// 2.0 is 2; to convert what lies outside the range would be undefined.
std::optional<std::int64_t> WholeInt(double value) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (!(value >= -kLimit && value < kLimit) || std::trunc(value) != value) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace

Result<Json> ParseJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes)
    return Status(Code::kLimit, "JSON text of " + std::to_string(text.size()) +
                                    " bytes exceeds the limit of " + std::to_string(limits.max_bytes));
  Json value;
  StrictBuilder builder(value, limits.max_depth);
  if (!Json::sax_parse(text.begin(), text.end(), &builder))
    return Invalid("not valid JSON: " + builder.problem);
  return value;
}

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json& GetMember(const Json& object, std::string_view key) {
  static const Json null;
  if (!object.is_object()) return null;
  auto it = object.find(key);
  return it == object.end() ? null : *it;
}

std::string GetString(const Json& object, std::string_view key, std::string fallback) {
  const Json& member = GetMember(object, key);
  return member.is_string() ? member.get<std::string>() : std::move(fallback);
}

std::int64_t GetInt(const Json& object, std::string_view key, std::int64_t fallback) {
  const Json& member = GetMember(object, key);
  if (member.is_number_float()) return WholeInt(member.get<double>()).value_or(fallback);
  if (!member.is_number_integer()) return fallback;
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (member.is_number_unsigned() && member.get<std::uint64_t>() > kMax) return fallback;
  return member.get<std::int64_t>();
}

bool GetBool(const Json& object, std::string_view key, bool fallback) {
  const Json& member = GetMember(object, key);
  return member.is_boolean() ? member.get<bool>() : fallback;
}

}  // namespace mamc
