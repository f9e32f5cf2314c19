#include "mamc/base/json.hpp"

#include <set>
#include <vector>

namespace mamc {
namespace {

// Watches a parse for what the library itself allows: depth and duplicate keys.
class StrictBuilder : public nlohmann::detail::json_sax_dom_parser<Json> {
  using Base = nlohmann::detail::json_sax_dom_parser<Json>;

 public:
  StrictBuilder(Json& value, int max_depth) : Base(value, false), max_depth_(max_depth) {}

  bool start_object(std::size_t size) {
    keys_.emplace_back();
    return Enter() && Base::start_object(size);
  }
  bool end_object() {
    keys_.pop_back();
    --depth_;
    return Base::end_object();
  }
  bool start_array(std::size_t size) { return Enter() && Base::start_array(size); }
  bool end_array() {
    --depth_;
    return Base::end_array();
  }
  bool key(string_t& name) {
    if (!keys_.back().insert(name).second) {
      problem = "duplicate key '" + name + "'";
      return false;
    }
    return Base::key(name);
  }
  template <class Exception>
  bool parse_error(std::size_t position, const std::string&, const Exception& error) {
    std::string text = error.what();
    // The library's text reads "[json.exception.parse_error.101] parse error at ...: reason".
    if (auto at = text.find("] "); at != std::string::npos) text.erase(0, at + 2);
    problem = text;
    offset = position;
    return false;
  }

  std::string problem;
  std::size_t offset = 0;

 private:
  bool Enter() {
    if (++depth_ <= max_depth_) return true;
    problem = "nested deeper than " + std::to_string(max_depth_) + " levels";
    return false;
  }

  int max_depth_;
  int depth_ = 0;
  std::vector<std::set<std::string>> keys_;
};

}  // namespace

Result<Json> ParseJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes)
    return Status(Code::kLimit, "JSON text of " + std::to_string(text.size()) + " bytes exceeds the limit of " +
                                    std::to_string(limits.max_bytes));
  Json value;
  StrictBuilder builder(value, limits.max_depth);
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) return Invalid("not valid JSON: " + builder.problem);
  return value;
}

std::string Dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

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
  return member.is_number() ? member.get<std::int64_t>() : fallback;
}

bool GetBool(const Json& object, std::string_view key, bool fallback) {
  const Json& member = GetMember(object, key);
  return member.is_boolean() ? member.get<bool>() : fallback;
}

}  // namespace mamc
