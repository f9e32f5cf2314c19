#include "program.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <sstream>

#include "support/places.hpp"

namespace mamc::test {
namespace {

// In the child: only calls that are safe after fork, then exec or exit.
[[noreturn]] void Become(char* const* argv, char* const* envp, const char* cwd, const char* out,
                         const char* err) {
  int out_fd = ::open(out, O_CREAT | O_TRUNC | O_WRONLY, 0600);
  int err_fd = ::open(err, O_CREAT | O_TRUNC | O_WRONLY, 0600);
  int in_fd = ::open("/dev/null", O_RDONLY);
  bool ready = ::dup2(in_fd, 0) == 0 && ::dup2(out_fd, 1) == 1 && ::dup2(err_fd, 2) == 2 && ::chdir(cwd) == 0;
  if (ready) ::execve(argv[0], argv, envp);
  ::_exit(127);
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Json Ran::json() const {
  INFO("standard output: " << out << "\nstandard error: " << err);
  REQUIRE(Json::accept(out));
  return Json::parse(out);
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Program::Program() {
  environment["HOME"] = (dir / "home").string();
  environment["PATH"] = "/usr/bin:/bin";
}

Running Program::Start(const std::vector<std::string>& arguments) const {
  auto output = std::make_unique<TempDir>();
  std::vector<std::string> words = {ProgramDir() / "mamc-host"}, variables;
  words.insert(words.end(), arguments.begin(), arguments.end());
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> argv = Pointers(words), envp = Pointers(variables);
  const std::string cwd = dir.path().string(), out = *output / "out", err = *output / "err";

  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) Become(argv.data(), envp.data(), cwd.c_str(), out.c_str(), err.c_str());
  return Running(child, std::move(output));
}

Running::~Running() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Running::Signal(int number) const {
  REQUIRE(::kill(pid_, number) == 0);
}

Ran Running::Wait() {
  int status = 0;
  REQUIRE(::waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  REQUIRE(WIFEXITED(status));
  return {WEXITSTATUS(status), output_->Read("out"), output_->Read("err")};
}

bool EachLineNamesTheProgram(const std::string& err) {
  std::istringstream lines(err);
  std::size_t named = 0, all = 0;
  for (std::string line; std::getline(lines, line); ++all) named += line.starts_with("mamc-host: ") ? 1 : 0;
  return all > 0 && named == all;
}

}  // namespace mamc::test
