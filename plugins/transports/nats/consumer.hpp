// One open CONSUME: takes messages of its group as its credit allows, from the one consumer that the server
// has for the group.
//
// What is neither settled nor extended for idle_ms is the server's to give out again; so it is ours no more
// then. Pump thread only.
#pragma once
#include <mamc/transport_input.hpp>
#include <map>
#include <memory>
#include <string>

#include "puller.hpp"

namespace nats_transport {

class Stream;
struct Look;

using mamc::transport_input::ConsumerTerms;

class Consumer : public std::enable_shared_from_this<Consumer> {
 public:
  // A message that is ours now.
  struct Held {
    std::string ack_subject;
    std::uint64_t deliveries = 0;
    std::int64_t ours_until_ms = 0;
    bool lost = false;  // the server lost it with its stream: nobody else can have it
  };

  Consumer(Shared& shared, Stream& stream, mamc_ticket ticket, ConsumerTerms terms);
  ~Consumer();

  mamc_ticket ticket() const { return ticket_; }
  const std::string& group() const { return terms_.group; }
  const std::string& name() const { return terms_.name; }
  bool Holds(MessageId id) const { return held_.contains(id); }
  // Only for what it holds.
  const Held& Get(MessageId id) const { return held_.at(id); }

  // The stream is there, as it looks now.
  void OnLook(const Look& look);
  void End();
  // A message is no longer this consumer's: acknowledged, released, dead or taken over.
  void LetGo(MessageId id);
  // It is ours for another idle_ms, counted from `since_ms`.
  void Renewed(MessageId id, std::int64_t since_ms);

  // Where a message that was delivered again leaves word of it.
  static std::string NoteKey(const Stream& stream, const std::string& group, MessageId id);

 private:
  std::int64_t Spare() const;
  std::int64_t OursForMs() const;
  void Open();
  void Lost();
  void RenewAll();
  void OnMessage(const Message& message, const Delivery& delivery);
  void Deliver(const Entry& entry, std::uint64_t deliveries);
  void Bury(const Entry& entry, const std::string& reason);
  void Advance();
  void Pause();
  void WatchHeld();
  void GiveUpOverdue();

  Shared& shared_;
  Stream& stream_;
  const mamc_ticket ticket_;
  const ConsumerTerms terms_;
  std::map<MessageId, Held> held_;
  bool ended_ = false;
  bool opening_ = false;
  bool open_ = false;
  Pump::TimerId pause_ = 0;
  Pump::TimerId overdue_ = 0;
  Puller puller_;
};

}  // namespace nats_transport
