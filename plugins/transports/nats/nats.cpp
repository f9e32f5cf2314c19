// The transport `nats`: streams, groups, leases, values and channels on a NATS server with JetStream.
//
// Implementation: every call is handed to one thread, the pump, which owns all state and ends the call by its
// ticket. A second one connects and writes, which may block; the library cnats has a few of its own.
#include "transport.hpp"

namespace nats_transport {
namespace {

struct Nats {
  using Transport = nats_transport::Transport;

  static Options OptionsFrom(const Json& settings) {
    Options options;
    options.prefix = settings.value("prefix", "");
    options.replicas = settings.value("replicas", std::int64_t{1});
    options.keep_ms = settings.value("keep_ms", std::int64_t{86'400'000});
    options.tidy_ms = settings.value("tidy_ms", std::int64_t{60'000});
    options.link.answer_timeout_ms = settings.value("answer_timeout_ms", options.link.answer_timeout_ms);
    options.link.outage_limit_ms = settings.value("outage_limit_ms", options.link.outage_limit_ms);
    return options;
  }
  static Secrets SecretsFrom(mamc::sdk::Context& context) {
    return {context.Secret("NATS_URL"), context.Secret("NATS_PASSWORD"), context.Secret("NATS_TOKEN")};
  }
  static Address AddressFrom(const Json& settings, const Secrets& secrets) {
    return nats_transport::AddressFrom(settings, secrets);
  }
};

using NatsType = mamc::transport_common::ServerType<Nats>;

}  // namespace
}  // namespace nats_transport

MAMC_PLUGIN(mamc::sdk::Provide<nats_transport::NatsType>("transport", "nats"))
