#include "wire.hpp"

#include <nats/nats.h>

#include <atomic>
#include <csignal>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "why.hpp"

namespace nats_transport {

// What the library's threads hold while they may still call: where to hand things, as long as there is
// somebody.
struct Wire::Gate {
  std::mutex mutex;
  Pump* pump;  // guarded by mutex; null: the wire is gone
  const Handlers handlers;
  std::uint64_t current = 0;   // the connection that counts; pump thread only
  std::atomic<int> tries = 0;  // to connect, that have not ended

  Gate(Pump& pump_in, Handlers handlers_in) : pump(&pump_in), handlers(std::move(handlers_in)) {}
};

namespace {

constexpr std::int64_t kMostConnectMs = 2'000;  // for each address of each server
constexpr int kAddresses = 2;                   // of a server: IPv6 and IPv4
constexpr int kMostTries = 64;

template <class Type, void (*Destroy)(Type*)>
struct Destroyed {
  void operator()(Type* object) const { Destroy(object); }
};
template <class Type, void (*Destroy)(Type*)>
using Owned = std::unique_ptr<Type, Destroyed<Type, Destroy>>;
using ConnectOptions = Owned<natsOptions, natsOptions_Destroy>;
using Outgoing = Owned<natsMsg, natsMsg_Destroy>;

// For each thread that uses the library. It and its threads stay to the end of the process: a try to connect
// that hangs uses it longer than its wire lives. They are made with SIGPIPE blocked, so that the process's
// own handling of it, which the library changes, can stay as it was.
void UseLibrary() {
  sigset_t pipe;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction before {};
    ::sigaction(SIGPIPE, nullptr, &before);
    nats_Open(-1);
    ::sigaction(SIGPIPE, &before, nullptr);
  });
}

std::string LastError(natsStatus status) {
  natsStatus last = NATS_OK;
  const char* text = nats_GetLastError(&last);
  return last == status && text != nullptr ? text : natsStatus_GetText(status);
}

// The server, or what stands before it, ended the connection before it was made.
bool HungUp(natsStatus status) {
  return status == NATS_IO_ERROR || status == NATS_PROTOCOL_ERROR || status == NATS_CONNECTION_CLOSED ||
         status == NATS_CONNECTION_DISCONNECTED;
}

Message MessageFrom(natsMsg* incoming) {
  Message message;
  message.subject = natsMsg_GetSubject(incoming);
  if (const char* reply = natsMsg_GetReply(incoming)) message.reply = reply;
  message.data.assign(natsMsg_GetData(incoming), static_cast<std::size_t>(natsMsg_GetDataLength(incoming)));
  const char** names = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(incoming, &names, &count) != NATS_OK) return message;
  for (int i = 0; i < count; ++i) {
    const char* value = nullptr;
    if (natsMsgHeader_Get(incoming, names[i], &value) == NATS_OK && value) message.headers[names[i]] = value;
  }
  std::free(static_cast<void*>(names));
  const auto status = message.headers.find("Status");
  // What a stream has kept is no word of the server's, whatever its headers say: it is to be acknowledged.
  if (status != message.headers.end() && message.data.empty() && message.reply.empty())
    message.status = std::atoi(status->second.c_str());
  return message;
}

}  // namespace

// Io thread only, once it stands.
class Wire::Connection {
 public:
  Connection(std::shared_ptr<Gate> gate, std::uint64_t number) : gate_(std::move(gate)), number_(number) {}
  ~Connection() {
    for (const auto& [id, subscription] : subscriptions_) natsSubscription_Destroy(subscription);
    natsConnection_Destroy(connection_);
  }

  std::uint64_t number() const { return number_; }
  // What went wrong, if anything did.
  std::optional<Loss> Open(const Address& address, std::int64_t answer_timeout_ms);
  void Publish(const std::string& subject, const std::string& reply, const Headers& headers,
               const std::string& data);
  void Subscribe(SubscriptionId id, const std::string& subject);
  void Unsubscribe(SubscriptionId id);

  template <class Work>
  static void Hand(const std::shared_ptr<Gate>& gate, std::uint64_t number, Work work) {
    const std::lock_guard lock(gate->mutex);
    if (gate->pump == nullptr) return;
    gate->pump->Post([gate, number, work = std::move(work)] {
      if (gate->current == number) work(gate->handlers);
    });
  }

 private:
  // What a callback gets; deleted by the last one that the library makes with it.
  struct Line {
    std::shared_ptr<Gate> gate;
    std::uint64_t number;
    SubscriptionId id = 0;
  };

  std::optional<Trouble> Prepare(natsOptions* options, const Address& address, std::int64_t timeout_ms,
                                 Line* line);
  static void OnMessage(natsConnection*, natsSubscription*, natsMsg* incoming, void* closure);
  static void OnError(natsConnection*, natsSubscription*, natsStatus status, void* closure);
  static void OnClosed(natsConnection* connection, void* closure);
  static void OnOver(void* closure) { delete static_cast<Line*>(closure); }

  const std::shared_ptr<Gate> gate_;
  const std::uint64_t number_;
  natsConnection* connection_ = nullptr;
  std::map<SubscriptionId, natsSubscription*> subscriptions_;
};

std::optional<Trouble> Wire::Connection::Prepare(natsOptions* options, const Address& address,
                                                 std::int64_t timeout_ms, Line* line) {
  std::vector<std::string> urls;
  for (const Server& server : address.servers)
    urls.push_back("nats://" + Address{.servers = {server}}.Text());
  std::vector<const char*> texts;
  for (const std::string& url : urls) texts.push_back(url.c_str());
  natsOptions_SetServers(options, texts.data(), static_cast<int>(texts.size()));
  natsOptions_SetName(options, "mamc-host");
  natsOptions_SetTimeout(options, std::min(timeout_ms, kMostConnectMs));
  natsOptions_SetWriteDeadline(options, timeout_ms);
  natsOptions_SetPingInterval(options, timeout_ms);
  natsOptions_SetMaxPingsOut(options, 1);
  natsOptions_SetAllowReconnect(options, false);
  natsOptions_SetSendAsap(options, true);
  natsOptions_UseGlobalMessageDelivery(options, true);
  natsOptions_SetErrorHandler(options, &OnError, line);
  natsOptions_SetClosedCB(options, &OnClosed, line);
  if (!address.token.empty()) natsOptions_SetToken(options, address.token.c_str());
  if (!address.user.empty()) natsOptions_SetUserInfo(options, address.user.c_str(), address.password.c_str());
  const auto refuse = [](const char* setting, const std::string& file, natsStatus status) {
    return Trouble{MAMC_E_INVALID, "transports.nats." + std::string(setting) + ": " + file +
                                       " cannot be used: " + LastError(status)};
  };
  if (!address.creds_file.empty()) {
    const natsStatus status =
        natsOptions_SetUserCredentialsFromFiles(options, address.creds_file.c_str(), nullptr);
    if (status != NATS_OK) return refuse("creds_file", address.creds_file, status);
  }
  if (!address.nkey.empty()) {
    const natsStatus status =
        natsOptions_SetNKeyFromSeed(options, address.nkey.c_str(), address.nkey_seed_file.c_str());
    if (status != NATS_OK) return refuse("nkey_seed_file", address.nkey_seed_file, status);
  }
  if (!address.tls) return std::nullopt;
  natsOptions_SetSecure(options, true);
  const TlsFiles& files = address.tls_files;
  if (!files.ca.empty()) {
    const natsStatus status = natsOptions_LoadCATrustedCertificates(options, files.ca.c_str());
    if (status != NATS_OK) return refuse("tls_ca_file", files.ca, status);
  }
  if (!files.certificate.empty()) {
    const natsStatus status =
        natsOptions_LoadCertificatesChain(options, files.certificate.c_str(), files.key.c_str());
    if (status != NATS_OK)
      return refuse("tls_cert_file and tls_key_file", files.certificate + ", " + files.key, status);
  }
  return std::nullopt;
}

std::optional<Wire::Loss> Wire::Connection::Open(const Address& address, std::int64_t answer_timeout_ms) {
  natsOptions* made = nullptr;
  if (natsOptions_Create(&made) != NATS_OK) throw std::bad_alloc();
  const ConnectOptions options(made);
  auto line = std::unique_ptr<Line>(new Line{gate_, number_});
  if (auto trouble = Prepare(made, address, answer_timeout_ms, line.get())) return Loss{*trouble};
  const natsStatus status = natsConnection_Connect(&connection_, made);
  if (status != NATS_OK) return Loss{WhyNotConnected(address, status, LastError(status)), HungUp(status)};
  line.release();  // OnClosed deletes it
  return std::nullopt;
}

void Wire::Connection::Publish(const std::string& subject, const std::string& reply, const Headers& headers,
                               const std::string& data) {
  natsMsg* made = nullptr;
  natsStatus status = natsMsg_Create(&made, subject.c_str(), reply.empty() ? nullptr : reply.c_str(),
                                     data.data(), static_cast<int>(data.size()));
  const Outgoing message(made);
  for (const auto& [name, value] : headers)
    if (status == NATS_OK) status = natsMsgHeader_Set(made, name.c_str(), value.c_str());
  if (status == NATS_OK) status = natsConnection_PublishMsg(connection_, made);
  // What a lost connection did not take is sent again with the next one, which OnClosed brings about.
  if (status == NATS_OK || status == NATS_CONNECTION_CLOSED) return;
  std::string why = LastError(status);
  const mamc_code code = status == NATS_MAX_PAYLOAD ? MAMC_E_LIMIT : MAMC_E_UNAVAILABLE;
  if (status == NATS_MAX_PAYLOAD)
    why = "a message of " + std::to_string(data.size()) +
          " bytes is more than the server takes (max_payload, " +
          std::to_string(natsConnection_GetMaxPayload(connection_)) + ")";
  Hand(gate_, number_, [subject, reply, trouble = Trouble{code, why}](const Handlers& handlers) {
    handlers.on_unsent(subject, reply, trouble);
  });
}

void Wire::Connection::Subscribe(SubscriptionId id, const std::string& subject) {
  natsSubscription* subscription = nullptr;
  auto line = std::unique_ptr<Line>(new Line{gate_, number_, id});
  const natsStatus status =
      natsConnection_Subscribe(&subscription, connection_, subject.c_str(), &OnMessage, line.get());
  if (status != NATS_OK) return;                            // the connection is lost, which OnClosed tells
  natsSubscription_SetPendingLimits(subscription, -1, -1);  // what comes was asked for
  natsSubscription_SetOnCompleteCB(subscription, &OnOver, line.get());
  line.release();  // OnOver deletes it
  subscriptions_[id] = subscription;
}

void Wire::Connection::Unsubscribe(SubscriptionId id) {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return;
  natsSubscription_Unsubscribe(found->second);
  natsSubscription_Destroy(found->second);
  subscriptions_.erase(found);
}

void Wire::Connection::OnMessage(natsConnection*, natsSubscription*, natsMsg* incoming, void* closure) {
  const Line& line = *static_cast<Line*>(closure);
  Hand(line.gate, line.number, [id = line.id, message = MessageFrom(incoming)](const Handlers& handlers) {
    handlers.on_message(id, message);
  });
  natsMsg_Destroy(incoming);
}

void Wire::Connection::OnError(natsConnection*, natsSubscription*, natsStatus status, void* closure) {
  const Line& line = *static_cast<Line*>(closure);
  Hand(line.gate, line.number,
       [error = LastError(status)](const Handlers& handlers) { handlers.on_error(error); });
}

void Wire::Connection::OnClosed(natsConnection* connection, void* closure) {
  const std::unique_ptr<Line> line(static_cast<Line*>(closure));
  const char* error = nullptr;
  const natsStatus status = natsConnection_GetLastError(connection, &error);
  const std::string why = error != nullptr && *error != '\0' ? error : natsStatus_GetText(status);
  Hand(line->gate, line->number,
       [loss = Loss{WhyLost(status, why)}](const Handlers& handlers) { handlers.on_lost(loss); });
}

Wire::Wire(Pump& pump, const Address& address, std::int64_t answer_timeout_ms, Handlers handlers)
    : address_(address),
      answer_timeout_ms_(answer_timeout_ms),
      gate_(std::make_shared<Gate>(pump, std::move(handlers))) {
  io_.Post([] { UseLibrary(); });
  io_.Start();
}

Wire::~Wire() {
  {
    const std::lock_guard lock(gate_->mutex);
    gate_->pump = nullptr;
  }
  std::promise<void> ended;
  io_.Post([&] {
    connection_.reset();
    ended.set_value();
  });
  ended.get_future().wait();
  io_.Stop();
}

std::int64_t Wire::ConnectLimitMs() const {
  const auto addresses = static_cast<std::int64_t>(address_.servers.size()) * kAddresses;
  return addresses * std::min(answer_timeout_ms_, kMostConnectMs) + answer_timeout_ms_;
}

// On a thread that nobody waits for: the library waits without a limit for a server that falls silent while
// TLS is agreed on. Whoever has given that connection up connects anew beside it.
void Wire::Connect() {
  const std::uint64_t number = ++gate_->current;
  io_.Post([this] { connection_.reset(); });
  const auto lose = [gate = gate_, number](const Loss& loss) {
    Connection::Hand(gate, number, [loss](const Handlers& handlers) { handlers.on_lost(loss); });
  };
  if (gate_->tries >= kMostTries)
    return lose({WhyUnreachable(address_, std::to_string(kMostTries) + " tries to connect hang")});
  // Only the pump's thread uses `this`, while the number counts.
  const auto connect = [this, gate = gate_, number, lose, address = address_,
                        answer_timeout_ms = answer_timeout_ms_] {
    auto made = std::make_shared<Connection>(gate, number);
    if (const auto loss = made->Open(address, answer_timeout_ms)) return lose(*loss);
    Connection::Hand(gate, number, [this, made](const Handlers& handlers) {
      io_.Post([this, made] { connection_ = made; });
      handlers.on_connected();
    });
  };
  ++gate_->tries;
  try {
    std::thread([connect, lose, gate = gate_, address = address_] {
      UseLibrary();
      try {
        connect();
      } catch (const std::exception& error) {
        lose({WhyUnreachable(address, error.what())});
      }
      --gate->tries;
    }).detach();
  } catch (const std::system_error& error) {  // no thread to be had
    --gate_->tries;
    lose({WhyUnreachable(address_, error.what())});
  }
}

void Wire::Drop() {
  ++gate_->current;
  io_.Post([this] { connection_.reset(); });
}

void Wire::Publish(std::string subject, std::string reply, Headers headers, std::string data) {
  io_.Post([this, number = gate_->current, subject = std::move(subject), reply = std::move(reply),
            headers = std::move(headers), data = std::move(data)] {
    if (connection_ && connection_->number() == number) connection_->Publish(subject, reply, headers, data);
  });
}

void Wire::Subscribe(SubscriptionId id, std::string subject) {
  io_.Post([this, number = gate_->current, id, subject = std::move(subject)] {
    if (connection_ && connection_->number() == number) connection_->Subscribe(id, subject);
  });
}

void Wire::Unsubscribe(SubscriptionId id) {
  io_.Post([this, number = gate_->current, id] {
    if (connection_ && connection_->number() == number) connection_->Unsubscribe(id);
  });
}

}  // namespace nats_transport
