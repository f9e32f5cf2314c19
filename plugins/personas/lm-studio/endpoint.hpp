// The server: its URLs, time-outs and credentials, and what its refusals mean. Immutable, usable from any
// thread.
#pragma once
#include <mamc/cpp/plugin.hpp>
#include <string>

#include "mamc/http/exchange.hpp"

namespace lm_studio {

using Json = mamc::sdk::Json;

class Endpoint {
 public:
  explicit Endpoint(const Json& settings);

  // The base without a trailing slash and without /v1.
  const std::string& base() const { return base_; }
  // A request to `path` ("/v1/models") with time-outs and, when the secret is set, its token.
  mamc::http::Request To(const std::string& path, mamc::sdk::Context& context) const;

 private:
  std::string base_;
  mamc::http::Milliseconds connect_timeout_;
  mamc::http::Milliseconds first_byte_timeout_;
  mamc::http::Milliseconds idle_timeout_;
  std::optional<mamc::http::Milliseconds> total_timeout_;
};

// A problem of the connection as a failure; MAMC_E_CANCELLED when it was our cancel.
mamc::sdk::Failure FailureOf(const mamc::http::End& end, const std::string& url);
// Of a question that the host does not wait for any more; why, it knows itself.
mamc::sdk::Failure Stopped(const std::string& url);
// A response with a status that is not 200. MAMC_E_PERMISSION: the server refuses the token, or its absence.
mamc::sdk::Failure FailureOf(const mamc::http::Head& head, const std::string& body, const std::string& url,
                             mamc::sdk::Context& context);
// The server's words in an error body: {"error": text}, {"error": {"message": text}}, {"message": text}; ""
// when it has none.
std::string ErrorText(const Json& body);
// What is not a matter of HTTP: an error within the answer.
mamc::sdk::Failure ServerFailure(const std::string& words, const std::string& url);

}  // namespace lm_studio
