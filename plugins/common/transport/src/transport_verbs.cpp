#include "mamc/transport_verbs.hpp"

namespace mamc::transport_common {

using mamc::sdk::Failure;

void Verbs::Start(mamc_ticket ticket, std::uint32_t verb, const Json& input) {
  calls_.Begin(ticket);
  try {
    Dispatch(ticket, verb, input);
  } catch (const Failure& failure) {
    calls_.Fail(ticket, failure.code(), failure.what(), failure.details());
  } catch (const std::exception& error) {
    calls_.Fail(ticket, MAMC_E_INTERNAL, error.what());
  }
}

void Verbs::Dispatch(mamc_ticket ticket, std::uint32_t verb, const Json& input) {
  if (!input.is_object()) throw Failure(MAMC_E_INVALID, "The transport needs an object as input.");
  switch (verb) {
    case MAMC_VERB_SELFTEST:
      return SelfTest(ticket, input);
    case MAMC_TRANSPORT_PUBLISH:
      return Publish(ticket, input);
    case MAMC_TRANSPORT_READ:
      return Read(ticket, input);
    case MAMC_TRANSPORT_CONSUME:
      return Consume(ticket, input);
    case MAMC_TRANSPORT_ACK:
      return Ack(ticket, input);
    case MAMC_TRANSPORT_EXTEND:
      return Extend(ticket, input);
    case MAMC_TRANSPORT_RELEASE:
      return Release(ticket, input);
    case MAMC_TRANSPORT_DEAD:
      return Dead(ticket, input);
    case MAMC_TRANSPORT_DEAD_LIST:
      return DeadList(ticket, input);
    case MAMC_TRANSPORT_DEAD_REPLAY:
      return DeadReplay(ticket, input);
    case MAMC_TRANSPORT_DEAD_DROP:
      return DeadDrop(ticket, input);
    case MAMC_TRANSPORT_LEASE:
      return Lease(ticket, input);
    case MAMC_TRANSPORT_PUT:
      return Put(ticket, input);
    case MAMC_TRANSPORT_GET:
      return Get(ticket, input);
    case MAMC_TRANSPORT_NOTIFY:
      return Notify(ticket, input);
    case MAMC_TRANSPORT_LISTEN:
      return Listen(ticket, input);
    default:
      throw Failure(MAMC_E_UNSUPPORTED,
                    "The transport '" + id_ + "' has no verb " + std::to_string(verb) + ".");
  }
}

}  // namespace mamc::transport_common
