#include "support/real_server.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <random>
#include <thread>

#include "support/loopback.hpp"

extern char** environ;

namespace mamc::test {
namespace {

constexpr auto kServerPatience = std::chrono::seconds(30);
// Below those that the kernel gives to connections (net.ipv4.ip_local_port_range): a server that is down for
// a moment would find its port taken by one, which may even be that of a client that connects to itself.
constexpr int kFirstPort = 10'000;
constexpr int kLastPort = 32'000;

}  // namespace

pid_t StartProgram(std::vector<std::string> words, const std::string& output, const std::string& folder) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  INFO(words[0] << ": " << std::strerror(error));
  REQUIRE(error == 0);
  return pid;
}

void WaitForEnd(pid_t pid) {
  REQUIRE(::waitpid(pid, nullptr, 0) == pid);
}

int FreePort() {
  std::random_device random;
  std::uniform_int_distribution<int> ports(kFirstPort, kLastPort);
  for (;;) {
    const int port = ports(random);
    sockaddr_in address = Loopback(port);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0);
    const int bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    const int error = errno;
    ::close(fd);
    if (bound == 0) return port;
    INFO(std::strerror(error));
    REQUIRE(error == EADDRINUSE);
  }
}

RealServer::~RealServer() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void RealServer::Stop() {
  REQUIRE(::kill(pid_, SIGSTOP) == 0);
  REQUIRE(::waitpid(pid_, nullptr, WUNTRACED) == pid_);  // until then it may still answer
}

void RealServer::Continue() {
  REQUIRE(::kill(pid_, SIGCONT) == 0);
}

void RealServer::Kill() {
  REQUIRE(::kill(pid_, SIGKILL) == 0);
  WaitForEnd(pid_);
  pid_ = -1;
}

void RealServer::Start(const std::vector<std::string>& words) {
  const std::string folder = folder_.path().string();
  pid_ = StartProgram(words, folder + "/log", folder);
  const auto end = std::chrono::steady_clock::now() + kServerPatience;
  while (!Answers()) {
    const bool ended = ::waitpid(pid_, nullptr, WNOHANG) != 0;
    if (ended || std::chrono::steady_clock::now() > end) {
      if (!ended) Kill();
      pid_ = -1;
      FAIL(words[0] << " did not start: " << folder_.Read("log"));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace mamc::test
