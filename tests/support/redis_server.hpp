// A real redis-server of a test's own, with a Unix socket beside its port; keeps nothing on disk.
#pragma once
#include "support/real_server.hpp"

namespace mamc::test {

class RedisServer final : public RealServer {
 public:
  // `options` are further arguments of redis-server.
  explicit RedisServer(std::vector<std::string> options = {});

  Json Settings(const Json& more = Json::object(), int port = 0) const override;
  void StartAgain() override;

  // Over the Unix socket, as a person would with redis-cli: what it printed.
  std::string Cli(const std::vector<std::string>& words) const;

 private:
  bool Answers() const override;

  const std::vector<std::string> options_;
};

}  // namespace mamc::test
