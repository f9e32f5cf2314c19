// NOTIFY and LISTEN: plain subjects, which keep nothing.
//
// Pump thread only.
#pragma once
#include <map>
#include <string>

#include "shared.hpp"

namespace nats_transport {

class Channels {
 public:
  explicit Channels(Shared& shared) : shared_(shared) {}

  std::string Subject(const std::string& channel) const;
  void Listen(mamc_ticket ticket, const std::string& channel);
  void Leave(mamc_ticket ticket);
  // Ends the call.
  void Notify(mamc_ticket ticket, const std::string& channel, const std::string& text);
  void FailAll(const Trouble& trouble);
  void OnNotPermitted(SubscriptionId id, const Trouble& trouble);

 private:
  Shared& shared_;
  std::map<mamc_ticket, SubscriptionId> listeners_;
};

}  // namespace nats_transport
