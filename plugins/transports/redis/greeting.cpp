#include "greeting.hpp"

#include <charconv>

#include "reply.hpp"

namespace redis_transport {
namespace {

constexpr int kOldestMajor = 5;  // the first with streams

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}
bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string InfoLine(std::string_view info, std::string_view name) {
  const std::string start = std::string(name) + ":";
  for (std::size_t at = 0; at < info.size();) {
    const std::size_t end = std::min(info.find("\r\n", at), info.size());
    const std::string_view line = info.substr(at, end - at);
    if (StartsWith(line, start)) return std::string(line.substr(start.size()));
    at = end + 2;
  }
  return {};
}

mamc_code CodeOf(std::string_view error) {
  for (const char* word : {"NOPERM", "NOAUTH", "WRONGPASS"})
    if (StartsWith(error, word)) return MAMC_E_PERMISSION;
  // Servers before 6 say it in other words, scripts in theirs.
  for (const char* part : {"invalid password", "without any password", "can't run this command",
                           "No permissions to access", "has no permissions"})
    if (Contains(error, part)) return MAMC_E_PERMISSION;
  for (const char* word : {"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "BUSY ", "MISCONF", "OOM",
                           "NOREPLICAS", "ERR max number of clients"})
    if (StartsWith(error, word)) return MAMC_E_UNAVAILABLE;
  if (StartsWith(error, "NOGROUP")) return MAMC_E_NOT_FOUND;
  if (StartsWith(error, "WRONGTYPE")) return MAMC_E_CONFLICT;
  return MAMC_E_FAILED;
}

std::string AdviceFor(std::string_view error, mamc_code code) {
  if (StartsWith(error, "NOAUTH") || StartsWith(error, "WRONGPASS") || Contains(error, "password"))
    return "; the login is in REDIS_URL, or transports.redis.user (REDIS_USERNAME) and REDIS_PASSWORD";
  if (code == MAMC_E_PERMISSION)
    return "; give that permission to the user of REDIS_URL or transports.redis.user (REDIS_USERNAME), or "
           "name another user there";
  if (StartsWith(error, "WRONGTYPE"))
    return "; somebody else uses that key: set transports.redis.prefix or transports.redis.database";
  if (Contains(error, "DB index")) return "; the number comes from transports.redis.database or REDIS_URL";
  return "";
}

}  // namespace

bool ServerFacts::AtLeast(int major, int minor) const {
  int has_major = 0, has_minor = 0;
  const char* end = version.data() + version.size();
  const auto [dot, error] = std::from_chars(version.data(), end, has_major);
  if (error == std::errc() && dot != end) std::from_chars(dot + 1, end, has_minor);
  return has_major > major || (has_major == major && has_minor >= minor);
}

Greeting::Greeting(const Address& address, bool look) : address_(address) {
  if (!address.user.empty()) {
    commands_.push_back({"AUTH", address.user, address.password});
  } else if (!address.password.empty()) {
    commands_.push_back({"AUTH", address.password});
  }
  if (address.database != 0) commands_.push_back({"SELECT", std::to_string(address.database)});
  if (look) {
    commands_.push_back({"INFO", "server"});
    commands_.push_back({"INFO", "memory"});
  } else {
    commands_.push_back({"PING"});
  }
}

std::optional<Trouble> Greeting::Take(const redisReply& reply) {
  const Words& command = commands_[taken_++];
  if (command[0] == "INFO") return TakeInfo(reply);
  if (reply.type != REDIS_REPLY_ERROR) return std::nullopt;
  const std::string_view error = TextOf(&reply);
  if (command[0] == "PING" && StartsWith(error, "NOPERM")) return std::nullopt;  // it answers: that will do
  return TroubleOf(address_, command[0], error);
}

std::optional<Trouble> Greeting::TakeInfo(const redisReply& reply) {
  const std::string_view text = TextOf(&reply);
  if (reply.type == REDIS_REPLY_ERROR) {
    if (!StartsWith(text, "NOPERM")) return TroubleOf(address_, "INFO", text);
    warning_ = "Redis at " + address_.Text() +
               " does not let this user run INFO: neither its version nor its maxmemory-policy is checked.";
    return std::nullopt;
  }
  if (facts_.version.empty()) facts_.version = InfoLine(text, "redis_version");
  if (facts_.maxmemory_policy.empty()) facts_.maxmemory_policy = InfoLine(text, "maxmemory_policy");
  const std::string maxmemory = InfoLine(text, "maxmemory");
  if (!maxmemory.empty()) facts_.has_maxmemory = maxmemory != "0";
  return done() ? Judge() : std::nullopt;
}

std::optional<Trouble> Greeting::Judge() {
  const std::string server = "Redis at " + address_.Text();
  if (!facts_.version.empty() && !facts_.AtLeast(kOldestMajor, 0)) {
    return Trouble{MAMC_E_UNSUPPORTED, server + " has version " + facts_.version +
                                           "; the transport needs 5.0 or newer, the first with streams."};
  }
  const std::string& policy = facts_.maxmemory_policy;
  if (policy.empty() || policy == "noeviction") return std::nullopt;
  const std::string says = server + " has maxmemory-policy " + policy;
  if (facts_.has_maxmemory && StartsWith(policy, "allkeys")) {
    return Trouble{
        MAMC_E_UNSUPPORTED,
        says +
            " and a maxmemory: it throws whole streams away when it is full. Set its maxmemory-policy to "
            "noeviction."};
  }
  warning_ = says +
             (facts_.has_maxmemory ? ": leases and values may vanish when it is full"
                                   : ", which takes effect once it gets a maxmemory") +
             "; noeviction is what messages need.";
  return std::nullopt;
}

Trouble TroubleOf(const Address& address, const std::string& command, std::string_view error) {
  const mamc_code code = CodeOf(error);
  return {code, "Redis at " + address.Text() + " refuses " + command + ": " + std::string(error) +
                    AdviceFor(error, code)};
}

}  // namespace redis_transport
