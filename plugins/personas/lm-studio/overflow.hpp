// A prompt that does not fit, in the words of each kind of server.
#pragma once
#include <optional>

#include "json_fields.hpp"

namespace lm_studio {

struct Overflow {
  std::int64_t need_tokens = 0;  // 0: it did not say
  std::int64_t have_tokens = 0;
};

// No value: `body`, and `words`, its message, are about something else.
std::optional<Overflow> FindOverflow(const Json& body, const std::string& words);

}  // namespace lm_studio
