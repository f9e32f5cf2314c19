#include "address.hpp"

namespace mamc::git {

namespace {

// "user:password@host:port"; an IPv6 host keeps its brackets.
void ReadAuthority(std::string text, RemoteAddress& address) {
  if (const std::size_t at = text.rfind('@'); at != std::string::npos) {
    address.user = text.substr(0, at);
    text.erase(0, at + 1);
    address.user = address.user.substr(0, address.user.find(':'));
  }
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string::npos && text.find(']', colon) == std::string::npos;
  address.host = text.substr(0, has_port ? colon : std::string::npos);
  if (has_port) address.port = text.substr(colon + 1);
}

}  // namespace

RemoteAddress AddressOf(const std::string& remote) {
  RemoteAddress address;
  if (const std::size_t end = remote.find("://"); end != std::string::npos) {
    address.scheme = remote.substr(0, end);
    const std::size_t begin = end + 3;
    ReadAuthority(remote.substr(begin, remote.find('/', begin) - begin), address);
    return address;
  }
  // A slash before the colon makes it a path; "[host:port]:path" names a port too.
  const std::size_t bracket = remote.find("]:");
  const std::size_t colon = bracket == std::string::npos ? remote.find(':') : bracket + 1;
  if (colon == std::string::npos || colon == 0 || remote.find('/') < colon) return address;
  address.scheme = "ssh";
  std::string authority = remote.substr(0, colon);
  const std::size_t open = authority.find('[');
  if (bracket != std::string::npos && open != std::string::npos &&
      authority.find(':') == authority.rfind(':')) {
    authority.erase(open, 1);
    authority.pop_back();
  }
  ReadAuthority(authority, address);
  return address;
}

}  // namespace mamc::git
