// The verbs of mamc/transport.h over one NATS server or cluster with JetStream.
//
// Pump thread only, except the constructor and the destructor, which run while the pump stands still.
#pragma once
#include <mamc/transport_verbs.hpp>
#include <map>
#include <memory>
#include <string>

#include "channels.hpp"
#include "shared.hpp"
#include "store.hpp"
#include "stream.hpp"

namespace nats_transport {

class Transport final : public mamc::transport_common::Verbs {
 public:
  Transport(Pump& pump, Address address, Options options);
  ~Transport() override;

 private:
  void Publish(mamc_ticket ticket, const Json& input) override;
  void Read(mamc_ticket ticket, const Json& input) override;
  void Consume(mamc_ticket ticket, const Json& input) override;
  void Ack(mamc_ticket ticket, const Json& input) override;
  void Extend(mamc_ticket ticket, const Json& input) override;
  void Release(mamc_ticket ticket, const Json& input) override;
  void Dead(mamc_ticket ticket, const Json& input) override;
  void DeadList(mamc_ticket ticket, const Json& input) override;
  void DeadReplay(mamc_ticket ticket, const Json& input) override;
  void DeadDrop(mamc_ticket ticket, const Json& input) override;
  void Lease(mamc_ticket ticket, const Json& input) override;
  void Put(mamc_ticket ticket, const Json& input) override;
  void Get(mamc_ticket ticket, const Json& input) override;
  void Notify(mamc_ticket ticket, const Json& input) override;
  void Listen(mamc_ticket ticket, const Json& input) override;
  void SelfTest(mamc_ticket ticket, const Json& input) override;

  using OnPublished = std::function<void(const std::string& id)>;
  struct Claim {
    std::string name;
    std::string owner;
    std::int64_t ttl_ms;
  };

  // `name` tells a message that is sent twice from two messages. Fails the call, or goes on.
  void PublishTo(mamc_ticket ticket, Stream& stream, const Json& fields, const std::string& name,
                 OnPublished done);
  void TryPublish(mamc_ticket ticket, Stream& stream, const Question& question, std::int64_t ms, int tries,
                  OnPublished done);
  // Acknowledges what nobody here holds, if it is still the message that the id says.
  void AckUnheld(mamc_ticket ticket, Stream& stream, const std::string& group, MessageId id);
  // What the stream has at the message's place, which may be another by now; NotThere.
  void AskFor(Stream& stream, MessageId id, Link::OnAnswer on_answer);
  void CheckNote(mamc_ticket ticket, Stream& stream, const std::string& group, MessageId id,
                 std::uint64_t deliveries, std::int64_t since_ms);
  void TryLease(mamc_ticket ticket, const Claim& claim, int tries);
  void FailAll(const Trouble& trouble);
  void Restore();
  void TidyStore();
  Stream& StreamOf(const Json& input);

  const Address address_;
  const Options options_;
  const std::string name_;  // of this process, among all that publish
  std::uint64_t published_ = 0;
  Link link_;
  Shared shared_;
  Store store_;
  std::map<std::string, std::unique_ptr<Stream>> streams_;
  Channels channels_;
  Pump::TimerId tidy_ = 0;
};

}  // namespace nats_transport
