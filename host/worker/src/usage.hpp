// What several questions cost together.
#pragma once
#include "mamc/base/json.hpp"

namespace mamc::worker {

// Adds what one question cost to object[`usage`]: counts are added, of anything else the latest counts.
inline void AddUsage(Json& object, const Json& usage) {
  if (!usage.is_object() || usage.empty()) return;
  Json& sum = object["usage"];
  for (const auto& [name, count] : usage.items())
    sum[name] = count.is_number_integer() ? Json(GetInt(sum, name) + count.get<std::int64_t>()) : count;
}

}  // namespace mamc::worker
