#include "support/redis_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

extern char** environ;

namespace mamc::test {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);

pid_t Spawn(std::vector<std::string> words, const std::string& output, const std::string& folder) {
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

int WaitFor(pid_t pid) {
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return status;
}

}  // namespace

int FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(fd);
  return ::ntohs(address.sin_port);
}

RedisServer::RedisServer(std::vector<std::string> options) : options_(std::move(options)), port_(FreePort()) {
  Start();
}

RedisServer::~RedisServer() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Json RedisServer::Settings(const Json& more) const {
  Json settings = {{"host", "127.0.0.1"}, {"port", port_}};
  settings.update(more);
  return settings;
}

std::string RedisServer::Cli(const std::vector<std::string>& words) const {
  const std::string output = (folder_.path() / "cli").string();
  ::unlink(output.c_str());
  std::vector<std::string> command = {"redis-cli", "-s", (folder_.path() / "sock").string()};
  command.insert(command.end(), words.begin(), words.end());
  WaitFor(Spawn(command, output, folder_.path().string()));
  return folder_.Read("cli");
}

void RedisServer::Stop() {
  REQUIRE(::kill(pid_, SIGSTOP) == 0);
}

void RedisServer::Continue() {
  REQUIRE(::kill(pid_, SIGCONT) == 0);
}

void RedisServer::Kill() {
  REQUIRE(::kill(pid_, SIGKILL) == 0);
  WaitFor(pid_);
  pid_ = -1;
}

void RedisServer::StartAgain() {
  Start();
}

void RedisServer::Start() {
  const std::string folder = folder_.path().string();
  std::vector<std::string> words = {"redis-server",   "--bind",      "127.0.0.1", "--save", "",
                                    "--appendonly",   "no",          "--dir",     folder,   "--unixsocket",
                                    folder + "/sock", "--daemonize", "no"};
  // With TLS the port is given by the options.
  const bool own_port = std::find(options_.begin(), options_.end(), "--port") == options_.end();
  if (own_port) words.insert(words.end(), {"--port", std::to_string(port_)});
  words.insert(words.end(), options_.begin(), options_.end());
  pid_ = Spawn(words, folder + "/log", folder);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!Answers()) {
    const bool ended = ::waitpid(pid_, nullptr, WNOHANG) != 0;
    if (ended || std::chrono::steady_clock::now() > end) {
      if (!ended) Kill();
      pid_ = -1;
      FAIL("redis-server did not start: " << folder_.Read("log"));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

bool RedisServer::Answers() const {
  const std::string said = Cli({"PING"});
  return said.find("PONG") != std::string::npos || said.find("NOAUTH") != std::string::npos;
}

}  // namespace mamc::test
