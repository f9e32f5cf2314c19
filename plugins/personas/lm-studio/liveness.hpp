// Sees that a machine went away while it was to answer, long before the clocks of the answer end: when
// nothing comes for a while, it is asked for its models over a second connection.
//
// A server that is reached and lists nothing is alive: some list nothing while they answer.
#pragma once
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "mamc/http/client.hpp"

namespace lm_studio {

class Liveness {
 public:
  // `probe` is what it is asked. The client must outlive this.
  Liveness(mamc::http::Client& client, mamc::http::Request probe, mamc::http::Milliseconds interval,
           std::stop_token stop);
  // Asks no more.
  ~Liveness();
  Liveness(const Liveness&) = delete;
  Liveness& operator=(const Liveness&) = delete;

  // Something came from the server.
  void Tell();
  // Stops with the token that was given, or because the server is gone.
  std::stop_token token() const;
  // Why the server is gone; "" while it is not.
  std::string gone() const;

 private:
  struct State;
  const std::shared_ptr<State> state_;
  std::stop_callback<std::function<void()>> forward_;
};

}  // namespace lm_studio
