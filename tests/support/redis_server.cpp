#include "support/redis_server.hpp"

#include <unistd.h>

#include <algorithm>

namespace mamc::test {

RedisServer::RedisServer(std::vector<std::string> options) : options_(std::move(options)) {
  StartAgain();
}

Json RedisServer::Settings(const Json& more, int port) const {
  Json settings = {{"host", "127.0.0.1"}, {"port", port == 0 ? port_ : port}};
  settings.update(more);
  return settings;
}

std::string RedisServer::Cli(const std::vector<std::string>& words) const {
  const std::string output = (folder_.path() / "cli").string();
  ::unlink(output.c_str());
  std::vector<std::string> command = {"redis-cli", "-s", (folder_.path() / "sock").string()};
  command.insert(command.end(), words.begin(), words.end());
  WaitForEnd(StartProgram(command, output, folder_.path().string()));
  return folder_.Read("cli");
}

void RedisServer::StartAgain() {
  const std::string folder = folder_.path().string();
  std::vector<std::string> words = {"redis-server",   "--bind",      "127.0.0.1", "--save", "",
                                    "--appendonly",   "no",          "--dir",     folder,   "--unixsocket",
                                    folder + "/sock", "--daemonize", "no"};
  // With TLS the port is given by the options.
  const bool own_port = std::find(options_.begin(), options_.end(), "--port") == options_.end();
  if (own_port) words.insert(words.end(), {"--port", std::to_string(port_)});
  words.insert(words.end(), options_.begin(), options_.end());
  Start(words);
}

bool RedisServer::Answers() const {
  const std::string said = Cli({"PING"});
  return said.find("PONG") != std::string::npos || said.find("NOAUTH") != std::string::npos;
}

}  // namespace mamc::test
