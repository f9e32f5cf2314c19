#include "link.hpp"

#include <algorithm>
#include <mamc/transport_patience.hpp>

#include "reply.hpp"

namespace redis_transport {

using mamc::transport_common::Log;
using mamc::transport_common::PauseMs;

namespace {

constexpr int kFirstTries = 5;  // at a server that hangs up before it has greeted
constexpr std::int64_t kGreetingMs = 5'000;
constexpr std::int64_t kBusyPauseMs = 500;
constexpr std::int64_t kPingMs = 10'000;  // on a connection where nothing else is asked

std::string Formatted(const Words& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* bytes = nullptr;
  const int size = redisFormatCommandArgv(&bytes, static_cast<int>(words.size()), texts.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();
  const std::unique_ptr<char, decltype(&redisFreeCommand)> owned(bytes, &redisFreeCommand);
  return {bytes, static_cast<std::size_t>(size)};
}

// What a reconnection mends: the server starts, or is no longer the one that takes writes.
bool IsPassing(std::string_view error) {
  for (const std::string_view word : {"LOADING", "READONLY", "MASTERDOWN", "NOAUTH"})
    if (error.substr(0, word.size()) == word) return true;
  return false;
}

bool HungUp(const std::string& why) {
  return why.find("closed the connection") != std::string::npos ||
         why.find("reset by peer") != std::string::npos;
}

}  // namespace

Link::Link(Pump& pump, const Address& address, LinkOptions options, Handlers handlers)
    : pump_(pump), address_(address), options_(options), handlers_(std::move(handlers)) {}

Link::~Link() {
  pump_.Cancel(retry_);
  pump_.Cancel(watch_);
}

void Link::Send(const Words& words, Resend resend, OnAnswer on_answer, std::int64_t blocks_ms) {
  Submit({words[0], Formatted(words), resend, std::move(on_answer), blocks_ms, Pump::NowMs()});
}

void Link::Submit(Command command) {
  if (state_ == State::kReady) return SendOver(command);
  waiting_.push_back(std::move(command));
  if (state_ == State::kIdle) Connect();
}

void Link::Open() {
  if (state_ == State::kIdle) Connect();
}

void Link::Connect() {
  retry_ = 0;
  state_ = State::kGreeting;
  try {
    connection_ = std::make_unique<Connection>(
        pump_, address_,
        Connection::Handlers{[this](const redisReply& reply) { OnReply(reply); },
                             [this](const std::string& why) { Lose(Unreachable(why)); }});
  } catch (const mamc::sdk::Failure& failure) {
    return Lose({failure.code(), failure.what()});
  }
  greeting_.emplace(address_, options_.look_at_server);
  for (const Words& words : greeting_->commands()) connection_->Send(Formatted(words));
  Watch();
}

void Link::OnReply(const redisReply& reply) {
  if (state_ == State::kReady) {
    if (!options_.push) return Answered(reply);
    Works();
    return handlers_.on_push(reply);
  }
  if (state_ != State::kGreeting) return;
  if (auto trouble = greeting_->Take(reply)) return Lose(std::move(*trouble));
  if (greeting_->done()) OnGreeted();
}

void Link::OnGreeted() {
  if (options_.look_at_server) {  // one of the connections speaks for all
    facts_ = greeting_->facts();
  }
  if (!greeting_->warning().empty() && greeting_->warning() != last_warning_)
    Log(MAMC_LOG_WARN, last_warning_ = greeting_->warning());
  state_ = State::kReady;
  *options_.was_there = true;
  std::deque<Command> waiting;
  waiting.swap(waiting_);
  for (Command& command : waiting) SendOver(command);
  handlers_.on_ready();
}

void Link::SendOver(Command& command) {
  command.sent_ms = Pump::NowMs();
  connection_->Send(command.bytes);
  if (!options_.push) sent_.push_back(std::move(command));
  Watch();
}

void Link::Answered(const redisReply& reply) {
  if (sent_.empty()) return Lose(Unreachable("it answered what nobody asked"));
  const std::string_view error = reply.type == REDIS_REPLY_ERROR ? TextOf(&reply) : std::string_view();
  if (IsPassing(error)) return Lose(TroubleOf(address_, sent_.front().name, error));
  Command command = std::move(sent_.front());
  sent_.pop_front();
  if (error.empty()) {
    Works();
    return command.on_answer({&reply, {}, {}});
  }
  const Trouble trouble = TroubleOf(address_, command.name, error);
  if (trouble.code != MAMC_E_UNAVAILABLE) Works();
  if (!AsksAgain(command, trouble)) command.on_answer({nullptr, trouble, std::string(error)});
}

// It is more than a server that takes us in and cannot do what it is asked.
void Link::Works() {
  if (std::exchange(failures_told_, false))
    Log(MAMC_LOG_INFO, "Redis at " + address_.Text() + " is there again");
  failures_ = 0;
}

// A server that is there and cannot (full, busy, without its replicas) is waited for like one that is not.
bool Link::AsksAgain(Command& command, const Trouble& trouble) {
  if (command.resend != Resend::kDurable || trouble.code != MAMC_E_UNAVAILABLE) return false;
  if (Pump::NowMs() - command.asked_ms >= options_.outage_limit_ms) return false;
  if (trouble.text != last_warning_) Log(MAMC_LOG_WARN, last_warning_ = trouble.text);
  pump_.After(kBusyPauseMs, [this, again = std::move(command)] { Submit(again); });
  return true;
}

// The connection is of no use any more. What was to happen at least once goes back to the front.
void Link::Lose(Trouble trouble) {
  // A connection of which nothing was asked was no part of the outage before.
  if (failures_ == 0 || (state_ == State::kReady && sent_.empty())) lost_since_ms_ = Pump::NowMs();
  if (failures_ == 0 && *options_.was_there && options_.look_at_server) {
    Log(MAMC_LOG_WARN, trouble.text);
    failures_told_ = true;
  }
  ++failures_;
  DropConnection();
  for (; !sent_.empty(); sent_.pop_back()) waiting_.push_front(std::move(sent_.back()));
  const bool gives_up = GivesUp(trouble);
  if (*options_.was_there || !gives_up) {
    WaitAndConnect();
  } else {
    state_ = State::kIdle;
  }
  FailWaiting(trouble, gives_up);
  if (gives_up) handlers_.on_given_up(trouble);
}

// It may be what is calling: it is destroyed later.
void Link::DropConnection() {
  pump_.Cancel(watch_);
  watch_ = 0;
  if (!connection_) return;
  pump_.Remove(*connection_);
  pump_.Post([dropped = std::shared_ptr<Connection>(std::move(connection_))] {});
}

void Link::WaitAndConnect() {
  state_ = State::kWaiting;
  pump_.Cancel(retry_);
  retry_ = pump_.After(PauseMs(failures_ - 1), [this] { Connect(); });
}

bool Link::GivesUp(const Trouble& trouble) const {
  if (trouble.code != MAMC_E_UNAVAILABLE) return true;
  // A server that was never there is not waited for; one that hung up may have cut this connection alone.
  if (!*options_.was_there) return !HungUp(trouble.text) || failures_ >= kFirstTries;
  return Pump::NowMs() - lost_since_ms_ >= options_.outage_limit_ms;
}

void Link::FailWaiting(const Trouble& trouble, bool durable_too) {
  std::deque<Command> failed;
  for (std::deque<Command> all = std::exchange(waiting_, {}); Command & command : all) {
    const bool fails = durable_too || command.resend == Resend::kOnce;
    (fails ? failed : waiting_).push_back(std::move(command));
  }
  for (const Command& command : failed) command.on_answer({nullptr, trouble, {}});
}

// Looks at the silence of the server while something is asked; there is one such timer at a time.
void Link::Watch() {
  if (watch_ != 0) return;
  std::int64_t patience_ms = std::min(kGreetingMs, options_.answer_timeout_ms);
  if (state_ == State::kReady) {
    if (!options_.push && sent_.empty()) return;
    patience_ms = options_.push ? kPingMs : options_.answer_timeout_ms + sent_.front().blocks_ms;
  }
  watch_ = pump_.After(std::max<std::int64_t>(patience_ms - SilentMs(), 1), [this] { CheckSilence(); });
}

// Since the server said something or, if that is later, since the oldest question.
std::int64_t Link::SilentMs() const {
  std::int64_t since_ms = connection_->heard_ms();
  if (!sent_.empty()) since_ms = std::max(since_ms, sent_.front().sent_ms);
  return Pump::NowMs() - since_ms;
}

void Link::CheckSilence() {
  watch_ = 0;
  const std::int64_t silent_ms = SilentMs();
  if (state_ == State::kGreeting) {
    if (silent_ms < std::min(kGreetingMs, options_.answer_timeout_ms)) return Watch();
    return Lose(Unreachable("it does not answer"));
  }
  if (options_.push) {
    if (silent_ms >= kPingMs + options_.answer_timeout_ms) return Lose(Unreachable("it does not answer"));
    connection_->Send(Formatted({"PING"}));
    watch_ = pump_.After(kPingMs, [this] { CheckSilence(); });
    return;
  }
  if (sent_.empty()) return;
  const Command& oldest = sent_.front();
  if (silent_ms < options_.answer_timeout_ms + oldest.blocks_ms) return Watch();
  Lose(Unreachable("no answer to " + oldest.name + " for " + std::to_string(silent_ms) + " ms"));
}

Trouble Link::Unreachable(const std::string& why) const {
  std::string text = "Redis at " + address_.Text() + " cannot be reached: " + why;
  const bool greeted = state_ == State::kReady || *options_.was_there;
  if (!greeted && !address_.tls && HungUp(why))
    text += "; a server that expects TLS does that (transports.redis.tls, or rediss:// in REDIS_URL)";
  else if (!greeted && address_.tls)
    text += "; TLS is asked for by transports.redis.tls or rediss://, tls_ca_file names whom to trust";
  else
    text += " (transports.redis.url, host and port; REDIS_URL, REDIS_HOST, REDIS_PORT)";
  return {MAMC_E_UNAVAILABLE, text};
}

}  // namespace redis_transport
