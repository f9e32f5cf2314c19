#include "redis_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

namespace mamc::bench {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);

int FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no port is free");
  return ::ntohs(address.sin_port);
}

using Connection = std::unique_ptr<redisContext, decltype(&redisFree)>;

bool Answers(int port) {
  const Connection connection(redisConnect("127.0.0.1", port), &redisFree);
  return connection && connection->err == 0;
}

}  // namespace

void PinTo(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

RedisProcess::RedisProcess(const std::filesystem::path& folder, int cpu) : port_(FreePort()) {
  const std::string log = (folder / "redis.log").string(), port = std::to_string(port_);
  pid_ = ::fork();
  if (pid_ == 0) {
    PinTo(cpu);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // whatever ends the benchmark ends its server
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execlp("redis-server", "redis-server", "--bind", "127.0.0.1", "--port", port.c_str(), "--save", "",
             "--appendonly", "no", "--dir", folder.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  if (pid_ < 0) throw std::runtime_error("cannot start redis-server");
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!Answers(port_)) {
    const bool ended = ::waitpid(pid_, nullptr, WNOHANG) != 0;
    if (ended) pid_ = -1;
    if (ended || std::chrono::steady_clock::now() > end) {
      End();
      throw std::runtime_error("redis-server does not answer; see " + log);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

RedisProcess::~RedisProcess() {
  End();
}

void RedisProcess::End() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

long long RedisProcess::Ask(const std::vector<std::string>& words) const {
  const Connection connection(redisConnect("127.0.0.1", port_), &redisFree);
  if (!connection || connection->err != 0) throw std::runtime_error("redis-server does not answer");
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  const std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply(
      static_cast<redisReply*>(
          redisCommandArgv(connection.get(), static_cast<int>(words.size()), texts.data(), sizes.data())),
      &freeReplyObject);
  if (!reply) throw std::runtime_error(words[0] + ": " + connection->errstr);
  if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error(words[0] + ": " + reply->str);
  return reply->integer;
}

}  // namespace mamc::bench
