#include "standard_input.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mamc::cli {

Result<std::string> ReadStandardInput(std::size_t max_bytes) {
  std::string text;
  char buffer[65536];
  while (ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer)) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed(std::string("standard input cannot be read: ") + std::strerror(errno));
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > max_bytes)
      return Status(Code::kLimit, "standard input holds more than " + std::to_string(max_bytes) + " bytes");
  }
  return text;
}

}  // namespace mamc::cli
