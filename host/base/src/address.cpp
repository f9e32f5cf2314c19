#include "mamc/base/address.hpp"

#include <algorithm>
#include <iterator>

namespace mamc {

std::string_view LoginOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view authority = url.substr(scheme + 3);
  authority = authority.substr(0, authority.find('/'));
  const std::size_t at = authority.rfind('@');
  return at == std::string_view::npos ? std::string_view() : authority.substr(0, at);
}

bool HoldsPassword(std::string_view url) {
  const std::string_view login = LoginOf(url);
  return login.find(':') != std::string_view::npos ||
         std::any_of(std::begin(kTokenBeginnings), std::end(kTokenBeginnings),
                     [&](std::string_view beginning) { return login.starts_with(beginning); });
}

std::string ShownAddress(std::string url) {
  if (!HoldsPassword(url)) return url;
  const std::string_view login = LoginOf(url);
  return url.replace(static_cast<std::size_t>(login.data() - url.data()), login.size(), "***");
}

}  // namespace mamc
