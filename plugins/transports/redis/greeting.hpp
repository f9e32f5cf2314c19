// The first words on every connection: who we are, which database, and what kind of server this is.
#pragma once
#include <hiredis/hiredis.h>

#include <mamc/transport_calls.hpp>
#include <optional>
#include <string>
#include <vector>

#include "address.hpp"

namespace redis_transport {

using mamc::transport_common::Trouble;
using Words = std::vector<std::string>;

struct ServerFacts {
  std::string version;
  std::string maxmemory_policy;
  bool has_maxmemory = false;

  bool AtLeast(int major, int minor) const;
};

class Greeting {
 public:
  // `look`: also ask for version and memory policy, once per reconnection of the main connection.
  Greeting(const Address& address, bool look);

  const std::vector<Words>& commands() const { return commands_; }
  // The answer to the next of the commands.
  std::optional<Trouble> Take(const redisReply& reply);
  bool done() const { return taken_ == commands_.size(); }
  const ServerFacts& facts() const { return facts_; }
  // What an operator should know although the server can be used; empty: nothing.
  const std::string& warning() const { return warning_; }

 private:
  std::optional<Trouble> TakeInfo(const redisReply& reply);
  std::optional<Trouble> Judge();

  const Address& address_;
  std::vector<Words> commands_;
  std::size_t taken_ = 0;
  ServerFacts facts_;
  std::string warning_;
};

// A sentence about an error that the server answered to a command.
Trouble TroubleOf(const Address& address, const std::string& command, std::string_view error);

}  // namespace redis_transport
