#include "spawn_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>

#include "mamc/base/json.hpp"
#include "mamc/base/log.hpp"

// Implementation: fork and exec. posix_spawn can neither set limits nor close every other descriptor nor ask
// for the parent's death. What happens after the fork is in spawn_keeper.cpp; what goes wrong there is told
// through a pipe that exec closes.
namespace mamc::plugin {
namespace {

// Descriptors that the child rearranges lie above those that it rearranges them to.
constexpr int kLowestFd = 10;

std::string ErrnoText(int error) {
  return std::strerror(error);
}  // NOLINT: one thread starts processes

// ---- The request ----

bool HasNul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

Status ReadStrings(const Json& input, const char* name, std::vector<std::string>& out) {
  const Json& list = GetMember(input, name);
  if (list.is_null()) return {};
  if (!list.is_array()) return Invalid(std::string("spawn: ") + name + " must be a list of strings");
  for (const Json& item : list) {
    if (!item.is_string() || HasNul(item.get_ref<const std::string&>()))
      return Invalid(std::string("spawn: ") + name + " must hold strings without NUL bytes only");
    out.push_back(item.get<std::string>());
  }
  return {};
}

Status ReadCommand(const Json& input, SpawnRequest& request) {
  if (Status status = ReadStrings(input, "argv", request.argv); !status.ok()) return status;
  const Json& shell = GetMember(input, "shell");
  if (shell.is_null() == request.argv.empty()) return Invalid("spawn: give either argv (not empty) or shell");
  if (shell.is_null())
    return request.argv.front().empty() ? Invalid("spawn: argv names no program") : Status();
  if (!shell.is_string() || HasNul(shell.get_ref<const std::string&>()))
    return Invalid("spawn: shell must be text without NUL bytes");
  request.argv = {"/bin/sh", "-c", shell.get<std::string>()};
  return {};
}

std::string HostVariable(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != 0 ? value : fallback;
}

Status ReadEnvironment(const Json& input, SpawnRequest& request) {
  std::map<std::string, std::string> env = {{"PATH", HostVariable("PATH", "/usr/local/bin:/usr/bin:/bin")},
                                            {"HOME", HostVariable("HOME", "/")},
                                            {"LANG", "C.UTF-8"},
                                            {"TMPDIR", HostVariable("TMPDIR", "/tmp")},
                                            {"CI", "true"}};
  std::vector<std::string> inherited;
  if (Status status = ReadStrings(input, "inherit_env", inherited); !status.ok()) return status;
  for (const std::string& name : inherited)
    if (const char* value = std::getenv(name.c_str())) env[name] = value;
  const Json& own = GetMember(input, "env");
  if (!own.is_null() && !own.is_object()) return Invalid("spawn: env must be an object of strings");
  for (const auto& [name, value] : own.items()) {
    bool usable = !name.empty() && name.find('=') == std::string::npos && !HasNul(name) &&
                  value.is_string() && !HasNul(value.get_ref<const std::string&>());
    if (!usable) return Invalid("spawn: env." + name + " is not a variable with a text without NUL bytes");
    env[name] = value.get<std::string>();
  }
  for (const auto& [name, value] : env) request.env.push_back(name + "=" + value);
  return {};
}

Status ReadNumber(const Json& input, const char* name, std::int64_t lowest, std::int64_t& out) {
  const Json& value = GetMember(input, name);
  if (value.is_null()) return {};
  if (!value.is_number_integer() || value.get<std::int64_t>() < lowest)
    return Invalid(std::string("spawn: ") + name + " must be a whole number of at least " +
                   std::to_string(lowest));
  out = value.get<std::int64_t>();
  return {};
}

Status ReadLimits(const Json& input, SpawnRequest& request) {
  std::int64_t output = static_cast<std::int64_t>(request.max_output_bytes), memory = 0, processes = 0;
  for (const Status& status :
       {ReadNumber(input, "timeout_ms", 1, request.timeout_ms),
        ReadNumber(input, "max_output_bytes", 0, output), ReadNumber(input, "memory_bytes", 1, memory),
        ReadNumber(input, "processes", 1, processes)})
    if (!status.ok()) return status;
  request.max_output_bytes = static_cast<std::size_t>(std::min<std::int64_t>(output, 1 << 30));
  request.memory_bytes = static_cast<std::uint64_t>(memory);
  request.processes = static_cast<std::uint64_t>(processes);
  request.network = GetBool(input, "network", true);
  request.ends_with_caller = GetBool(input, "ends_with_caller");
  return {};
}

// ---- The program ----

std::string PathOf(const SpawnRequest& request) {
  for (const std::string& variable : request.env)
    if (variable.rfind("PATH=", 0) == 0) return variable.substr(5);
  return {};
}

// The file of a program: as named when it has a slash (then relative to the working directory), else found
// along PATH.
Result<std::string> FindProgram(const std::string& name, const std::string& path) {
  if (name.find('/') != std::string::npos) return name;
  for (std::size_t at = 0; at <= path.size();) {
    std::size_t end = std::min(path.find(':', at), path.size());
    std::string file = path.substr(at, end - at) + "/" + name;
    if (end > at && ::access(file.c_str(), X_OK) == 0) return file;
    at = end + 1;
  }
  return NotFound("spawn: program '" + name + "' is not in PATH (" + path + ")");
}

// ---- The parent's side ----

Status NoDescriptor(int error) {
  return Unavailable("spawn: no descriptor: " + ErrnoText(error));
}

// The same file under a number that nothing in the child reuses.
Descriptor Raised(int fd) {
  Descriptor low(fd);
  return Descriptor(::fcntl(low.get(), F_DUPFD_CLOEXEC, kLowestFd));
}

bool MakePipe(Descriptor& read_end, Descriptor& write_end) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  read_end = Raised(ends[0]);
  write_end = Raised(ends[1]);
  return read_end && write_end;
}

// Standard input: a file in memory, so that nobody has to feed a pipe.
Descriptor InputWith(const std::string& text) {
  if (text.empty()) return Raised(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Descriptor file = Raised(::memfd_create("stdin", MFD_CLOEXEC));
  for (std::size_t written = 0; file && written < text.size();) {
    ssize_t n = ::write(file.get(), text.data() + written, text.size() - written);
    if (n < 0) return Descriptor();
    written += static_cast<std::size_t>(n);
  }
  if (file) ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

Status Explain(const ChildError& error, const SpawnRequest& request) {
  std::string reason = ErrnoText(error.error);
  switch (error.stage) {
    case Stage::kDirectory:
      return NotFound("spawn: cannot work in " + request.cwd + ": " + reason);
    case Stage::kLimits:
      return Invalid("spawn: cannot set the limits: " + reason);
    case Stage::kExec:
      return NotFound("spawn: cannot run " + request.argv.front() + ": " + reason);
    case Stage::kFork:
    case Stage::kSession:
    case Stage::kDescriptors:
      break;
  }
  return Unavailable("spawn: cannot prepare " + request.argv.front() + ": " + reason);
}

// False at the end of the pipe. What is written into it is small enough to come as one.
bool ReadWhole(int pipe, void* bytes, std::size_t size) {
  ssize_t n;
  do n = ::read(pipe, bytes, size);
  while (n < 0 && errno == EINTR);
  return n == static_cast<ssize_t>(size);
}

// Nothing when the program runs.
Status WaitForExec(int error_pipe, const SpawnRequest& request) {
  ChildError error{};
  return ReadWhole(error_pipe, &error, sizeof error) ? Explain(error, request) : Status();
}

// The words before a command's own that run it without a network; none, and why, when this machine cannot.
struct Jail {
  std::vector<std::string> argv;
  std::string why_not;
};
// Tried once per process.
const Jail& TheJail();

SpawnRequest Jailed(SpawnRequest request) {
  std::vector<std::string> argv = TheJail().argv;
  if (argv.empty()) return request;
  argv.insert(argv.end(), {"--chdir", request.cwd, "--"});
  argv.insert(argv.end(), request.argv.begin(), request.argv.end());
  request.argv = std::move(argv);
  return request;
}

bool Works(const std::vector<std::string>& jail) {
  SpawnRequest probe;
  probe.argv = jail;
  probe.argv.insert(probe.argv.end(), {"--", "/bin/true"});
  probe.cwd = "/";
  auto process = StartProcess(probe);
  if (!process.ok()) return false;
  std::optional<ProcessEnd> end;
  for (pollfd report{process->report.get(), POLLIN, 0}; !(end = ReadEnd(*process));) ::poll(&report, 1, -1);
  EndProcess(*process);
  return end->code == CLD_EXITED && end->status == 0;
}

Jail FindJail() {
  auto bwrap = FindProgram("bwrap", HostVariable("PATH", "/usr/local/bin:/usr/bin:/bin"));
  if (!bwrap.ok()) return {{}, "bubblewrap is not installed"};
  std::vector<std::string> without_network = {*bwrap, "--unshare-net",    "--dev-bind", "/",
                                              "/",    "--die-with-parent"};
  // With process ids of their own they see and reach no other process. In some containers /proc may not be
  // mounted.
  std::vector<std::string> on_its_own = without_network;
  on_its_own.insert(on_its_own.end(), {"--unshare-pid", "--proc", "/proc"});
  if (Works(on_its_own)) return {on_its_own, ""};
  if (Works(without_network)) return {without_network, ""};
  return {{}, "bubblewrap does not work here"};
}

const Jail& TheJail() {
  static const Jail jail = [] {
    Jail found = FindJail();
    if (found.argv.empty())
      Log("plugin", LogLevel::kWarn, found.why_not + ": commands that asked for no network run with it");
    return found;
  }();
  return jail;
}

}  // namespace

std::string WhyNetworkStays() {
  return TheJail().why_not;
}

Result<SpawnRequest> ParseSpawnRequest(const Json& input, const std::filesystem::path& default_cwd) {
  SpawnRequest request;
  if (!input.is_object()) return Invalid("spawn: the input must be an object");
  if (Status status = ReadCommand(input, request); !status.ok()) return status;
  if (Status status = ReadEnvironment(input, request); !status.ok()) return status;
  if (Status status = ReadLimits(input, request); !status.ok()) return status;
  request.stdin_text = GetString(input, "stdin");
  std::string cwd = GetString(input, "cwd");
  if (HasNul(cwd)) return Invalid("spawn: cwd must not hold NUL bytes");
  request.cwd = (default_cwd / cwd).string();
  if (request.cwd.empty() || request.cwd.front() != '/')
    return Invalid("spawn: cwd '" + cwd +
                   "' is relative and there is no workspace that it could be relative to");
  return request;
}

Result<SpawnedProcess> StartProcess(const SpawnRequest& asked) {
  SpawnRequest request = asked.network ? asked : Jailed(asked);
  auto program = FindProgram(request.argv.front(), PathOf(request));
  if (!program.ok()) return program.status();
  SpawnedProcess process;
  Descriptor in = InputWith(request.stdin_text), out, err, error, error_read, report;
  if (!in || !MakePipe(process.out, out) || !MakePipe(process.err, err) || !MakePipe(error_read, error) ||
      !MakePipe(process.report, report))
    return NoDescriptor(errno);
  std::vector<char*> argv = Pointers(request.argv), envp = Pointers(request.env);
  ChildPlan plan{.program = program->c_str(),
                 .argv = argv.data(),
                 .envp = envp.data(),
                 .cwd = request.cwd.c_str(),
                 .in = in.get(),
                 .out = out.get(),
                 .err = err.get(),
                 .error = error.get(),
                 .report = report.get(),
                 .memory_bytes = request.memory_bytes,
                 .processes = request.processes,
                 .parent = ::getpid()};
  // No signal handler of the host may run in the child.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  process.keeper = ::fork();
  if (process.keeper == 0) KeepProgram(plan);
  int fork_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (process.keeper < 0) return Unavailable("spawn: cannot fork: " + ErrnoText(fork_error));
  error = Descriptor();
  report = Descriptor();
  Status status = WaitForExec(error_read.get(), request);
  if (status.ok() && !ReadWhole(process.report.get(), &process.pid, sizeof process.pid))
    status = Unavailable("spawn: " + request.argv.front() + " was ended before it could run");
  if (!status.ok()) {
    EndProcess(process);
    return status;
  }
  for (const Descriptor* read_end : {&process.out, &process.err, &process.report})
    ::fcntl(read_end->get(), F_SETFL, O_NONBLOCK);
  return process;
}

std::optional<ProcessEnd> ReadEnd(const SpawnedProcess& process) {
  ProcessEnd end{};
  ssize_t n;
  do n = ::read(process.report.get(), &end, sizeof end);
  while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN) return std::nullopt;
  // Somebody has killed the keeper, and with it the program.
  if (n != sizeof end) return ProcessEnd{CLD_KILLED, SIGKILL};
  return end;
}

void EndProcess(const SpawnedProcess& process) {
  ::kill(process.keeper, kEndAll);
  int status = 0;
  while (::waitpid(process.keeper, &status, 0) < 0 && errno == EINTR) {
  }
  // A keeper that was killed could not end the others.
  if (WIFSIGNALED(status) && process.pid > 0) ::kill(-process.pid, SIGKILL);
}

}  // namespace mamc::plugin
