#include "control.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mamc::cli {
namespace {

constexpr std::size_t kMaxLine = 1 << 16;

// The address of a socket in a folder, however long the folder's path: the kernel takes about a hundred
// bytes, so the folder is named by a descriptor.
class Address {
 public:
  explicit Address(const std::filesystem::path& socket)
      : folder_(::open(socket.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    const std::string path =
        "/proc/self/fd/" + std::to_string(folder_.get()) + "/" + socket.filename().string();
    address_.sun_family = AF_UNIX;
    path.copy(address_.sun_path, sizeof address_.sun_path - 1);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static constexpr socklen_t kSize = sizeof(sockaddr_un);

 private:
  const Descriptor folder_;
  sockaddr_un address_{};
};

Status ErrnoStatus(const std::string& what) {
  return {Code::kUnavailable, what + ": " + std::strerror(errno)};
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::Listen(Loop& loop, const std::filesystem::path& socket,
                                                             Handler handler) {
  const Address address(socket);
  ::unlink(socket.c_str());
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) return ErrnoStatus("control socket");
  mode_t before = ::umask(0177);
  int bound = ::bind(listener.get(), address.get(), Address::kSize);
  ::umask(before);
  if (bound != 0 || ::listen(listener.get(), 8) != 0) return ErrnoStatus("control socket " + socket.string());
  return std::unique_ptr<ControlServer>(
      new ControlServer(loop, socket, std::move(listener), std::move(handler)));
}

ControlServer::ControlServer(Loop& loop, std::filesystem::path socket, Descriptor listener, Handler handler)
    : loop_(loop), socket_(std::move(socket)), listener_(std::move(listener)), handler_(std::move(handler)) {
  watch_ = loop_.WatchReadable(listener_.get(), [this] { Accept(); });
}

ControlServer::~ControlServer() {
  loop_.Unwatch(watch_);
  ::unlink(socket_.c_str());
  while (!clients_.empty()) Close(clients_.begin()->first);
}

void ControlServer::Accept() {
  Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return;
  int fd = socket.get();
  Client& client = clients_[fd];
  client.socket = std::move(socket);
  client.watch = loop_.WatchReadable(fd, [this, fd] { Read(fd); });
}

void ControlServer::Read(int fd) {
  char bytes[4096];
  ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  auto it = clients_.find(fd);
  if (got <= 0 || it == clients_.end() || it->second.buffer.size() > kMaxLine) return Close(fd);
  it->second.buffer.append(bytes, static_cast<std::size_t>(got));
  std::size_t end = it->second.buffer.find('\n');
  if (end != std::string::npos) Answer(fd, it->second.buffer.substr(0, end));
}

void ControlServer::Answer(int fd, const std::string& line) {
  auto request = ParseJson(line);
  auto answer = request.ok() ? handler_(*request) : Result<Json>(request.status());
  Json reply = answer.ok() ? Json{{"ok", true}, {"result", *answer}}
                           : Json{{"ok", false},
                                  {"code", static_cast<int>(answer.status().code())},
                                  {"message", answer.status().message()}};
  WriteAll(fd, Dump(reply) + "\n");  // a client that has gone needs no answer
  Close(fd);
}

void ControlServer::Close(int fd) {
  auto it = clients_.find(fd);
  if (it == clients_.end()) return;
  loop_.Unwatch(it->second.watch);
  clients_.erase(it);
}

std::string HostProcess(const std::filesystem::path& socket) {
  const Address address(socket);
  Descriptor owner(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!owner || ::connect(owner.get(), address.get(), Address::kSize) != 0) return {};
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(owner.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
  return std::to_string(peer.pid);
}

Result<Json> AskOwner(const std::filesystem::path& socket, const Json& request) {
  const Address address(socket);
  Descriptor owner(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!owner) return ErrnoStatus("control socket");
  if (::connect(owner.get(), address.get(), Address::kSize) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return NotFound("no host listens at " + socket.string());
    return ErrnoStatus("control socket " + socket.string());
  }
  std::string reply;
  if (WriteAll(owner.get(), Dump(request) + "\n")) {
    char bytes[4096];
    for (ssize_t got; (got = ::recv(owner.get(), bytes, sizeof bytes, 0)) > 0 && reply.size() < (16u << 20);)
      reply.append(bytes, static_cast<std::size_t>(got));
  }
  auto answer = ParseJson(reply);
  if (!answer.ok()) return Unavailable("the host at " + socket.string() + " gave no answer");
  if (GetBool(*answer, "ok")) return GetMember(*answer, "result");
  return Status(static_cast<Code>(GetInt(*answer, "code", -1)), GetString(*answer, "message"));
}

}  // namespace mamc::cli
