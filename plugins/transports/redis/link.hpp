// A connection that heals: commands go in, answers come out in order, whatever happens in between.
//
// A *durable* command waits through an outage and is sent again when its answer was lost, so that it happens
// at least once; one that is sent *once* fails with the connection. After the server was there at least once,
// for whatever connection, an outage is waited out up to the limit; a server that was never there, or that
// refuses us, fails what waits at once.
//
// Pump thread only.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "connection.hpp"
#include "greeting.hpp"

namespace redis_transport {

struct LinkOptions {
  bool look_at_server = false;
  bool push = false;  // a connection that subscribes: what comes answers nothing
  std::int64_t answer_timeout_ms = 10'000;
  std::int64_t outage_limit_ms = 600'000;
  // Whether the server was there, as all connections of one transport have seen it: a connection that is
  // opened while the server is away waits for it as the others do.
  std::shared_ptr<bool> was_there = std::make_shared<bool>(false);
};

// What a command came to. `reply` lives as long as the handler's call.
struct Answer {
  const redisReply* reply = nullptr;  // null when it failed
  Trouble trouble;                    // when it failed
  std::string error;                  // the server's own words; empty when the connection was lost

  bool ok() const { return reply != nullptr; }
  bool lost() const { return reply == nullptr && error.empty(); }
};

enum class Resend { kOnce, kDurable };

class Link {
 public:
  using OnAnswer = std::function<void(const Answer&)>;
  struct Handlers {
    std::function<void()> on_ready;                       // greeted, before what waits is sent
    std::function<void(const Trouble&)> on_given_up;      // what waited was failed
    std::function<void(const redisReply&)> on_push = {};  // of a connection that subscribes
  };

  Link(Pump& pump, const Address& address, LinkOptions options, Handlers handlers);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // `blocks_ms`: how long the server may take on purpose.
  void Send(const Words& words, Resend resend, OnAnswer on_answer, std::int64_t blocks_ms = 0);
  // Connects although nothing is to be sent.
  void Open();

  bool ready() const { return state_ == State::kReady; }
  const ServerFacts& facts() const { return facts_; }
  // What was said last about a server that can be used; empty: nothing.
  const std::string& warning() const { return last_warning_; }

 private:
  enum class State { kIdle, kGreeting, kReady, kWaiting };
  struct Command {
    std::string name;
    std::string bytes;
    Resend resend;
    OnAnswer on_answer;
    std::int64_t blocks_ms;
    std::int64_t asked_ms;
    std::int64_t sent_ms = 0;
  };

  void Submit(Command command);
  void Connect();
  void OnReply(const redisReply& reply);
  void OnGreeted();
  void SendOver(Command& command);
  void Answered(const redisReply& reply);
  void Works();
  bool AsksAgain(Command& command, const Trouble& trouble);
  void Lose(Trouble trouble);
  void DropConnection();
  void WaitAndConnect();
  bool GivesUp(const Trouble& trouble) const;
  void FailWaiting(const Trouble& trouble, bool durable_too);
  void Watch();
  void CheckSilence();
  std::int64_t SilentMs() const;
  Trouble Unreachable(const std::string& why) const;

  Pump& pump_;
  const Address& address_;
  const LinkOptions options_;
  const Handlers handlers_;
  State state_ = State::kIdle;
  std::unique_ptr<Connection> connection_;
  std::optional<Greeting> greeting_;
  ServerFacts facts_;
  std::string last_warning_;
  std::deque<Command> sent_;     // in the order of their answers
  std::deque<Command> waiting_;  // for the connection
  int failures_ = 0;             // since it last did what it was asked
  bool failures_told_ = false;
  std::int64_t lost_since_ms_ = 0;
  Pump::TimerId retry_ = 0;
  Pump::TimerId watch_ = 0;
};

}  // namespace redis_transport
