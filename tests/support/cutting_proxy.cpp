#include "support/cutting_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <vector>

#include "support/loopback.hpp"

namespace mamc::test {
namespace {

constexpr int kLookMs = 2;  // whether to cut

// False: the connection is over.
bool Pass(int from, int to) {
  char bytes[65536];
  const ssize_t size = ::recv(from, bytes, sizeof bytes, 0);
  if (size <= 0) return false;
  for (ssize_t sent = 0; sent < size;) {
    const ssize_t more = ::send(to, bytes + sent, static_cast<std::size_t>(size - sent), MSG_NOSIGNAL);
    if (more <= 0) return false;
    sent += more;
  }
  return true;
}

}  // namespace

CuttingProxy::CuttingProxy(int server_port, int cut_at_once)
    : server_port_(server_port),
      cut_at_once_(cut_at_once),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener_, 16) == 0);
  REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ::ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

CuttingProxy::~CuttingProxy() {
  ends_ = true;
  thread_.join();
  ::close(listener_);
}

void CuttingProxy::Run() {
  std::vector<pollfd> sockets = {{listener_, POLLIN, 0}};  // and behind it pairs: client, server
  const auto close_pair = [&](std::size_t client) {
    ::close(sockets[client].fd);
    ::close(sockets[client + 1].fd);
    sockets.erase(sockets.begin() + static_cast<std::ptrdiff_t>(client),
                  sockets.begin() + static_cast<std::ptrdiff_t>(client) + 2);
  };
  while (!ends_) {
    ::poll(sockets.data(), sockets.size(), kLookMs);
    const bool cuts = cuts_.exchange(false);
    for (std::size_t client = sockets.size() - 2; sockets.size() > 1 && client >= 1; client -= 2) {
      bool over = cuts || (cut_at_once_ > 0 && sockets[client].revents != 0 && cut_at_once_-- > 0);
      if (!over && sockets[client].revents != 0) over = !Pass(sockets[client].fd, sockets[client + 1].fd);
      if (!over && sockets[client + 1].revents != 0) over = !Pass(sockets[client + 1].fd, sockets[client].fd);
      if (over) close_pair(client);
      if (client < 2) break;
    }
    if (sockets[0].revents == 0) continue;
    const int client = ::accept(listener_, nullptr, nullptr);
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(server_port_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      sockets.push_back({client, POLLIN, 0});
      sockets.push_back({server, POLLIN, 0});
    } else {
      ::close(client);
      ::close(server);
    }
  }
  while (sockets.size() > 1) close_pair(1);
}

}  // namespace mamc::test
