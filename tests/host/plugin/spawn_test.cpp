#include "mamc/plugin/spawn.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "mamc/base/descriptor.hpp"
#include "mamc/base/json.hpp"
#include "support/manual_loop.hpp"
#include "support/temp_dir.hpp"

namespace mamc::plugin {
namespace {

using test::ManualLoop;
using test::TempDir;

struct Spawning {
  ManualLoop loop;
  TempDir dir;
  Spawner spawner{loop};

  SpawnId Start(const Json& input, std::shared_ptr<Result<Json>>& end) {
    return spawner.Start(input, dir.path(), [&end](Result<Json> result) {
      end = std::make_shared<Result<Json>>(std::move(result));
    });
  }
  Result<Json> Run(const Json& input) {
    std::shared_ptr<Result<Json>> end;
    Start(input, end);
    REQUIRE(end == nullptr);
    REQUIRE(loop.RunUntil([&] { return end != nullptr; }));
    REQUIRE(spawner.running() == 0);
    return *end;
  }
  Json Ok(const Json& input) {
    auto result = Run(input);
    INFO(result.status().message());
    REQUIRE(result.ok());
    return *result;
  }
  Json Shell(const std::string& text) { return Ok({{"shell", text}}); }
};

// A copy of this process, killed at the end.
struct Forked {
  const pid_t pid = ::fork();
  ~Forked() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
};

bool IsAlive(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

// Shell text that leaves a process behind that left its parent, its group and its session and holds no pipe;
// the file `pid` has its number when the text is through.
const std::string kDetach =
    "(setsid sh -c 'echo $$ > pid.part; mv pid.part pid; exec sleep 60' </dev/null >/dev/null 2>&1 &)\n"
    "while [ ! -e pid ]; do sleep 0.01; done\n";

pid_t DetachedIn(const TempDir& dir) {
  return std::stoi(dir.Read("pid"));
}

TEST_CASE("a spawned process gives its output and exit code") {
  Spawning s;
  Json result = s.Ok({{"argv", {"sh", "-c", "echo out; echo err >&2; exit 3"}}});
  REQUIRE(result["exit_code"] == 3);
  REQUIRE(result["signal"].is_null());
  REQUIRE(result["stdout"] == "out\n");
  REQUIRE(result["stderr"] == "err\n");
  REQUIRE(result["truncated"] == false);
  REQUIRE(result["timed_out"] == false);
}

TEST_CASE("a spawned process that dies by a signal says which") {
  Json result = Spawning().Shell("kill -9 $$");
  REQUIRE(result["exit_code"].is_null());
  REQUIRE(result["signal"] == 9);
}

TEST_CASE("a spawned process has descriptors 0 to 2 only and leads a session without a terminal") {
  Spawning s;
  int extra = ::dup(1);  // not close-on-exec: only the closing of all others keeps it out
  REQUIRE(s.Shell("i=0; while [ $i -lt 64 ]; do [ -e /proc/$$/fd/$i ] && echo $i; i=$((i+1)); done; true")
              ["stdout"] == "0\n1\n2\n");
  ::close(extra);
  REQUIRE(s.Shell("[ $(cut -d' ' -f5 /proc/$$/stat) = $$ ] && [ $(cut -d' ' -f6 /proc/$$/stat) = $$ ]")
              ["exit_code"] == 0);
  REQUIRE(s.Shell("true < /dev/tty")["exit_code"] != 0);
}

TEST_CASE("a spawned process blocks and ignores no signal whatever the host does") {
  auto before = ::signal(SIGUSR1, SIG_IGN);
  Json result = Spawning().Shell("grep -cE '^Sig(Blk|Ign):[[:space:]]+0+$' /proc/self/status");
  ::signal(SIGUSR1, before);
  REQUIRE(result["stdout"] == "2\n");
}

TEST_CASE("a spawned process gets a clean environment and what it was given") {
  Spawning s;
  ::setenv("SECRET_OF_THE_HOST", "hush", 1);
  ::setenv("WANTED", "yes", 1);
  Json result = s.Ok({{"shell", "echo \"$CI $LANG $SECRET_OF_THE_HOST $WANTED $OWN\""},
                      {"inherit_env", {"WANTED"}},
                      {"env", {{"OWN", "mine"}}}});
  REQUIRE(result["stdout"] == "true C.UTF-8  yes mine\n");
  REQUIRE(s.Shell("env | cut -d= -f1 | sort | tr '\\n' ' '")["stdout"] == "CI HOME LANG PATH PWD TMPDIR ");
}

TEST_CASE("standard input is the text or empty") {
  Spawning s;
  REQUIRE(s.Ok({{"shell", "cat"}, {"stdin", "line\n"}})["stdout"] == "line\n");
  std::string large(300'000, 'x');
  REQUIRE(s.Ok({{"shell", "wc -c"}, {"stdin", large}})["stdout"] == "300000\n");
  REQUIRE(s.Shell("cat")["stdout"] == "");
}

TEST_CASE("the working directory is the default or relative to it or absolute") {
  Spawning s;
  s.dir.Write("sub/file", "");
  REQUIRE(s.Shell("pwd -P")["stdout"] == std::filesystem::canonical(s.dir.path()).string() + "\n");
  REQUIRE(s.Ok({{"shell", "ls"}, {"cwd", "sub"}})["stdout"] == "file\n");
  REQUIRE(s.Ok({{"shell", "pwd"}, {"cwd", "/"}})["stdout"] == "/\n");
}

TEST_CASE("a process that cannot be started fails with the reason") {
  Spawning s;
  REQUIRE_THAT(s.Run({{"argv", {"no-such-program"}}}).status().message(),
               Catch::Contains("'no-such-program' is not in PATH"));
  REQUIRE_THAT(s.Run({{"argv", {"./missing"}}}).status().message(),
               Catch::Contains("cannot run ./missing: No such file"));
  REQUIRE_THAT(s.Run({{"shell", "true"}, {"cwd", "missing"}}).status().message(),
               Catch::Contains("cannot work in"));
  for (const Json& bad :
       {Json{{"argv", Json::array()}}, Json{{"argv", {1}}}, Json::object(),
        Json{{"argv", {"a"}}, {"shell", "b"}}, Json{{"shell", "true"}, {"env", {{"A=B", "x"}}}},
        Json{{"shell", "true"}, {"timeout_ms", -1}}, Json{{"shell", std::string("a\0b", 3)}}}) {
    INFO(bad.dump());
    REQUIRE(s.Run(bad).status().code() == Code::kInvalid);
  }
}

TEST_CASE("long output keeps its head and its tail") {
  Spawning s;
  Json result = s.Ok({{"shell", "echo first; yes | head -c 3000000; echo last"}, {"max_output_bytes", 1000}});
  std::string text = result["stdout"];
  REQUIRE(result["truncated"] == true);
  REQUIRE(text.size() < 1100);
  REQUIRE(text.rfind("first\n", 0) == 0);
  REQUIRE_THAT(text, Catch::EndsWith("last\n") && Catch::Contains("bytes left out"));
}

TEST_CASE("output that is not UTF-8 becomes valid text") {
  REQUIRE(Spawning().Shell("printf 'a\\377b'")["stdout"] ==
          "a\xef\xbf\xbd"
          "b");
}

TEST_CASE("at its timeout a group gets TERM and two seconds later KILL") {
  Spawning s;
  std::shared_ptr<Result<Json>> end;
  s.Start({{"shell",
            "trap 'echo got TERM; : > asked' TERM; : > ready; while :; do read -t 1 x < /dev/zero; sleep 0.01; "
            "done"},
           {"timeout_ms", 5000}},
          end);
  REQUIRE(s.loop.RunUntil([&] { return std::filesystem::exists(s.dir / "ready"); }));
  s.loop.Advance(Milliseconds(5000));
  REQUIRE(s.loop.RunUntil([&] { return std::filesystem::exists(s.dir / "asked"); }));
  REQUIRE_FALSE(end);
  s.loop.Advance(Milliseconds(2000));
  REQUIRE(s.loop.RunUntil([&] { return end != nullptr; }));
  REQUIRE((*end)->at("timed_out") == true);
  REQUIRE((*end)->at("signal") == 9);
  REQUIRE((*end)->at("stdout") == "got TERM\n");
}

TEST_CASE("a grandchild that holds the pipe does not hang the call and does not outlive it") {
  Spawning s;
  Json result = s.Shell("sleep 1000 & echo $!");
  REQUIRE(result["exit_code"] == 0);
  pid_t grandchild = std::stoi(result["stdout"].get<std::string>());
  REQUIRE(s.loop.RunUntil([&] { return !IsAlive(grandchild); }));
}

TEST_CASE("a grandchild in a session of its own that holds the pipe does not hang the call") {
  Spawning s;
  Json result = s.Shell("setsid sleep 60 & echo $!");
  REQUIRE(result["exit_code"] == 0);
  REQUIRE_FALSE(IsAlive(std::stoi(result["stdout"].get<std::string>())));
}

TEST_CASE("a detached process does not outlive its command however that ends") {
  Spawning s;
  SECTION("by itself") {
    REQUIRE(s.Shell(kDetach + "exit 3")["exit_code"] == 3);
  }
  SECTION("by a signal") {
    REQUIRE(s.Shell(kDetach + "kill -9 $$")["signal"] == 9);
  }
  SECTION("by its time-out") {
    std::shared_ptr<Result<Json>> end;
    s.Start({{"shell", kDetach + "exec sleep 60"}, {"timeout_ms", 5000}}, end);
    REQUIRE(s.loop.RunUntil([&] { return std::filesystem::exists(s.dir / "pid"); }));
    REQUIRE(IsAlive(DetachedIn(s.dir)));
    s.loop.Advance(Milliseconds(5000));
    REQUIRE(s.loop.RunUntil([&] { return end != nullptr; }));
    REQUIRE((*end)->at("timed_out") == true);
  }
  SECTION("by a cancel") {
    std::shared_ptr<Result<Json>> end;
    SpawnId id = s.Start({{"shell", kDetach + "exec sleep 60"}}, end);
    REQUIRE(s.loop.RunUntil([&] { return std::filesystem::exists(s.dir / "pid"); }));
    s.spawner.Cancel(id);
    REQUIRE(s.loop.RunUntil([&] { return s.spawner.running() == 0; }));
  }
  REQUIRE_FALSE(IsAlive(DetachedIn(s.dir)));
}

TEST_CASE("a whole chain of detached processes goes with its command") {
  Spawning s;
  s.dir.Write("chain",
              "echo $$ >> pids\n"
              "[ $1 = 0 ] || setsid sh chain $(($1 - 1)) </dev/null >/dev/null 2>&1 &\n"
              "exec sleep 60\n");
  Json result = s.Shell(
      "touch pids; setsid sh chain 4 </dev/null >/dev/null 2>&1 &\n"
      "while [ $(wc -l < pids) -lt 5 ]; do sleep 0.01; done; cat pids");
  std::istringstream pids(result["stdout"].get<std::string>());
  for (pid_t pid; pids >> pid;) CHECK_FALSE(IsAlive(pid));
}

TEST_CASE("an orphan that ends while its command runs leaves nothing behind") {
  Json result = Spawning().Shell(
      "orphan=$(sh -c 'sleep 0.01 >/dev/null & echo $!')\n"
      "for i in $(seq 500); do kill -0 $orphan 2>/dev/null || break; sleep 0.01; done\n"
      "kill -0 $orphan 2>/dev/null || echo gone");
  REQUIRE(result["stdout"] == "gone\n");
}

TEST_CASE("a command whose keeper is killed ends as killed") {
  Spawning s;
  Json result = s.Shell("echo $$; kill -9 $PPID; sleep 60");
  REQUIRE(result["signal"] == 9);
  pid_t pid = std::stoi(result["stdout"].get<std::string>());
  REQUIRE(s.loop.RunUntil([&] { return !IsAlive(pid); }));
}

TEST_CASE("output that a pipeline's last part writes late is kept") {
  REQUIRE(Spawning().Shell("{ sleep 0.05; echo late; } & echo early")["stdout"] == "early\nlate\n");
}

TEST_CASE("a cancelled process dies and is not reported") {
  Spawning s;
  std::shared_ptr<Result<Json>> end;
  SpawnId id = s.Start({{"argv", {"sleep", "1000"}}}, end);
  s.spawner.Cancel(id);
  s.spawner.Cancel(id);
  s.spawner.Cancel(12345);
  REQUIRE(s.loop.RunUntil([&] { return s.spawner.running() == 0; }));
  REQUIRE(end == nullptr);
}

TEST_CASE("processes do not outlive the spawner") {
  ManualLoop loop;
  TempDir dir;
  pid_t pid = 0;
  {
    Spawner spawner(loop);
    spawner.Start({{"shell", "echo $$ > pid.part && mv pid.part pid; exec sleep 1000"}}, dir.path(),
                  [](Result<Json>) { FAIL("reported"); });
    REQUIRE(loop.RunUntil([&] { return std::filesystem::exists(dir / "pid"); }));
    pid = std::stoi(dir.Read("pid"));
    REQUIRE(IsAlive(pid));
  }
  REQUIRE_FALSE(IsAlive(pid));
}

TEST_CASE("many processes at once all end") {
  Spawning s;
  int ended = 0;
  for (int i = 0; i < 40; ++i)
    s.spawner.Start({{"shell", "echo " + std::to_string(i)}}, s.dir.path(), [&ended, i](Result<Json> result) {
      REQUIRE(result->at("stdout") == std::to_string(i) + "\n");
      ++ended;
    });
  REQUIRE(s.loop.RunUntil([&] { return ended == 40; }));
}

TEST_CASE("a memory limit holds") {
  Json result = Spawning().Ok({{"argv", {"sh", "-c", "ulimit -v"}}, {"memory_bytes", 256u << 20}});
  REQUIRE(result["stdout"] == "262144\n");
}

TEST_CASE("a process without network sees no interface but the loopback") {
  Spawning s;
  if (s.Ok({{"shell",
             "command -v bwrap >/dev/null && bwrap --unshare-net --dev-bind / / true"}})["exit_code"] != 0) {
    WARN("bubblewrap does not work here");
    return;
  }
  Json result =
      s.Ok({{"shell", "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; pwd -P"}, {"network", false}});
  REQUIRE(result["stdout"] == "lo\n" + std::filesystem::canonical(s.dir.path()).string() + "\n");
}

TEST_CASE("no process of a command outlives a host that is killed") {
  const bool network = GENERATE(true, false);
  TempDir dir;
  const std::string fifo = dir / "held";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const Descriptor held(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const Forked host;
  if (host.pid == 0) {
    ManualLoop loop;
    Spawner spawner(loop);
    spawner.Start({{"shell", "exec 1>held; setsid sleep 60 & echo up; wait"}, {"network", network}},
                  dir.path(), [](Result<Json>) {});
    while (true) loop.RunUntil([] { return false; });
  }
  pollfd fifo_end{held.get(), POLLIN, 0};
  char said[3] = {};
  REQUIRE(::poll(&fifo_end, 1, 20'000) == 1);
  REQUIRE(::read(held.get(), said, sizeof said) == 3);
  ::kill(host.pid, SIGKILL);
  REQUIRE(::poll(&fifo_end, 1, 20'000) == 1);
  CHECK(::read(held.get(), said, sizeof said) == 0);  // nobody holds it any more
}

}  // namespace
}  // namespace mamc::plugin
