// The transport `redis`: streams, consumer groups, leases, values and channels on a Redis server.
//
// Implementation: every call is handed to one thread, the pump, which owns all sockets and all state and ends
// the call by its ticket. The coroutine of a call only waits to be released.
#include <mamc/transport.h>

#include <coroutine>
#include <mamc/cpp/plugin.hpp>
#include <stop_token>

#include "transport.hpp"

namespace redis_transport {
namespace {

using mamc::sdk::Context;
using mamc::sdk::Task;

Options OptionsFrom(const Json& settings) {
  Options options;
  options.prefix = settings.value("prefix", "");
  options.keep_ms = settings.value("keep_ms", std::int64_t{86'400'000});
  options.tidy_ms = settings.value("tidy_ms", std::int64_t{60'000});
  options.forget_consumer_ms = settings.value("forget_consumer_ms", std::int64_t{3'600'000});
  options.link.answer_timeout_ms = settings.value("answer_timeout_ms", options.link.answer_timeout_ms);
  options.link.outage_limit_ms = settings.value("outage_limit_ms", options.link.outage_limit_ms);
  return options;
}

class RedisTransport final : public mamc::sdk::Type {
 public:
  explicit RedisTransport(const Json& settings) : settings_(settings) {
    AddressFrom(settings_, {});  // a wrong setting is said at once
  }
  ~RedisTransport() override { pump_.Stop(); }

  Task<Json> Call(Context& context, Json input) override {
    if (!transport_) Open(context);
    const mamc_ticket ticket = context.ticket();
    pump_.Post([this, ticket, verb = context.verb(), input = std::move(input)] {
      transport_->Start(ticket, verb, input);
    });
    const std::stop_callback on_cancel(
        context.stop_token(), [this, ticket] { pump_.Post([this, ticket] { transport_->Cancel(ticket); }); });
    co_await std::suspend_always();
    co_return nullptr;
  }

 private:
  // Secrets belong to a call: the first one brings them.
  void Open(Context& context) {
    const Secrets secrets{context.Secret("REDIS_URL"), context.Secret("REDIS_USERNAME"),
                          context.Secret("REDIS_PASSWORD")};
    transport_ = std::make_unique<Transport>(pump_, AddressFrom(settings_, secrets), OptionsFrom(settings_));
    pump_.Start();
  }

  const Json settings_;
  Pump pump_;
  std::unique_ptr<Transport> transport_;
};

}  // namespace
}  // namespace redis_transport

MAMC_PLUGIN(mamc::sdk::Provide<redis_transport::RedisTransport>("transport", "redis"))
