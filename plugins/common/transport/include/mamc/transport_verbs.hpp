// The verbs of mamc/transport.h, as a transport with a server carries them out: on the one thread of its
// pump.
#pragma once
#include <mamc/transport.h>

#include <coroutine>
#include <functional>
#include <mamc/cpp/plugin.hpp>
#include <memory>
#include <stop_token>
#include <string>

#include "mamc/transport_calls.hpp"
#include "mamc/transport_pump.hpp"

namespace mamc::transport_common {

// Pump thread only, except the constructor and the destructor, which run while the pump stands still. Each
// verb ends its call through `calls_`, now or later; what it throws fails the call.
class Verbs {
 public:
  explicit Verbs(std::string id) : id_(std::move(id)) {}
  virtual ~Verbs() = default;
  Verbs(const Verbs&) = delete;
  Verbs& operator=(const Verbs&) = delete;

  // `input` may be anything: what is wrong with it fails the call.
  void Start(mamc_ticket ticket, std::uint32_t verb, const Json& input);
  void Cancel(mamc_ticket ticket) { calls_.Cancel(ticket); }

 protected:
  virtual void Publish(mamc_ticket ticket, const Json& input) = 0;
  virtual void Read(mamc_ticket ticket, const Json& input) = 0;
  virtual void Consume(mamc_ticket ticket, const Json& input) = 0;
  virtual void Ack(mamc_ticket ticket, const Json& input) = 0;
  virtual void Extend(mamc_ticket ticket, const Json& input) = 0;
  virtual void Release(mamc_ticket ticket, const Json& input) = 0;
  virtual void Dead(mamc_ticket ticket, const Json& input) = 0;
  virtual void DeadList(mamc_ticket ticket, const Json& input) = 0;
  virtual void DeadReplay(mamc_ticket ticket, const Json& input) = 0;
  virtual void DeadDrop(mamc_ticket ticket, const Json& input) = 0;
  virtual void Lease(mamc_ticket ticket, const Json& input) = 0;
  virtual void Put(mamc_ticket ticket, const Json& input) = 0;
  virtual void Get(mamc_ticket ticket, const Json& input) = 0;
  virtual void Notify(mamc_ticket ticket, const Json& input) = 0;
  virtual void Listen(mamc_ticket ticket, const Json& input) = 0;
  virtual void SelfTest(mamc_ticket ticket, const Json& input) = 0;

  Calls calls_;

 private:
  void Dispatch(mamc_ticket ticket, std::uint32_t verb, const Json& input);

  const std::string id_;
};

// The type of a plugin: hands every call to the pump's thread. The coroutine of a call only waits to be
// released.
class PumpedType : public mamc::sdk::Type {
 public:
  ~PumpedType() override { pump_.Stop(); }

  mamc::sdk::Task<Json> Call(mamc::sdk::Context& context, Json input) override {
    if (!verbs_) {
      std::unique_ptr<Verbs> opened = Open(pump_, context);
      pump_.Start();
      verbs_ = std::move(opened);
    }
    const mamc_ticket ticket = context.ticket();
    pump_.Post([this, ticket, verb = context.verb(), input = std::move(input)] {
      verbs_->Start(ticket, verb, input);
    });
    const std::stop_callback on_cancel(
        context.stop_token(), [this, ticket] { pump_.Post([this, ticket] { verbs_->Cancel(ticket); }); });
    co_await std::suspend_always();
    co_return nullptr;
  }

 private:
  // Secrets belong to a call: the first one brings them.
  virtual std::unique_ptr<Verbs> Open(Pump& pump, mamc::sdk::Context& context) = 0;

  Pump pump_;
  std::unique_ptr<Verbs> verbs_;
};

// The type of a transport whose server is named by settings and secrets. Server has `Transport`, the verbs,
// and AddressFrom(settings, secrets), SecretsFrom(context) and OptionsFrom(settings).
template <class Server>
class ServerType final : public PumpedType {
 public:
  explicit ServerType(const Json& settings) : settings_(settings) {
    Server::AddressFrom(settings_, {});  // a wrong setting is said at once
  }

 private:
  std::unique_ptr<Verbs> Open(Pump& pump, mamc::sdk::Context& context) override {
    return std::make_unique<typename Server::Transport>(
        pump, Server::AddressFrom(settings_, Server::SecretsFrom(context)), Server::OptionsFrom(settings_));
  }

  const Json settings_;
};

}  // namespace mamc::transport_common
