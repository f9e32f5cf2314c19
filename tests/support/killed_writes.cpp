#include "support/killed_writes.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <fstream>
#include <vector>

namespace mamc::test {

namespace fs = std::filesystem;

namespace {

constexpr int kWritingCalls[] = {SYS_write,     SYS_pwrite64, SYS_writev,  SYS_ftruncate, SYS_fchmod, SYS_renameat,
                                SYS_renameat2, SYS_unlinkat, SYS_mkdirat, SYS_linkat,    SYS_openat};

// Has this process, which is traced, stop at those alone: a program makes hundreds of thousands of others.
bool StopAtWritingCalls() {
  std::vector<sock_filter> code = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const int call : kWritingCalls) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program = {static_cast<unsigned short>(code.size()), code.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

bool IsWrite(const __ptrace_syscall_info& info) {
  return info.seccomp.nr != SYS_openat || (info.seccomp.args[2] & (O_CREAT | O_TRUNC)) != 0;
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
    if (!StopAtWritingCalls()) ::_exit(126);
    work();
    ::_exit(127);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) == 0);
  for (int writes = 0;;) {
    if (::ptrace(PTRACE_CONT, child, nullptr, nullptr) != 0 || ::waitpid(child, &status, 0) != child)
      FAIL("the child cannot be traced");
    if (WIFEXITED(status)) {
      CHECK(WEXITSTATUS(status) == 0);
      return false;
    }
    if (!WIFSTOPPED(status)) FAIL("the child ended by itself");
    if (status >> 8 != (SIGTRAP | (PTRACE_EVENT_SECCOMP << 8))) continue;
    __ptrace_syscall_info info{};
    if (::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) <= 0) FAIL("the child cannot be traced");
    if (!IsWrite(info) || ++writes < n) continue;
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
