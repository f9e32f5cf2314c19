#include "connection.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace redis_transport {
namespace {

void SetOption(int fd, int level, int option) {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof on);  // only makes it better; a Unix socket has none of them
}

}  // namespace

Connection::Connection(Pump& pump, const Address& address, Handlers handlers)
    : pump_(pump), address_(address), handlers_(std::move(handlers)) {
  if (address_.tls) tls_ = std::make_unique<Tls>(address_);
  Resolve();
  pump_.Add(*this);
  TryNext();
}

Connection::~Connection() {
  *alive_ = false;
  pump_.Remove(*this);
  CloseSocket();
}

void Connection::Resolve() {
  if (!address_.unix_path.empty()) {
    Candidate candidate{};
    auto& unix_address = reinterpret_cast<sockaddr_un&>(candidate.address);
    if (address_.unix_path.size() >= sizeof unix_address.sun_path) {
      why_ = "the path of the socket is too long";
      return;
    }
    unix_address.sun_family = AF_UNIX;
    std::memcpy(unix_address.sun_path, address_.unix_path.c_str(), address_.unix_path.size() + 1);
    candidate.size = sizeof unix_address;
    candidate.family = AF_UNIX;
    candidates_.push_back(candidate);
    return;
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(address_.host.c_str(), std::to_string(address_.port).c_str(), &hints, &found);
  if (error != 0) {
    why_ = ::gai_strerror(error);
    return;
  }
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    Candidate candidate{};
    std::memcpy(&candidate.address, at->ai_addr, at->ai_addrlen);
    candidate.size = at->ai_addrlen;
    candidate.family = at->ai_family;
    candidates_.push_back(candidate);
  }
  ::freeaddrinfo(found);
}

void Connection::TryNext() {
  while (next_candidate_ < candidates_.size()) {
    const Candidate& candidate = candidates_[next_candidate_++];
    CloseSocket();
    fd_ = ::socket(candidate.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) {
      why_ = std::strerror(errno);
      continue;
    }
    const auto* address = reinterpret_cast<const sockaddr*>(&candidate.address);
    if (::connect(fd_, address, candidate.size) == 0) return OnConnected();
    if (errno == EINPROGRESS) return;
    why_ = std::strerror(errno);
  }
  Lose(why_);
}

void Connection::OnConnected() {
  connected_ = true;
  SetOption(fd_, IPPROTO_TCP, TCP_NODELAY);
  SetOption(fd_, SOL_SOCKET, SO_KEEPALIVE);
  Flush();
}

void Connection::CloseSocket() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

// Told later: whoever is told ends this connection, which may be in the middle of something.
void Connection::Lose(std::string why) {
  if (std::exchange(lost_, true)) return;
  CloseSocket();
  pump_.Post([this, alive = alive_, why = std::move(why)] {
    if (*alive) std::function(handlers_.on_lost)(why);
  });
}

void Connection::Send(const std::string& command) {
  if (lost_) return;
  if (tls_ == nullptr) {
    unsent_ += command;
  } else if (!tls_->Send(command)) {
    return Lose("TLS: " + tls_->error());
  }
  if (connected_) Flush();
}

short Connection::wanted_events() const {
  if (!connected_) return POLLOUT;
  return static_cast<short>(POLLIN | (sent_ < unsent_.size() ? POLLOUT : 0));
}

void Connection::OnEvents(short events) {
  if (!connected_) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) return OnConnected();
    why_ = std::strerror(error);
    return TryNext();
  }
  if ((events & POLLOUT) != 0) Flush();
  if (!lost_ && (events & (POLLIN | POLLHUP | POLLERR)) != 0 && Read()) TakeReplies();
}

void Connection::Flush() {
  if (tls_ != nullptr) unsent_ += tls_->TakeWire();
  while (sent_ < unsent_.size()) {
    const ssize_t took = ::send(fd_, unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL);
    if (took < 0 && errno == EINTR) continue;
    if (took < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (took < 0) return Lose(std::strerror(errno));
    sent_ += static_cast<std::size_t>(took);
  }
  unsent_.clear();
  sent_ = 0;
}

// What there is, at most a buffer's worth at a time: the other sockets want their turn. False: lost.
bool Connection::Read() {
  char buffer[64 * 1024];
  const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got < 0) return Lose(std::strerror(errno)), false;
  if (got == 0) return Lose("the server closed the connection"), false;
  heard_ms_ = Pump::NowMs();
  std::string_view bytes(buffer, static_cast<std::size_t>(got));
  std::string plain;
  if (tls_ != nullptr) {
    const bool good = tls_->Receive(bytes, plain);
    Flush();
    if (!good) return Lose("TLS: " + tls_->error()), false;
    bytes = plain;
  }
  if (!bytes.empty()) redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
  return true;
}

void Connection::TakeReplies() {
  const std::shared_ptr<bool> alive = alive_;
  while (*alive && !lost_) {
    void* reply = nullptr;
    if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK)
      return Lose(std::string("what answers there is no Redis: ") + reader_->errstr);
    if (reply == nullptr) return;
    const std::unique_ptr<void, decltype(&freeReplyObject)> owned(reply, &freeReplyObject);
    handlers_.on_reply(*static_cast<const redisReply*>(reply));
  }
}

}  // namespace redis_transport
