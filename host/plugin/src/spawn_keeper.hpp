// What runs between the host and a program that it starts: a process of our own, forked but never executed,
// that keeps the program's whole offspring together. It adopts every process whose parent has died (setsid
// and a double fork lead out of a group and of a session, but not away from here) and ends them all when the
// host says so or is gone, however it went.
#pragma once
#include <signal.h>
#include <sys/types.h>

#include <cstdint>

namespace mamc::plugin {

// Ends what the keeper keeps; the kernel sends it too when the thread that started the keeper ends.
constexpr int kEndAll = SIGUSR1;

enum class Stage : int { kFork, kSession, kDescriptors, kDirectory, kLimits, kExec };

// Why the program does not run; what comes out of `ChildPlan::error` unless it was executed.
struct ChildError {
  Stage stage;
  int error;
};

// As waitid gives it: CLD_EXITED and the exit code, or how a signal ended it and which.
struct ProcessEnd {
  int code;
  int status;
};

// Made ready before the fork, since nothing may be allocated after it.
struct ChildPlan {
  const char* program;
  char* const* argv;
  char* const* envp;
  const char* cwd;
  int in, out, err, error;
  int report;  // gets the program's pid_t and, when it has ended, its ProcessEnd
  std::uint64_t memory_bytes, processes;
  pid_t parent;
};

// The life of a keeper; to be called in the child of a fork with all signals blocked.
[[noreturn]] void KeepProgram(const ChildPlan& plan);

}  // namespace mamc::plugin
