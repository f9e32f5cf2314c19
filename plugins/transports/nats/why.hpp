// Why the server cannot be used, as sentences for an operator. Thread-safe.
#pragma once
#include <nats/status.h>

#include <mamc/transport_calls.hpp>
#include <string>

#include "address.hpp"

namespace nats_transport {

using mamc::transport_common::Trouble;

// No connection could be made. Looks itself at why nobody is there, which the library does not tell; may
// block as connecting does.
Trouble WhyNotConnected(const Address& address, natsStatus status, const std::string& error);
// A connection that stood was closed. Without the server's address, which who knows it puts before.
Trouble WhyLost(natsStatus status, const std::string& error);
// The server refused something; `code` and `err_code` as in the answers of its JetStream API.
Trouble WhyRefused(const Address& address, const std::string& what, int code, int err_code,
                   const std::string& description);
// What came is no answer to what was asked.
Trouble WhyNoAnswer(const Address& address, const std::string& what, const std::string& why);
// It does not let this user publish or subscribe.
Trouble WhyNotPermitted(const Address& address, const std::string& error);
// Nobody answers for JetStream.
Trouble WhyNoJetStream(const Address& address);
// Nothing more came, or could be sent.
Trouble WhyUnreachable(const Address& address, const std::string& why);

}  // namespace nats_transport
