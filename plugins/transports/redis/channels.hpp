// NOTIFY and LISTEN: one subscribing connection for all channels that somebody here listens to.
//
// Pump thread only.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shared.hpp"

namespace redis_transport {

class Channels {
 public:
  explicit Channels(Shared& shared) : shared_(shared) {}

  void Listen(mamc_ticket ticket, const std::string& channel);
  void Leave(mamc_ticket ticket, const std::string& channel);
  // Ends the call.
  void Notify(mamc_ticket ticket, const std::string& channel, const std::string& text);

 private:
  std::string Key(const std::string& channel) const;
  void SubscribeAll();
  void OnPush(const redisReply& reply);
  void FailAll(const Trouble& trouble);

  Shared& shared_;
  std::unique_ptr<Link> link_;
  std::map<std::string, std::vector<mamc_ticket>> listeners_;  // by key
};

}  // namespace redis_transport
