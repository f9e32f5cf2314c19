#include "support/real_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <map>
#include <thread>

#include "support/temp_dir.hpp"

namespace mamc::test {
namespace {

std::map<std::string, std::string> EnvironmentOf(const Json& input) {
  std::map<std::string, std::string> env{{"LANG", "C.UTF-8"}, {"CI", "true"}};
  std::vector<std::string> names{"PATH", "HOME", "TMPDIR"};
  for (const Json& name : GetMember(input, "inherit_env")) names.push_back(name.get<std::string>());
  for (const std::string& name : names)
    if (const char* value = std::getenv(name.c_str())) env[name] = value;
  if (input.contains("env"))
    for (const auto& [name, value] : input["env"].items()) env[name] = value.get<std::string>();
  return env;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Between fork and exec only what is safe there is called: everything was made ready before.
[[noreturn]] void Become(const char* cwd, char* const* argv, char* const* env, const int (&fds)[3]) {
  for (int i = 0; i < 3; ++i) ::dup2(fds[i], i);
  if (::chdir(cwd) == 0) ::execvpe(argv[0], argv, env);
  ::_exit(127);
}

}  // namespace

Json RunSpawn(const Json& input) {
  TempDir files;
  auto out = files.Write("out", ""), err = files.Write("err", "");
  auto argv_texts = input.at("argv").get<std::vector<std::string>>();
  std::vector<std::string> env_texts;
  for (const auto& [name, value] : EnvironmentOf(input)) env_texts.push_back(name + "=" + value);
  std::vector<char*> argv = Pointers(argv_texts), env = Pointers(env_texts);
  const std::string cwd = GetString(input, "cwd", "/");
  const int fds[3] = {::open("/dev/null", O_RDONLY | O_CLOEXEC), ::open(out.c_str(), O_WRONLY | O_CLOEXEC),
                      ::open(err.c_str(), O_WRONLY | O_CLOEXEC)};
  pid_t pid = ::fork();
  if (pid == 0) Become(cwd.c_str(), argv.data(), env.data(), fds);
  for (int fd : fds) ::close(fd);
  REQUIRE(pid > 0);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  Json result = {{"exit_code", nullptr},
                 {"signal", nullptr},
                 {"stdout", files.Read("out")},
                 {"stderr", files.Read("err")},
                 {"truncated", false},
                 {"timed_out", false},
                 {"duration_ms", 1}};
  if (WIFEXITED(status)) result["exit_code"] = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result["signal"] = WTERMSIG(status);
  return result;
}

std::string RunProgram(const std::vector<std::string>& argv, const std::filesystem::path& cwd) {
  Json result = RunSpawn({{"argv", argv}, {"cwd", cwd.string()}});
  INFO(Dump(argv) << " in " << cwd.string() << ": " << result["stdout"] << result["stderr"]);
  REQUIRE(result["exit_code"] == 0);
  return result["stdout"].get<std::string>();
}

plugin::Outcome WaitServingSpawn(PluginDriver& driver, DrivenCall call,
                                 const std::function<void(const Json&)>& before) {
  REQUIRE_FALSE(driver.serve_spawn);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::size_t served = 0;
  while (!call.completed()) {
    REQUIRE(std::chrono::steady_clock::now() < end);
    if (served == call.children().size()) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      continue;
    }
    const ChildCall child = call.children()[served++];
    REQUIRE(child.service == "spawn");
    if (before) before(child.input);
    call.Answer(child.key, RunSpawn(child.input));
  }
  return call.Wait();
}

void MakeCertificate(const std::filesystem::path& folder, const std::string& file, const std::string& name) {
  RunProgram({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
              "-nodes", "-days", "2", "-subj", "/CN=" + file, "-addext", "subjectAltName=" + name, "-keyout",
              file + ".key", "-out", file + ".crt"},
             folder);
}

}  // namespace mamc::test
