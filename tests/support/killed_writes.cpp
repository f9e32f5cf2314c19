#include "support/killed_writes.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

namespace mamc::test {

namespace fs = std::filesystem;

namespace {

bool IsWrite(const __ptrace_syscall_info& info) {
  switch (info.entry.nr) {
    case SYS_write:
    case SYS_pwrite64:
    case SYS_writev:
    case SYS_ftruncate:
    case SYS_fchmod:
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_unlinkat:
    case SYS_mkdirat:
    case SYS_linkat:
      return true;
    case SYS_openat:
      return (info.entry.args[2] & (O_CREAT | O_TRUNC)) != 0;
    default:
      return false;
  }
}

}  // namespace

Snapshot SnapshotOf(const fs::path& root) {
  Snapshot all;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string path = entry.path().lexically_relative(root).string();
    if (!entry.is_regular_file()) {
      all[path + "/"] = "";
      continue;
    }
    std::ifstream file(entry.path(), std::ios::binary);
    all[path] = std::string(std::istreambuf_iterator<char>(file), {}) + "|" +
                std::to_string(static_cast<int>(entry.status().permissions()));
  }
  return all;
}

bool KilledBeforeWrite(int n, const std::function<void()>& work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    work();
    ::_exit(127);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
  // Hundreds of thousands of stops: no assertion macro for each.
  for (int writes = 0;;) {
    if (::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0 || ::waitpid(child, &status, 0) != child)
      FAIL("the child cannot be traced");
    if (WIFEXITED(status)) {
      CHECK(WEXITSTATUS(status) == 0);
      return false;
    }
    if (!WIFSTOPPED(status)) FAIL("the child ended by itself");
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
    __ptrace_syscall_info info{};
    if (::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) <= 0) FAIL("the child cannot be traced");
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !IsWrite(info) || ++writes < n) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return true;
  }
}

void MakeFortyFiles(const TempDir& dir, const std::string& at) {
  for (int i = 0; i < 40; ++i)
    dir.Write(at + "/d" + std::to_string(i % 7) + "/f" + std::to_string(i) + ".txt",
              "first " + std::to_string(i) + "\nsecond\nthird\n");
  fs::create_hard_link(dir / at / "d1/f1.txt", dir / at / "d1/other-name.txt");
}

std::string FiftyEdits() {
  std::string answer;
  for (int i = 0; i < 40; ++i) {
    const std::string path = "d" + std::to_string(i % 7) + "/f" + std::to_string(i) + ".txt";
    if (i < 30)
      answer += "--- a/" + path + "\n+++ b/" + path + "\n@@ @@\n first " + std::to_string(i) + "\n-second\n" +
                (i % 2 ? "+a longer second line\n" : "") + " third\n\n";
    else if (i < 36)
      answer += "DELETE: " + path + "\n";
    else
      answer += "diff --git a/" + path + " b/moved/" + path +
                "\nold mode 100644\nnew mode 100755\nrename from " + path + "\nrename to moved/" + path +
                "\n\n";
  }
  for (int i = 0; i < 10; ++i)
    answer += "FILE: new/" + std::to_string(i) + "/file\n```\nline " + std::to_string(i) + "\n```\n";
  return answer;
}

}  // namespace mamc::test
