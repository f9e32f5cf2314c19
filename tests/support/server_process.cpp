#include "support/server_process.hpp"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "support/loopback.hpp"
#include "support/real_server.hpp"

namespace mamc::test {
namespace {

constexpr auto kListenPatience = std::chrono::seconds(60);

std::string TextOf(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

bool Listens(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(port);
  const bool connected = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

ServerProcess::ServerProcess(const std::vector<std::string>& words, const std::filesystem::path& log,
                             int port) {
  pid_ = StartProgram(words, log.string(), log.parent_path().string());
  const auto end = std::chrono::steady_clock::now() + kListenPatience;
  while (!Listens(port)) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) {
      pid_ = -1;
      FAIL(words[0] << " ended: " << TextOf(log));
    }
    if (std::chrono::steady_clock::now() > end) {
      FAIL(words[0] << " does not listen on port " << port << ": " << TextOf(log));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

ServerProcess::~ServerProcess() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

SilentServer::SilentServer(std::string greeting)
    : greeting_(std::move(greeting)), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(fd_, 16) == 0);
  REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ::ntohs(address.sin_port);
}

SilentServer::~SilentServer() {
  for (int client : clients_) ::close(client);
  ::close(fd_);
}

void SilentServer::WaitForClient() {
  clients_.push_back(::accept(fd_, nullptr, nullptr));
  REQUIRE(clients_.back() >= 0);
  const ssize_t sent = ::send(clients_.back(), greeting_.data(), greeting_.size(), MSG_NOSIGNAL);
  REQUIRE(sent == static_cast<ssize_t>(greeting_.size()));
}

std::vector<std::string> ProcessesWith(const std::string& text) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::string words = TextOf(entry.path() / "cmdline");
    std::replace(words.begin(), words.end(), '\0', ' ');
    if (words.find(text) != std::string::npos) found.push_back(words);
  }
  return found;
}

void ServerProcess::Stop() {
  REQUIRE(::kill(pid_, SIGSTOP) == 0);
}

}  // namespace mamc::test
