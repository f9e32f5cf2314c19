// A real nats-server of a test's own, with JetStream.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "support/real_server.hpp"

namespace mamc::test {

class NatsServer final : public RealServer {
 public:
  // `config` stands in its configuration file beside its address and JetStream; "" in place of `jetstream` is
  // a server without.
  explicit NatsServer(const std::string& config = "",
                      const std::string& jetstream = "jetstream {store_dir: %}");

  Json Settings(const Json& more = Json::object(), int port = 0) const override;
  void StartAgain() override;
  void StartWithItsStore();

  // As a foreign program that knows the protocol alone: publishes and gives what is answered, "" when nobody
  // does. `login` is of the CONNECT, as JSON.
  std::string Ask(const std::string& subject, const std::string& payload = "", const Json& login = {}) const;
  // Publishes with a header, and waits until a stream has it.
  void Publish(const std::string& subject, const std::string& header, const std::string& payload) const;
  // The same for the JetStream API, whose answers are JSON.
  Json Api(const std::string& call, const Json& body = nullptr) const;

 private:
  bool Answers() const override;

  const std::string config_;
  const std::string jetstream_;
  int stores_ = 0;
};

class NatsConnection;

// Somebody at a server who answers what comes to `subjects` as they like, in place of JetStream.
class NatsResponder {
 public:
  struct Reply {
    std::string payload;
    std::string status = {};  // "404 No Messages": of a message that has only this
  };
  // Nothing is answered when there is no reply. Called on a thread of its own.
  using Answers = std::function<std::optional<Reply>(const std::string& subject)>;

  NatsResponder(const NatsServer& server, const std::string& subjects, Answers answers);
  ~NatsResponder();
  NatsResponder(const NatsResponder&) = delete;
  NatsResponder& operator=(const NatsResponder&) = delete;

  std::size_t Heard(const std::string& subject) const;  // how often

 private:
  void Run();

  const Answers answers_;
  const std::unique_ptr<NatsConnection> connection_;
  mutable std::mutex mutex_;
  std::vector<std::string> heard_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace mamc::test
