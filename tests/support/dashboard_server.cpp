#include "support/dashboard_server.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "support/places.hpp"

extern char** environ;

namespace mamc::test {

DashboardServer::DashboardServer(std::vector<std::string> projects, std::string token)
    : projects_(std::move(projects)), token_(std::move(token)) {
  Start();
}

DashboardServer::~DashboardServer() {
  if (from_ != nullptr) std::fclose(from_);
  if (to_ >= 0) ::close(to_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Json DashboardServer::Settings(const Json& more) const {
  Json settings = {{"base_url", url()}, {"poll_ms", 10}};
  settings.update(more);
  return settings;
}

Json DashboardServer::Tell(const Json& order) {
  const std::string line = order.dump() + "\n";
  REQUIRE(::write(to_, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  return Json::parse(Line());
}

int DashboardServer::Requests(const std::string& method, const std::string& part) {
  int count = 0;
  for (const Json& request : Tell({{"requests", true}}))
    count +=
        request["method"] == method && request["path"].get<std::string>().find(part) != std::string::npos;
  return count;
}

Json DashboardServer::Stored(const Json& id) {
  for (const Json& task : Tell({{"tasks", true}}))
    if (id == task["id"].dump()) return task;
  FAIL("the dashboard has no task " << id.dump());
  return nullptr;
}

void DashboardServer::Kill() {
  REQUIRE(::kill(pid_, SIGKILL) == 0);
  REQUIRE(::waitpid(pid_, nullptr, 0) == pid_);
  pid_ = -1;
  std::fclose(from_);
  ::close(to_);
  from_ = nullptr;
  to_ = -1;
}

void DashboardServer::StartAgain() {
  Start();
}

void DashboardServer::Start() {
  int orders[2], answers[2];
  REQUIRE(::pipe2(orders, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(answers, O_CLOEXEC) == 0);
  std::vector<std::string> words = {"python3", SourceDir() / "tests/e2e/dashboard_server.py",
                                    "--port",  std::to_string(port_),
                                    "--state", (folder_ / "state").string()};
  if (!token_.empty()) words.insert(words.end(), {"--token", token_});
  words.insert(words.end(), projects_.begin(), projects_.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, orders[0], 0);
  ::posix_spawn_file_actions_adddup2(&actions, answers[1], 1);
  const int error = ::posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(orders[0]);
  ::close(answers[1]);
  to_ = orders[1];
  from_ = ::fdopen(answers[0], "r");
  REQUIRE(error == 0);
  port_ = std::stoi(Line());
}

std::string DashboardServer::Line() {
  std::string line;
  for (int c = std::fgetc(from_); c != '\n'; c = std::fgetc(from_)) {
    if (c == EOF) FAIL("the dashboard server has ended");
    line += static_cast<char>(c);
  }
  return line;
}

}  // namespace mamc::test
