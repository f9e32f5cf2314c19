// mamc_str and C++ text, both ways: nothing is copied, the text belongs to whoever had it before.
#pragma once
#include <string_view>

#include "mamc/plugin.h"

namespace mamc::plugin {

inline mamc_str Str(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view View(mamc_str text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

}  // namespace mamc::plugin
