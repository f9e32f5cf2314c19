// The transport `redis`: streams, consumer groups, leases, values and channels on a Redis server.
//
// Implementation: every call is handed to one thread, the pump, which owns all sockets and all state and ends
// the call by its ticket.
#include "transport.hpp"

namespace redis_transport {
namespace {

struct Redis {
  using Transport = redis_transport::Transport;

  static Options OptionsFrom(const Json& settings) {
    Options options;
    options.prefix = settings.value("prefix", "");
    options.keep_ms = settings.value("keep_ms", std::int64_t{86'400'000});
    options.tidy_ms = settings.value("tidy_ms", std::int64_t{60'000});
    options.forget_consumer_ms = settings.value("forget_consumer_ms", std::int64_t{3'600'000});
    options.link.answer_timeout_ms = settings.value("answer_timeout_ms", options.link.answer_timeout_ms);
    options.link.outage_limit_ms = settings.value("outage_limit_ms", options.link.outage_limit_ms);
    return options;
  }
  static Secrets SecretsFrom(mamc::sdk::Context& context) {
    return {context.Secret("REDIS_URL"), context.Secret("REDIS_USERNAME"), context.Secret("REDIS_PASSWORD")};
  }
  static Address AddressFrom(const Json& settings, const Secrets& secrets) {
    return redis_transport::AddressFrom(settings, secrets);
  }
};

using RedisType = mamc::transport_common::ServerType<Redis>;

}  // namespace
}  // namespace redis_transport

MAMC_PLUGIN(mamc::sdk::Provide<redis_transport::RedisType>("transport", "redis"))
