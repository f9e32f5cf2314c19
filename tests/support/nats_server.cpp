#include "support/nats_server.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "support/loopback.hpp"

namespace mamc::test {
namespace {

constexpr timeval kLinePatience = {20, 0};

Json ConnectOptions() {
  return {{"verbose", false}, {"pedantic", false}, {"headers", true}, {"no_responders", true}};
}

// The words of HPUB and what follows them.
std::string Headed(const std::string& subject, const std::string& reply, const std::string& headers,
                   const std::string& payload) {
  return "HPUB " + subject + " " + reply + " " + std::to_string(headers.size()) + " " +
         std::to_string(headers.size() + payload.size()) + "\r\n" + headers + payload + "\r\n";
}

}  // namespace

// A connection in the protocol's own words.
class NatsConnection {
 public:
  explicit NatsConnection(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = Loopback(port);
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kLinePatience, sizeof kLinePatience);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~NatsConnection() { ::close(fd_); }
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;

  bool connected() const { return connected_; }
  void End() { ::shutdown(fd_, SHUT_RDWR); }
  void Say(const std::string& text) { ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  // Without its end; empty when the connection has ended.
  std::string Line() {
    while (heard_.find("\r\n") == std::string::npos)
      if (!Hear()) return "";
    const std::size_t end = heard_.find("\r\n");
    const std::string line = heard_.substr(0, end);
    heard_.erase(0, end + 2);
    return line;
  }
  std::string Bytes(std::size_t count) {
    while (heard_.size() < count)
      if (!Hear()) return "";
    const std::string bytes = heard_.substr(0, count);
    heard_.erase(0, count);
    return bytes;
  }

 private:
  bool Hear() {
    char bytes[65536];
    const ssize_t size = ::recv(fd_, bytes, sizeof bytes, 0);
    if (size <= 0) return false;
    heard_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

  const int fd_;
  bool connected_ = false;
  std::string heard_;
};

NatsServer::NatsServer(const std::string& config, const std::string& jetstream)
    : config_(config), jetstream_(jetstream) {
  StartAgain();
}

Json NatsServer::Settings(const Json& more, int port) const {
  Json settings = {{"url", "nats://127.0.0.1:" + std::to_string(port == 0 ? port_ : port)}};
  settings.update(more);
  return settings;
}

void NatsServer::StartAgain() {
  ++stores_;
  StartWithItsStore();
}

void NatsServer::StartWithItsStore() {
  std::string jetstream = jetstream_;
  const std::string store = "\"" + (folder_ / ("store" + std::to_string(stores_))).string() + "\"";
  if (const std::size_t at = jetstream.find('%'); at != std::string::npos) jetstream.replace(at, 1, store);
  folder_.Write("nats.conf",
                "listen: \"127.0.0.1:" + std::to_string(port_) + "\"\n" + jetstream + "\n" + config_);
  Start({"nats-server", "-c", "nats.conf"});
}

std::string NatsServer::Ask(const std::string& subject, const std::string& payload, const Json& login) const {
  NatsConnection client(port_);
  client.Line();  // INFO
  Json connect = ConnectOptions();
  if (login.is_object()) connect.update(login);
  client.Say("CONNECT " + connect.dump() + "\r\nSUB _INBOX.test 1\r\nPUB " + subject + " _INBOX.test " +
             std::to_string(payload.size()) + "\r\n" + payload + "\r\n");
  for (std::string line = client.Line(); !line.empty(); line = client.Line()) {
    const bool plain = line.compare(0, 4, "MSG ") == 0;
    if (line.compare(0, 5, "HMSG ") == 0) return "";  // nobody is there
    if (!plain) continue;
    return client.Bytes(std::stoul(line.substr(line.rfind(' ') + 1)));
  }
  return "";
}

Json NatsServer::Api(const std::string& call, const Json& body) const {
  return Json::parse(Ask("$JS.API." + call, body.is_null() ? "" : body.dump()), nullptr, false);
}

void NatsServer::Publish(const std::string& subject, const std::string& header,
                         const std::string& payload) const {
  NatsConnection client(port_);
  client.Line();  // INFO
  client.Say("CONNECT " + ConnectOptions().dump() + "\r\nSUB _INBOX.test 1\r\n" +
             Headed(subject, "_INBOX.test", "NATS/1.0\r\n" + header + "\r\n\r\n", payload));
  std::string line = client.Line();
  while (!line.empty() && line.compare(0, 4, "MSG ") != 0) line = client.Line();
  INFO(line);
  REQUIRE(!line.empty());
}

bool NatsServer::Answers() const {
  NatsConnection client(port_);
  return client.connected() && client.Line().compare(0, 5, "INFO ") == 0;
}

NatsResponder::NatsResponder(const NatsServer& server, const std::string& subjects, Answers answers)
    : answers_(std::move(answers)), connection_(std::make_unique<NatsConnection>(server.port())) {
  connection_->Line();  // INFO
  connection_->Say("CONNECT " + ConnectOptions().dump() + "\r\nSUB " + subjects + " 1\r\nPING\r\n");
  REQUIRE(connection_->Line() == "PONG");
  thread_ = std::thread([this] { Run(); });
}

NatsResponder::~NatsResponder() {
  connection_->End();
  thread_.join();
}

std::size_t NatsResponder::Heard(const std::string& subject) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count(heard_.begin(), heard_.end(), subject));
}

// "MSG <subject> <sid> <reply> <size>", or "HMSG <subject> <sid> <reply> <size of the headers> <size>".
void NatsResponder::Run() {
  for (std::string line = connection_->Line(); !line.empty(); line = connection_->Line()) {
    if (line == "PING") connection_->Say("PONG\r\n");
    std::istringstream words(line);
    std::string kind, subject, sid, reply;
    words >> kind >> subject >> sid >> reply;
    if (kind != "MSG" && kind != "HMSG") continue;
    connection_->Bytes(std::stoul(line.substr(line.rfind(' ') + 1)) + 2);
    {
      const std::lock_guard lock(mutex_);
      heard_.push_back(subject);
    }
    const std::optional<Reply> answer = answers_(subject);
    if (!answer) continue;
    connection_->Say(answer->status.empty()
                         ? "PUB " + reply + " " + std::to_string(answer->payload.size()) + "\r\n" +
                               answer->payload + "\r\n"
                         : Headed(reply, "", "NATS/1.0 " + answer->status + "\r\n\r\n", ""));
  }
}

}  // namespace mamc::test
