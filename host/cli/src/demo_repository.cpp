#include "demo_repository.hpp"

#include <charconv>
#include <optional>

#include "mamc/base/files.hpp"
#include "mamc/base/loop.hpp"
#include "mamc/plugin/spawn.hpp"

namespace mamc::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAuthorName = "Demo";
constexpr const char* kAuthorEmail = "demo@example.com";

Status RunStep(const std::vector<std::string>& argv, const fs::path& cwd) {
  auto ended = RunProgram(argv, cwd);
  if (!ended.ok()) return ended.status();
  if (ended->exit_code == 0) return {};
  std::string line;
  for (const std::string& word : argv) line += (line.empty() ? "" : " ") + word;
  return Failed("`" + line + "` ended with " + std::to_string(ended->exit_code) + ": " + ended->output);
}

// A text as a YAML scalar: JSON strings are.
std::string Quoted(const fs::path& path) {
  return Dump(Json(path.string()));
}

// The number before " passed" or " failed" in the last line that has both.
int NumberBefore(const std::string& text, const std::string& word) {
  std::size_t at = text.rfind(word);
  if (at == std::string::npos) return 0;
  std::size_t start = at;
  while (start > 0 && text[start - 1] >= '0' && text[start - 1] <= '9') --start;
  int number = 0;
  std::from_chars(text.data() + start, text.data() + at, number);
  return number;
}

}  // namespace

Result<Ended> RunProgram(const std::vector<std::string>& argv, const fs::path& cwd) {
  auto loop = MakeLoop();
  plugin::Spawner spawner(*loop);
  std::optional<Result<Json>> outcome;
  Json input = {{"argv", argv},
                {"env", {{"GIT_TERMINAL_PROMPT", "0"}, {"GIT_CONFIG_NOSYSTEM", "1"}}},
                {"timeout_ms", 120000}};
  loop->Post([&] {
    spawner.Start(input, cwd, [&](Result<Json> ended) {
      outcome = std::move(ended);
      loop->Stop();
    });
  });
  loop->Run();
  if (!outcome->ok()) return outcome->status();
  const Json& ended = outcome->value();
  return Ended{static_cast<int>(GetInt(ended, "exit_code", -1)),
               GetString(ended, "stdout") + GetString(ended, "stderr")};
}

Status MakeDemoRepository(const DemoPaths& paths, const fs::path& source) {
  std::error_code error;
  fs::copy(source / "project", paths.work(), fs::copy_options::recursive, error);
  if (error)
    return Failed("cannot copy the demo's project to " + paths.work().string() + ": " + error.message());
  const std::vector<std::vector<std::string>> steps = {
      {"git", "init", "--quiet", "--bare", "--initial-branch=main", paths.remote().string()},
      {"git", "init", "--quiet", "--initial-branch=main", "."},
      {"git", "config", "user.name", kAuthorName},
      {"git", "config", "user.email", kAuthorEmail},
      {"git", "add", "--all"},
      {"env", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z", "git",
       "commit", "--quiet", "-m", "The library as it was handed to us"},
      {"git", "remote", "add", "origin", paths.remote().string()},
      {"git", "push", "--quiet", "--set-upstream", "origin", "main"},
  };
  for (const auto& step : steps)
    if (Status done = RunStep(step, paths.work()); !done.ok()) return done.Within("the demo's repository");
  return {};
}

Status WriteDemoConfig(const DemoPaths& paths, const fs::path& cassette) {
  std::string text =
      "# The demo's own configuration. To let your own models do the work, set `backend: lm-studio` here, "
      "give\n"
      "# `backends: {lm-studio: {base_url: ...}}` and run: mamc-host --config mamc.yaml --project demo "
      "--drain\n"
      "transport: local\n"
      "board: local\n"
      "workspace: git\n"
      "backend: replay  # plays recorded answers; nothing else here is played\n"
      "backends:\n"
      "  replay:\n"
      "    cassette: " +
      Quoted(cassette) +
      "\n"
      "state_dir: " +
      Quoted(paths.state()) +
      "\n"
      "project_base: " +
      Quoted(paths.state() / "projects") +
      "\n"
      "git:\n"
      "  author: {name: mamc-host demo, email: " +
      kAuthorEmail +
      "}\n"
      "steps:\n"
      "  context-scan: {ctags: false}  # the recorded answers are to what every machine finds\n"
      "limits:\n"
      "  blocked_attempts: 1  # a task that fails here would only fail in the same way again\n"
      "  outage: 0            # and nothing waits for a server to come back\n"
      "timeouts:\n"
      "  default: 5m\n"
      "  coding: 5m\n"
      "projects:\n"
      "  demo:\n"
      "    name: span\n"
      "    repo: " +
      Quoted(paths.remote()) +
      "\n"
      "    base: main\n"
      "    base_writes: true  # finished work goes to main; without it a pushed branch is left for you\n"
      "    merge: squash\n"
      "    test: make test\n";
  return WriteFile(paths.config(), text);
}

Result<std::vector<DemoCommit>> DemoCommits(const DemoPaths& paths) {
  auto log =
      RunProgram({"git", "--git-dir", paths.remote().string(), "log", "--format=%H %s", "main"}, paths.dir);
  if (!log.ok()) return log.status();
  if (log->exit_code != 0) return Failed("git log: " + log->output);
  std::vector<DemoCommit> commits;
  std::string_view rest = log->output;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.size() > 41) commits.push_back({std::string(line.substr(0, 40)), std::string(line.substr(41))});
  }
  return commits;
}

Result<DemoTests> TestDemo(const DemoPaths& paths) {
  if (Status pulled = RunStep({"git", "pull", "--quiet", "--ff-only", "origin", "main"}, paths.work());
      !pulled.ok())
    return pulled;
  auto ended = RunProgram({"make", "test"}, paths.work());
  if (!ended.ok()) return ended.status();
  return DemoTests{ended->exit_code, NumberBefore(ended->output, " passed"),
                   NumberBefore(ended->output, " failed")};
}

}  // namespace mamc::cli
