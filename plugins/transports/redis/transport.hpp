// The verbs of mamc/transport.h over one Redis server.
//
// Pump thread only, except the constructor and the destructor, which run while the pump stands still.
#pragma once
#include <mamc/transport_verbs.hpp>
#include <map>
#include <memory>
#include <string>

#include "channels.hpp"
#include "shared.hpp"
#include "stream.hpp"

namespace redis_transport {

class Transport final : public mamc::transport_common::Verbs {
 public:
  Transport(Pump& pump, Address address, Options options);

 private:
  using Handle = std::function<void(const redisReply&)>;

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

  // Runs a command for a call: `handle` ends the call with the answer.
  void Do(mamc_ticket ticket, const Words& words, Handle handle);
  void LetGo(const Json& input);
  void DelayRelease(const std::string& stream, const std::string& group, StreamId id, std::int64_t due_ms,
                    std::int64_t renew_ms);
  void Restore();
  void FailAll(const Trouble& trouble);
  Stream& StreamOf(const Json& input);
  std::string StreamKey(const Json& input);
  std::string Key(const char* kind, const std::string& name) const;

  const Address address_;
  const Options options_;
  Link commands_;
  Shared shared_;
  std::map<std::string, std::unique_ptr<Stream>> streams_;
  Channels channels_;
};

}  // namespace redis_transport
