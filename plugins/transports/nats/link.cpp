#include "link.hpp"

#include <algorithm>
#include <charconv>
#include <mamc/transport_input.hpp>
#include <mamc/transport_patience.hpp>
#include <random>

#include "why.hpp"

namespace nats_transport {
namespace {

using mamc::transport_common::PauseMs;

constexpr std::int64_t kBusyPauseMs = 500;
constexpr int kFirstTries = 5;  // at a server that hangs up before the first connection is made
constexpr int kNobody = 503;
constexpr std::string_view kApi = "$JS.API.";

// Nobody else's, and not the one of the connection before: what a server still sends there is not for us.
std::string NewInbox() {
  static constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::string inbox = "_INBOX.mamc";
  for (int i = 0; i < 20; ++i) inbox += kDigits[random() % 36];
  return inbox;
}

}  // namespace

Link::Link(Pump& pump, const Address& address, LinkOptions options, Handlers handlers)
    : pump_(pump),
      address_(address),
      options_(options),
      handlers_(std::move(handlers)),
      wire_(pump, address, options.answer_timeout_ms,
            Wire::Handlers{[this] { OnConnected(); }, [this](const Wire::Loss& loss) { OnLost(loss); },
                           [this](SubscriptionId id, const Message& message) { OnMessageOf(id, message); },
                           [this](const std::string& error) { OnError(error); },
                           [this](const std::string& subject, const std::string& reply,
                                  const Trouble& trouble) { OnUnsent(subject, reply, trouble); }}) {}

Link::~Link() {
  *alive_ = false;
  pump_.Cancel(retry_);
  pump_.Cancel(watch_);
}

void Link::Ask(Question question, Resend resend, OnAnswer on_answer) {
  Submit({std::move(question), resend, std::move(on_answer), Pump::NowMs()});
}

void Link::Submit(Asked asked) {
  if (state_ == State::kReady) return SendOver(std::move(asked));
  waiting_.push_back(std::move(asked));
  Open();
}

void Link::Tell(const std::string& subject, const std::string& data, const std::string& reply) {
  if (state_ == State::kReady) wire_.Publish(subject, reply, {}, data);
}

SubscriptionId Link::Subscribe(const std::string& subject, OnMessage on_message) {
  const SubscriptionId id = ++last_subscription_;
  subscriptions_[id] = {subject, std::move(on_message)};
  if (state_ == State::kReady) wire_.Subscribe(id, subject.empty() ? Inbox(id) : subject);
  Open();
  return id;
}

SubscriptionId Link::SubscribeInbox(OnMessage on_message) {
  return Subscribe("", std::move(on_message));
}

std::string Link::Inbox(SubscriptionId id) const {
  return inbox_ + "." + std::to_string(id);
}

void Link::Unsubscribe(SubscriptionId id) {
  if (subscriptions_.erase(id) != 0 && state_ == State::kReady) wire_.Unsubscribe(id);
}

void Link::Open() {
  if (state_ == State::kIdle) Connect();
}

void Link::Connect() {
  retry_ = 0;
  state_ = State::kConnecting;
  inbox_ = NewInbox();
  wire_.Connect();
  const std::int64_t limit_ms = wire_.ConnectLimitMs();
  watch_ = pump_.After(limit_ms, [this, limit_ms] {
    Lose(WhyUnreachable(address_, "no connection was made in " + std::to_string(limit_ms) + " ms"));
  });
}

void Link::OnConnected() {
  state_ = State::kReady;
  pump_.Cancel(std::exchange(watch_, 0));
  was_there_ = true;
  wire_.Subscribe(0, inbox_ + ".a.*");
  for (const auto& [id, subscription] : subscriptions_)
    wire_.Subscribe(id, subscription.subject.empty() ? Inbox(id) : subscription.subject);
  for (std::deque<Asked> waiting = std::exchange(waiting_, {}); Asked & asked : waiting)
    SendOver(std::move(asked));
  handlers_.on_ready();
}

void Link::SendOver(Asked asked) {
  const std::uint64_t number = ++last_question_;
  asked.sent_ms = Pump::NowMs();
  wire_.Publish(asked.question.subject, inbox_ + ".a." + std::to_string(number), asked.question.headers,
                asked.question.data);
  asked_.emplace(number, std::move(asked));
  Watch();
}

void Link::OnMessageOf(SubscriptionId id, const Message& message) {
  // Now it is more than a server that takes us in and throws us out.
  if (failures_ > 0 && failures_told_) Log(MAMC_LOG_INFO, "NATS at " + address_.Text() + " is there again");
  failures_ = 0;
  failures_told_ = false;
  if (id == 0) return OnReply(message);
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return;
  const OnMessage on_message = found->second.on_message;  // it may unsubscribe
  on_message(message);
}

void Link::OnReply(const Message& message) {
  const std::size_t dot = message.subject.rfind('.');
  std::uint64_t number = 0;
  std::from_chars(message.subject.data() + dot + 1, message.subject.data() + message.subject.size(), number);
  const auto found = asked_.find(number);
  if (found == asked_.end()) return;
  Asked asked = std::move(found->second);
  asked_.erase(found);
  // Whoever may publish at our inbox answers what they like.
  try {
    Answered(asked, AnswerFrom(asked.question, message));
  } catch (const Json::exception& error) {
    asked.on_answer({.trouble = WhyNoAnswer(address_, asked.question.subject, error.what())});
  }
}

// A cluster without its leader has nobody who answers for JetStream, for a while.
Trouble Link::WhyNobody(bool api, const std::string& subject) const {
  if (api && !has_jetstream_) return WhyNoJetStream(address_);
  return {api ? MAMC_E_UNAVAILABLE : MAMC_E_NOT_FOUND,
          "NATS at " + address_.Text() + ": nobody answers at " + subject};
}

Answer Link::AnswerFrom(const Question& question, const Message& message) {
  Answer answer;
  const bool api = question.subject.compare(0, kApi.size(), kApi) == 0;
  if (message.status == kNobody) {
    answer.nobody = true;
    answer.trouble = WhyNobody(api, question.subject);
    return answer;
  }
  has_jetstream_ = has_jetstream_ || api;
  answer.json = mamc::transport_input::ForeignJson(message.data);
  if (!answer.json.is_object()) answer.json = Json::object();
  const Json error = answer.json.value("error", Json());
  answer.good = !error.is_object();
  if (answer.good) return answer;
  answer.err_code = error.value("err_code", 0);
  answer.trouble = WhyRefused(address_, question.subject, error.value("code", 0), answer.err_code,
                              error.value("description", "without a word"));
  return answer;
}

void Link::Answered(Asked& asked, const Answer& answer) {
  if (!answer.ok() && AsksAgain(asked, answer.trouble)) return;
  asked.on_answer(answer);
}

// A server that is there and cannot (full, without its leader) is waited for like one that is not.
bool Link::AsksAgain(Asked& asked, const Trouble& trouble) {
  if (asked.resend != Resend::kDurable || trouble.code != MAMC_E_UNAVAILABLE) return false;
  if (Pump::NowMs() - asked.asked_ms >= options_.outage_limit_ms) return false;
  if (trouble.text != last_warning_) Log(MAMC_LOG_WARN, last_warning_ = trouble.text);
  pump_.After(kBusyPauseMs, [this, alive = alive_, again = std::move(asked)] {
    if (*alive) Submit(again);
  });
  return true;
}

// The server says which subject it does not let us use, and answers nothing.
void Link::OnError(const std::string& error) {
  const std::size_t open = error.find('"');
  const std::size_t close = error.rfind('"');
  const bool permission = error.find("ermissions") != std::string::npos && open < close;
  if (!permission) return Log(MAMC_LOG_WARN, "NATS at " + address_.Text() + ": " + error);
  const std::string subject = error.substr(open + 1, close - open - 1);
  const Trouble trouble = WhyNotPermitted(address_, error);
  if (subject.compare(0, inbox_.size(), inbox_) == 0) return Lose(trouble);
  std::vector<Asked> refused;
  for (auto asked = asked_.begin(); asked != asked_.end();) {
    const bool ours = asked->second.question.subject == subject;
    if (ours) refused.push_back(std::move(asked->second));
    asked = ours ? asked_.erase(asked) : std::next(asked);
  }
  std::vector<SubscriptionId> unheard;
  for (const auto& [id, subscription] : subscriptions_)
    if (subscription.subject == subject) unheard.push_back(id);
  if (refused.empty() && unheard.empty()) Log(MAMC_LOG_WARN, trouble.text);
  for (const Asked& asked : refused) asked.on_answer({.trouble = trouble});
  for (const SubscriptionId id : unheard) handlers_.on_not_permitted(id, trouble);
}

// One question could not be written.
void Link::OnUnsent(const std::string& subject, const std::string& reply, const Trouble& trouble) {
  if (trouble.code == MAMC_E_UNAVAILABLE) return Lose(WhyUnreachable(address_, trouble.text));
  std::uint64_t number = 0;
  const std::size_t dot = reply.rfind('.');
  if (dot != std::string::npos) std::from_chars(reply.data() + dot + 1, reply.data() + reply.size(), number);
  const auto found = asked_.find(number);
  const Trouble told{trouble.code, "NATS at " + address_.Text() + ": " + trouble.text};
  if (found == asked_.end()) return Log(MAMC_LOG_WARN, told.text + ", at " + subject);
  const Asked asked = std::move(found->second);
  asked_.erase(found);
  asked.on_answer({.trouble = told});
}

void Link::OnLost(const Wire::Loss& loss) {
  // A connection that stood tells no address.
  const bool stood = state_ == State::kReady;
  const Trouble& trouble = loss.trouble;
  Lose(stood && trouble.code == MAMC_E_UNAVAILABLE ? WhyUnreachable(address_, trouble.text) : trouble,
       loss.hung_up);
}

// The connection is of no use any more. What was to happen at least once goes back to the front.
void Link::Lose(const Trouble& trouble, bool hung_up) {
  // A connection on which nothing was asked was no part of the outage before.
  if (failures_ == 0 || (state_ == State::kReady && asked_.empty())) lost_since_ms_ = Pump::NowMs();
  if (failures_ == 0 && was_there_) {
    Log(MAMC_LOG_WARN, trouble.text);
    failures_told_ = true;
  }
  ++failures_;
  pump_.Cancel(std::exchange(watch_, 0));
  wire_.Drop();
  std::deque<Asked> again;
  for (auto& [number, asked] : std::exchange(asked_, {})) again.push_back(std::move(asked));
  for (Asked& asked : waiting_) again.push_back(std::move(asked));
  waiting_ = std::move(again);
  const bool gives_up = GivesUp(trouble, hung_up);
  state_ = State::kIdle;
  if (was_there_ || !gives_up) {
    state_ = State::kWaiting;
    retry_ = pump_.After(PauseMs(failures_ - 1), [this] { Connect(); });
  }
  FailWaiting(trouble, gives_up);
  if (gives_up) handlers_.on_given_up(trouble);
}

bool Link::GivesUp(const Trouble& trouble, bool hung_up) const {
  if (trouble.code != MAMC_E_UNAVAILABLE) return true;
  // A server that was never there is not waited for; one that hung up may have cut this connection alone.
  if (!was_there_) return !hung_up || failures_ >= kFirstTries;
  return Pump::NowMs() - lost_since_ms_ >= options_.outage_limit_ms;
}

void Link::FailWaiting(const Trouble& trouble, bool durable_too) {
  std::deque<Asked> failed;
  for (std::deque<Asked> all = std::exchange(waiting_, {}); Asked & asked : all) {
    const bool fails = durable_too || asked.resend == Resend::kOnce;
    (fails ? failed : waiting_).push_back(std::move(asked));
  }
  for (const Asked& asked : failed) asked.on_answer({.trouble = trouble, .lost = true});
}

// Looks at the silence of the server while something is asked; there is one such timer at a time.
void Link::Watch() {
  if (watch_ != 0 || asked_.empty()) return;
  const std::int64_t silent_ms = Pump::NowMs() - asked_.begin()->second.sent_ms;
  watch_ = pump_.After(std::max<std::int64_t>(options_.answer_timeout_ms - silent_ms, 1),
                       [this] { CheckSilence(); });
}

void Link::CheckSilence() {
  watch_ = 0;
  if (asked_.empty()) return;
  const Asked& oldest = asked_.begin()->second;
  const std::int64_t silent_ms = Pump::NowMs() - oldest.sent_ms;
  if (silent_ms < options_.answer_timeout_ms) return Watch();
  Lose(WhyUnreachable(
      address_, "no answer to " + oldest.question.subject + " for " + std::to_string(silent_ms) + " ms"));
}

}  // namespace nats_transport
