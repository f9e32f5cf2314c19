// A connection that heals: questions go in and their answers come back, whatever happens in between.
//
// A *durable* question waits through an outage and is asked again when its answer was lost, so that it
// happens at least once; one that is asked *once* fails with the connection. After the server was there at
// least once, an outage is waited out up to the limit; a server that was never there, or that refuses us,
// fails what waits at once.
//
// Pump thread only.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "wire.hpp"

namespace nats_transport {

struct LinkOptions {
  std::int64_t answer_timeout_ms = 10'000;
  std::int64_t outage_limit_ms = 600'000;
};

struct Question {
  std::string subject;
  std::string data;
  Headers headers = {};
};

// What a question came to.
struct Answer {
  Json json = Json::object();  // what the server's JetStream answered; empty when it did not
  Trouble trouble;             // when it failed
  int err_code = 0;            // JetStream's own number of what failed
  bool good = false;
  bool lost = false;    // the connection was lost
  bool nobody = false;  // nobody is there who could answer: no stream has that subject, no consumer that name

  bool ok() const { return good; }
};

enum class Resend { kOnce, kDurable };

class Link {
 public:
  using OnAnswer = std::function<void(const Answer&)>;
  using OnMessage = std::function<void(const Message&)>;
  struct Handlers {
    std::function<void()> on_ready;                                        // after what waits was sent
    std::function<void(const Trouble&)> on_given_up;                       // what waited was failed
    std::function<void(SubscriptionId, const Trouble&)> on_not_permitted;  // a subscription
  };

  Link(Pump& pump, const Address& address, LinkOptions options, Handlers handlers);
  ~Link();

  void Ask(Question question, Resend resend, OnAnswer on_answer);
  // Nobody answers; lost when there is no connection.
  void Tell(const std::string& subject, const std::string& data, const std::string& reply = {});

  // Stands until Unsubscribe, over all connections.
  SubscriptionId Subscribe(const std::string& subject, OnMessage on_message);
  // The same for a subject of our own, another with each connection.
  SubscriptionId SubscribeInbox(OnMessage on_message);
  std::string Inbox(SubscriptionId id) const;
  void Unsubscribe(SubscriptionId id);

  bool ready() const { return state_ == State::kReady; }
  const Address& address() const { return address_; }

 private:
  enum class State { kIdle, kConnecting, kReady, kWaiting };
  struct Asked {
    Question question;
    Resend resend;
    OnAnswer on_answer;
    std::int64_t asked_ms;  // first
    std::int64_t sent_ms = 0;
  };
  struct Subscription {
    std::string subject;  // empty: an inbox
    OnMessage on_message;
  };

  void Submit(Asked asked);
  void Open();
  void Connect();
  void OnConnected();
  void SendOver(Asked asked);
  void OnMessageOf(SubscriptionId id, const Message& message);
  void OnReply(const Message& message);
  void OnError(const std::string& error);
  void OnUnsent(const std::string& subject, const std::string& reply, const Trouble& trouble);
  void Answered(Asked& asked, const Answer& answer);
  bool AsksAgain(Asked& asked, const Trouble& trouble);
  void OnLost(const Wire::Loss& loss);
  void Lose(const Trouble& trouble, bool hung_up = false);
  bool GivesUp(const Trouble& trouble, bool hung_up) const;
  void FailWaiting(const Trouble& trouble, bool durable_too);
  void Watch();
  void CheckSilence();
  Trouble WhyNobody(bool api, const std::string& subject) const;
  Answer AnswerFrom(const Question& question, const Message& message);

  Pump& pump_;
  const Address& address_;
  const LinkOptions options_;
  const Handlers handlers_;
  State state_ = State::kIdle;
  bool was_there_ = false;
  bool has_jetstream_ = false;
  std::string inbox_;  // of this connection
  std::uint64_t last_question_ = 0;
  std::map<std::uint64_t, Asked> asked_;  // sent and not answered
  std::deque<Asked> waiting_;             // for the connection
  SubscriptionId last_subscription_ = 0;  // 0 is where answers come
  std::map<SubscriptionId, Subscription> subscriptions_;
  std::string last_warning_;
  int failures_ = 0;  // since it last said anything
  bool failures_told_ = false;
  std::int64_t lost_since_ms_ = 0;
  Pump::TimerId retry_ = 0;
  Pump::TimerId watch_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Wire wire_;
};

}  // namespace nats_transport
