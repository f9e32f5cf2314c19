// The verbs of mamc/transport.h over one Redis server.
//
// Pump thread only, except the constructor and the destructor, which run while the pump stands still.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "channels.hpp"
#include "shared.hpp"
#include "stream.hpp"

namespace redis_transport {

class Transport {
 public:
  Transport(Pump& pump, Address address, Options options);

  // `input` may be anything: what is wrong with it fails the call.
  void Start(mamc_ticket ticket, std::uint32_t verb, const Json& input);
  void Cancel(mamc_ticket ticket) { calls_.Cancel(ticket); }

 private:
  using Handle = std::function<void(const redisReply&)>;

  void Dispatch(mamc_ticket ticket, std::uint32_t verb, const Json& input);
  void Publish(mamc_ticket ticket, const Json& input);
  void Read(mamc_ticket ticket, const Json& input);
  void Consume(mamc_ticket ticket, const Json& input);
  void Ack(mamc_ticket ticket, const Json& input);
  void Extend(mamc_ticket ticket, const Json& input);
  void Release(mamc_ticket ticket, const Json& input);
  void Dead(mamc_ticket ticket, const Json& input);
  void Lease(mamc_ticket ticket, const Json& input);
  void Put(mamc_ticket ticket, const Json& input);
  void Get(mamc_ticket ticket, const Json& input);
  void Listen(mamc_ticket ticket, const Json& input);
  void SelfTest(mamc_ticket ticket);

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
  Calls calls_;
  Link commands_;
  Shared shared_;
  std::map<std::string, std::unique_ptr<Stream>> streams_;
  Channels channels_;
};

}  // namespace redis_transport
