#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "program.hpp"
#include "support/killed_writes.hpp"
#include "support/places.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

// `mamc-host edit apply answer.md --root tree` in the program's folder, in this process.
void BecomeApply(const Program& program) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : program.environment) variables.push_back(name + "=" + value);
  variables.emplace_back("ASAN_OPTIONS=detect_leaks=0");  // it cannot look for leaks where it is traced
  std::vector<char*> envp;
  for (std::string& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);
  const std::string host = ProgramDir() / "mamc-host";
  if (::chdir(program.dir.path().c_str()) != 0 || ::freopen("/dev/null", "w", stdout) == nullptr) return;
  ::execle(host.c_str(), host.c_str(), "edit", "apply", "answer.md", "--root", "tree", nullptr, envp.data());
}

}  // namespace

TEST_CASE(
    "edit apply killed before any of its writes leaves the old tree or the new one to the next command") {
  Program program;
  program.dir.Write("answer.md", FiftyEdits());
  program.dir.Write("look.md", "a file that is not there\n");
  MakeFortyFiles(program.dir, "tree");
  const Snapshot before = SnapshotOf(program.dir / "tree");
  REQUIRE(program.Run({"edit", "apply", "answer.md", "--root", "tree"}).code == 0);
  const Snapshot after = SnapshotOf(program.dir / "tree");
  REQUIRE(before != after);

  // Each kill starts the program twice, which takes long where a sanitizer looks on.
  const char* stride_text = std::getenv("MAMC_KILL_STRIDE");
  const int stride = stride_text ? std::stoi(stride_text) : 1;
  int killed = 0, old_trees = 0;
  bool more = true;
  for (int call = 1; more; call += stride) {
    std::filesystem::remove_all(program.dir / "tree");
    MakeFortyFiles(program.dir, "tree");
    more = KilledBeforeWrite(call, [&] { BecomeApply(program); });
    program.Run({"edit", "explain", "look.md", "--root", "tree"});  // any command that opens the folder
    const Snapshot now = SnapshotOf(program.dir / "tree");
    INFO("killed before writing call " << call);
    REQUIRE((now == before || now == after));
    killed += more;
    old_trees += more && now == before;
  }
  WARN("killed before " << killed << " writing system calls: " << old_trees << " times the old tree, "
                                << killed - old_trees << " times the new one");
  CHECK(killed > 60 / stride);
  CHECK(old_trees > 0);
  CHECK(old_trees < killed);
}
