// One open CONSUME: takes messages of its group as its credit allows, and claims what others, or this process
// before a crash, left unfinished.
//
// One command is under way at a time, so that the credit is exact. Pump thread only.
#pragma once
#include <mamc/transport_input.hpp>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "reply.hpp"
#include "shared.hpp"

namespace redis_transport {

class Stream;

using mamc::transport_input::ConsumerTerms;

class Consumer : public std::enable_shared_from_this<Consumer> {
 public:
  Consumer(Shared& shared, Stream& stream, mamc_ticket ticket, ConsumerTerms terms);
  ~Consumer();

  mamc_ticket ticket() const { return ticket_; }
  const std::string& group() const { return terms_.group; }
  std::int64_t idle_ms() const { return terms_.idle_ms; }
  bool Holds(StreamId id) const { return held_.contains(id); }
  bool HasSpare() const { return Spare() > 0; }

  void Begin();
  void End();
  // There may be new messages.
  void Wake();
  // There may be something to claim.
  void ClaimSoon();
  // The connection is there again.
  void Restore();
  // A message is no longer this consumer's: acknowledged, released, dead or taken over.
  void LetGo(StreamId id);

 private:
  struct Stale {
    StreamId id;
    std::int64_t deliveries;
  };

  std::int64_t Spare() const { return terms_.credit - static_cast<std::int64_t>(held_.size()); }
  // Sends what is to be done next, if anything is.
  void Advance();
  void MakeGroup();
  void Read();
  void OnRead(const Answer& answer, std::int64_t asked);
  void GiveBack(const std::vector<Entry>& entries);
  void LookForStale(StreamId from);
  void OnStale(const Answer& answer);
  void Claim(const std::vector<Stale>& stale);
  void Hold(const std::vector<Entry>& entries);
  bool Deliver(const Entry& entry, std::int64_t delivery);
  void Bury(StreamId id, const std::string& reason);
  // What every answer goes through first. False: it failed, and that was seen to.
  bool Good(const Answer& answer);
  void PauseFor(std::int64_t ms);
  void ScheduleClaims();
  template <class Handle>
  void Send(const Words& words, Handle handle);

  Shared& shared_;
  Stream& stream_;
  const mamc_ticket ticket_;
  const ConsumerTerms terms_;
  std::set<StreamId> held_;
  bool ended_ = false;
  bool has_group_ = false;
  bool busy_ = false;
  bool wants_ = true;
  bool claims_ = true;
  int failures_ = 0;
  Pump::TimerId pause_ = 0;
  Pump::TimerId claim_timer_ = 0;
};

}  // namespace redis_transport
