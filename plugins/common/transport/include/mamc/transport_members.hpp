// The open calls of a stream, by their tickets.
#pragma once
#include <mamc/cpp/plugin.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "mamc/transport_calls.hpp"
#include "mamc/transport_input.hpp"

namespace mamc::transport_common {

// A copy is gone through: what is told may leave the list.
template <class Member, class Tell>
void TellEach(const std::vector<std::shared_ptr<Member>>& members, Tell tell) {
  const auto copy = members;
  for (const auto& member : copy) tell(*member);
}

template <class Member>
void RemoveFrom(std::vector<std::shared_ptr<Member>>& members, mamc_ticket ticket) {
  std::erase_if(members, [&](const auto& member) { return member->ticket() == ticket; });
}

// The verbs that stay open: each adds a member to its stream, and takes it away when it is cancelled. Streams
// live as long as the transport.
template <class Reader, class Shared, class Stream, class Start>
void OpenReader(Shared& shared, Stream& stream, mamc_ticket ticket, const Start& start, std::int64_t credit) {
  shared.calls.Begin(ticket, [&stream, ticket] { stream.RemoveReader(ticket); });
  stream.Add(std::make_shared<Reader>(shared, stream, ticket, start, credit));
}

template <class Consumer, class Shared, class Stream>
void OpenConsumer(Shared& shared, Stream& stream, mamc_ticket ticket, transport_input::ConsumerTerms terms) {
  const auto consumer = std::make_shared<Consumer>(shared, stream, ticket, std::move(terms));
  shared.calls.Begin(ticket, [&stream, ticket, weak = std::weak_ptr(consumer)] {
    if (const auto ended = weak.lock()) ended->End();
    stream.RemoveConsumer(ticket);
  });
  stream.Add(consumer);
}

}  // namespace mamc::transport_common
