// The name of the JSON type without its weight, for headers that only pass it by reference.
#pragma once
#include <nlohmann/json_fwd.hpp>

namespace mamc {
using Json = nlohmann::json;
}
