// Members of JSON that others wrote: what is missing, or of another type, reads as nothing.
#pragma once
#include <mamc/cpp/plugin.hpp>
#include <string>

namespace lm_studio {

using Json = mamc::sdk::Json;

inline Json Member(const Json& object, const char* name) {
  return object.is_object() ? object.value(name, Json()) : Json();
}

inline std::string TextOf(const Json& object, const char* name) {
  const Json member = Member(object, name);
  return member.is_string() ? member.get<std::string>() : "";
}

// 0 for what is no whole number above 0.
inline std::int64_t CountOf(const Json& object, const char* name) {
  const Json member = Member(object, name);
  return member.is_number_integer() ? std::max<std::int64_t>(member.get<std::int64_t>(), 0) : 0;
}

inline std::string Written(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lm_studio
