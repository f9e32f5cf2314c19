#include "spawn_keeper.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

// Implementation: the host has many threads, so after the fork only async-signal-safe functions run, on
// memory that was prepared before. A keeper keeps all signals blocked and waits for those that it is told by:
// a Ctrl-C or a TERM that is meant for the host does not end it, the host decides.
namespace mamc::plugin {
namespace {

// Descriptor of the program for what goes wrong before it is executed; exec closes it.
constexpr int kErrorFd = 3;
// The one descriptor of a keeper.
constexpr int kReportFd = 0;
// What was killed may take so long to go; nobody is waited for beyond that.
constexpr long kGoneNanoseconds = 2'000'000'000;
constexpr long kPassNanoseconds = 10'000'000;
constexpr int kVainPasses = 5;

// Somebody who is gone cannot be told.
void Tell(int fd, const void* bytes, std::size_t size) {
  ssize_t ignored = ::write(fd, bytes, size);
  (void)ignored;
}

void CloseFrom(unsigned first) {
  if (::syscall(SYS_close_range, first, ~0u, 0u) == 0) return;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  for (unsigned fd = first; fd < limit.rlim_cur; ++fd) ::close(static_cast<int>(fd));
}

// ---- The program, until it is executed ----

[[noreturn]] void Give(Stage stage) {
  ChildError error{stage, errno};
  Tell(kErrorFd, &error, sizeof error);
  ::_exit(127);
}

void Limit(__rlimit_resource resource, std::uint64_t value) {
  rlimit limit{value, value};
  if (::setrlimit(resource, &limit) != 0) Give(Stage::kLimits);
}

[[noreturn]] void RunProgram(const ChildPlan& plan, pid_t keeper) {
  if (::dup3(plan.error, kErrorFd, O_CLOEXEC) < 0) ::_exit(127);
  if (::setsid() < 0) Give(Stage::kSession);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != keeper) ::_exit(127);  // it died before we asked
  if (::dup2(plan.in, 0) < 0 || ::dup2(plan.out, 1) < 0 || ::dup2(plan.err, 2) < 0) Give(Stage::kDescriptors);
  CloseFrom(kErrorFd + 1);
  if (::chdir(plan.cwd) != 0) Give(Stage::kDirectory);
  Limit(RLIMIT_CORE, 0);
  if (plan.memory_bytes != 0) Limit(RLIMIT_AS, plan.memory_bytes);
  if (plan.processes != 0) Limit(RLIMIT_NPROC, plan.processes);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(plan.program, plan.argv, plan.envp);
  Give(Stage::kExec);
}

// ---- The keeper ----

std::int64_t NowNanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// True when one of our children could be told to end. The kernel's list may miss some while others go: it is
// read again until none is left.
bool KillChildren() {
  int list = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (list < 0) return false;
  bool killed = false;
  pid_t pid = 0;
  char text[512];
  for (ssize_t n; (n = ::read(list, text, sizeof text)) > 0;) {
    for (ssize_t i = 0; i < n; ++i) {
      bool digit = text[i] >= '0' && text[i] <= '9';
      if (digit) {
        pid = pid * 10 + (text[i] - '0');
        continue;
      }
      if (pid > 0 && ::kill(pid, SIGKILL) == 0) killed = true;
      pid = 0;
    }
  }
  ::close(list);
  return killed;
}

// Whoever dies leaves its children to us, so that there may be more in the next pass. Processes of another
// user, as sudo starts them, cannot be killed and are left.
void EndAll(pid_t program) {
  ::kill(-program, SIGKILL);
  sigset_t somebody_died;
  ::sigemptyset(&somebody_died);
  ::sigaddset(&somebody_died, SIGCHLD);
  const timespec pass{0, kPassNanoseconds};
  const std::int64_t end = NowNanoseconds() + kGoneNanoseconds;
  for (int vain = 0; vain < kVainPasses && NowNanoseconds() < end; ++vain) {
    if (KillChildren()) vain = 0;
    pid_t gone;
    while ((gone = ::waitpid(-1, nullptr, WNOHANG)) > 0) vain = 0;
    if (gone < 0) return;  // none is left
    ::sigtimedwait(&somebody_died, nullptr, &pass);
  }
}

// True when the program has ended, which is told. It is not reaped before the end of the keeper: its number
// stays that of its group. Those that were adopted are.
bool TellIfEnded(pid_t program) {
  siginfo_t gone{};
  while (::waitid(P_ALL, 0, &gone, WEXITED | WNOHANG | WNOWAIT) == 0 && gone.si_pid != 0) {
    if (gone.si_pid == program) {
      ProcessEnd end{gone.si_code, gone.si_status};
      Tell(kReportFd, &end, sizeof end);
      return true;
    }
    ::waitpid(gone.si_pid, nullptr, 0);
    gone = {};
  }
  return false;
}

}  // namespace

void KeepProgram(const ChildPlan& plan) {
  ::setsid();
  ::prctl(PR_SET_NAME, "mamc-keeper");
  ::prctl(PR_SET_PDEATHSIG, kEndAll);
  if (::getppid() != plan.parent) ::_exit(127);  // it died before we asked
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  const pid_t keeper = ::getpid();
  const pid_t program = ::_Fork();  // no handlers of a fork: they may want locks of threads that are not here
  if (program == 0) RunProgram(plan, keeper);
  if (program < 0) {
    ChildError error{Stage::kFork, errno};
    Tell(plan.error, &error, sizeof error);
    ::_exit(127);
  }
  ::dup2(plan.report, kReportFd);
  CloseFrom(kReportFd + 1);
  Tell(kReportFd, &program, sizeof program);
  sigset_t told_by;
  ::sigemptyset(&told_by);
  ::sigaddset(&told_by, SIGCHLD);
  ::sigaddset(&told_by, kEndAll);
  for (bool ended = false; ::sigwaitinfo(&told_by, nullptr) != kEndAll;)
    if (!ended) ended = TellIfEnded(program);
  EndAll(program);
  ::_exit(0);
}

}  // namespace mamc::plugin
