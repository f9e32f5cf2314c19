#include "why.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mamc/transport_url.hpp>
#include <memory>

namespace nats_transport {
namespace {

constexpr const char* kLogin =
    "; the login is in NATS_URL, or transports.nats.user (NATS_USER) and NATS_PASSWORD, or NATS_TOKEN, or "
    "transports.nats.creds_file, or nkey and nkey_seed_file";
constexpr int kStreamNotValid = 10096;
constexpr const char* kPlace = " (transports.nats.url, NATS_URL)";

std::string WhyNoSocket(const Server& server) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(server.host.c_str(), std::to_string(server.port).c_str(), &hints, &found);
  if (error != 0) return ::gai_strerror(error);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  std::string why = "it has no address";
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const int fd = ::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    const timeval patience{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const bool connected = ::connect(fd, one->ai_addr, one->ai_addrlen) == 0;
    why = connected              ? "it accepts connections and does not greet as a NATS server"
          : errno == EINPROGRESS ? "Connection timed out"
                                 : std::strerror(errno);
    ::close(fd);
    if (connected) break;
  }
  return why;
}

std::string At(const Address& address) {
  return "NATS at " + address.Text();
}

bool Has(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

Trouble WhyNotConnected(const Address& address, natsStatus status, const std::string& error) {
  switch (status) {
    case NATS_CONNECTION_AUTH_FAILED:
    case NATS_NOT_PERMITTED:
      return {MAMC_E_PERMISSION, At(address) + " refuses the login: " + error + kLogin};
    case NATS_SECURE_CONNECTION_WANTED:
    case NATS_SECURE_CONNECTION_REQUIRED:
      return {MAMC_E_UNAVAILABLE,
              At(address) + " cannot be reached: " + error +
                  (address.tls ? "; TLS is asked for by transports.nats.tls or tls:// in NATS_URL"
                               : "; ask for TLS with transports.nats.tls or tls:// in NATS_URL")};
    case NATS_SSL_ERROR:
      return {
          MAMC_E_UNAVAILABLE,
          At(address) + " cannot be reached: TLS: " + error +
              "; transports.nats.tls_ca_file names whom to trust, tls_cert_file and tls_key_file who we are"};
    case NATS_NO_SERVER: {
      std::string why;
      for (const Server& server : address.servers) {
        const std::string place = mamc::transport_common::PlaceText(server.host, server.port);
        why += (why.empty() ? "" : ", ") + (address.servers.size() > 1 ? place + ": " : "") +
               WhyNoSocket(server);
      }
      return WhyUnreachable(address, why);
    }
    default:
      if (Has(error, "Authorization") || Has(error, "authentication"))
        return {MAMC_E_PERMISSION, At(address) + " refuses the login: " + error + kLogin};
      return WhyUnreachable(address, error);
  }
}

Trouble WhyLost(natsStatus status, const std::string& error) {
  switch (status) {
    case NATS_CONNECTION_AUTH_FAILED:
      return {MAMC_E_PERMISSION, error + kLogin};
    case NATS_STALE_CONNECTION:
      return {MAMC_E_UNAVAILABLE, "it does not answer"};
    case NATS_OK:
      return {MAMC_E_UNAVAILABLE, "the connection was closed"};
    default:
      return {MAMC_E_UNAVAILABLE, error};
  }
}

Trouble WhyRefused(const Address& address, const std::string& what, int code, int err_code,
                   const std::string& description) {
  const std::string says = At(address) + " refuses " + what + ": " + description;
  switch (err_code) {
    case 10039:  // not for this account
    case 10076:  // not at all
      return {MAMC_E_UNSUPPORTED, says +
                                      "; the transport needs JetStream (jetstream {} in the server's "
                                      "configuration, and for the user's account)"};
    case 10065:  // subjects overlap with an existing stream
      return {MAMC_E_CONFLICT, says + "; somebody else uses these names: set transports.nats.prefix"};
    default:
      break;
  }
  // A stream that is just being made, or deleted, is this for a moment.
  const bool passing = err_code == kStreamNotValid || description == "invalid stream";
  if (code == 503 || passing) return {MAMC_E_UNAVAILABLE, says};
  if (code == 404) return {MAMC_E_NOT_FOUND, says};
  return {MAMC_E_FAILED, says};
}

Trouble WhyNoAnswer(const Address& address, const std::string& what, const std::string& why) {
  return {MAMC_E_FAILED, At(address) + " answers " + what + " as JetStream never does: " + why +
                             "; does something else listen there?"};
}

Trouble WhyNotPermitted(const Address& address, const std::string& error) {
  return {MAMC_E_PERMISSION, At(address) + ": " + error +
                                 "; give that permission to the user of NATS_URL or transports.nats.user "
                                 "(NATS_USER), or name another "
                                 "user there"};
}

Trouble WhyNoJetStream(const Address& address) {
  return {MAMC_E_UNSUPPORTED, At(address) +
                                  " has no JetStream: nobody answers for it; the transport needs it "
                                  "(nats-server -js, or jetstream {} in its configuration)"};
}

Trouble WhyUnreachable(const Address& address, const std::string& why) {
  return {MAMC_E_UNAVAILABLE, At(address) + " cannot be reached: " + why + kPlace};
}

}  // namespace nats_transport
