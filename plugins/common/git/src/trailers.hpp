// The last lines of a commit's message, by which runs know each other's commits.
#pragma once
#include <string>

namespace mamc::git {

// "Run: w12ab" -> "w12ab"; empty when the message has no such line. Ours stand last.
inline std::string Trailer(const std::string& message, const std::string& key) {
  const std::string begin = "\n" + key + ": ";
  const std::size_t at = message.rfind(begin);
  if (at == std::string::npos) return {};
  const std::size_t value = at + begin.size();
  return message.substr(value, message.find('\n', value) - value);
}

}  // namespace mamc::git
