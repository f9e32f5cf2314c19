// engine_bench [--rounds N] [--dir DIR] [--only TEXT]: the engine beside its floors and peers; README.md
// explains the cases. Every round runs each subject and what it is compared with one after the other, so that
// both meet the same phases of the machine; the table shows medians over the rounds. Exit code: 0 every
// target was met, 1 one was missed, 2 it could not be measured.
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "bare_commits.hpp"
#include "mamc/base/log.hpp"
#include "report.hpp"
#include "rig.hpp"

namespace mamc::bench {
namespace {

namespace fs = std::filesystem;
using journal::Sync;

// LangGraph JS 1.7.3, 100 sequential no-op nodes without a checkpointer, Node 20.20.2, on the 2-core machine
// whose other figures README.md gives.
constexpr double kLangGraphStepsPerSecond = 1160;
constexpr std::size_t kChain = 1000;
constexpr std::size_t kLongChain = 10000;
constexpr std::size_t kWideSteps = 100;
constexpr std::size_t kWidth = 64;
constexpr double kWaitSeconds = 0.010;  // of a bench.wait step
constexpr double kWaves = 2;            // 64 steps, then the other 36

struct Options {
  std::size_t rounds = 9;
  std::string only;
  fs::path dir = MAMC_BENCH_DATA;
};

// A new folder for each database: files made where others were just removed are slower on ext4.
class FreshFolders {
 public:
  explicit FreshFolders(const fs::path& parent) {
    std::string pattern = (parent / "data.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("cannot make a folder in " + parent.string());
    root_ = pattern;
  }
  ~FreshFolders() {
    std::error_code ignored;  // what is left is under the build folder
    fs::remove_all(root_, ignored);
  }
  FreshFolders(const FreshFolders&) = delete;
  FreshFolders& operator=(const FreshFolders&) = delete;

  fs::path Next() {
    fs::path folder = root_ / std::to_string(++count_);
    fs::create_directory(folder);
    return folder;
  }

 private:
  fs::path root_;
  int count_ = 0;
};

std::string Rate(double per_second, const std::string& unit) {
  std::ostringstream text;
  text << static_cast<long long>(per_second) << ' ' << unit << "/s";
  return text.str();
}

std::string Micros(double seconds) {
  std::ostringstream text;
  text.precision(3);
  text << seconds * 1e6 << " us";
  return text.str();
}

std::string Millis(double seconds) {
  std::ostringstream text;
  text.precision(3);
  text << seconds * 1e3 << " ms";
  return text.str();
}

// ---- the chain in memory ----

// One run, after a short one that loads the plugin.
double ChainSeconds(const std::string& workflow, const std::string& warm_up) {
  Rig rig(":memory:", Sync::kOff);
  rig.Run(warm_up);
  return rig.Run(workflow).seconds;
}

void MeasureChains(const Options& options, std::vector<Row>& rows) {
  const std::string one = ChainWorkflow("bench.noop", 1);
  const std::string chain = ChainWorkflow("bench.noop", kChain);
  const std::string long_chain = ChainWorkflow("bench.noop", kLongChain);
  const std::string keys = "    variables: {answer: 42}\n";
  const std::string set_one = ChainWorkflow("set-variables", 1, keys);
  const std::string set_chain = ChainWorkflow("set-variables", kChain, keys);
  std::vector<double> per_step, per_step_long, per_set;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    per_step.push_back(ChainSeconds(chain, one) / kChain);
    per_step_long.push_back(ChainSeconds(long_chain, one) / kLongChain);
    per_set.push_back(ChainSeconds(set_chain, set_one) / kChain);
  }
  double rate = 1 / Median(per_step);
  rows.push_back({.name = "chain of 1 000 inline steps, in memory",
                  .measured = Rate(rate, "steps"),
                  .beside = "LangGraph " + Rate(kLangGraphStepsPerSecond, "steps"),
                  .ratio = rate / kLangGraphStepsPerSecond,
                  .at_least = 100});
  double set_rate = 1 / Median(per_set);
  rows.push_back({.name = "  the same of set-variables steps",
                  .measured = Rate(set_rate, "steps"),
                  .beside = "LangGraph " + Rate(kLangGraphStepsPerSecond, "steps"),
                  .ratio = set_rate / kLangGraphStepsPerSecond});
  rows.push_back({.name = "step in a chain of 10 000, in memory",
                  .measured = Micros(Median(per_step_long)),
                  .beside = "chain of 1 000: " + Micros(Median(per_step)),
                  .ratio = Median(per_step_long) / Median(per_step),
                  .at_most = 1.2});
}

// ---- the chain with a journal ----

void MeasureJournalled(const Options& options, FreshFolders& folders, Sync sync, const std::string& name,
                       std::optional<double> at_least, std::vector<Row>& rows) {
  const std::string one = ChainWorkflow("bench.kept", 1);
  const std::string chain = ChainWorkflow("bench.kept", kChain);
  std::vector<double> per_step, per_commit;
  double commits = 0;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    Rig rig(folders.Next() / "journal.db", sync);
    rig.Run(one);
    Rig::Timing timing = rig.Run(chain);
    commits = static_cast<double>(timing.commits);
    per_step.push_back(timing.seconds / kChain);
    double bare =
        BareCommitSeconds(folders.Next() / "bare.db", sync, static_cast<std::size_t>(timing.commits));
    per_commit.push_back(bare / commits);
  }
  double steps = 1 / Median(per_step);
  double bare = 1 / Median(per_commit);
  rows.push_back({.name = "chain of 1 000 journalled steps, " + name,
                  .measured = Rate(steps, "steps"),
                  .beside = "bare SQLite " + Rate(bare, "commits"),
                  .ratio = steps / bare,
                  .at_least = at_least});
  rows.push_back({.name = "  commits per step",
                  .measured = std::to_string(static_cast<int>(commits)),
                  .beside = "1 000 steps",
                  .ratio = commits / kChain});
}

// ---- steps side by side ----

void MeasureWide(const Options& options, std::vector<Row>& rows) {
  const std::string one = ChainWorkflow("bench.wait", 1);
  const std::string wide = WideWorkflow("bench.wait", kWideSteps, kWidth);
  std::vector<double> seconds;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    Rig rig(":memory:", Sync::kOff);
    rig.Run(one);
    seconds.push_back(rig.Run(wide).seconds);
  }
  double ideal = kWaves * kWaitSeconds;
  rows.push_back({.name = "100 steps of 10 ms, 64 at a time",
                  .measured = Millis(Median(seconds)),
                  .beside = "ideal " + Millis(ideal),
                  .ratio = Median(seconds) / ideal,
                  .at_most = 1.5});
}

// ---- start ----

struct Starts {
  std::vector<double> seconds, rss_kib;
};

// Where the programs run there is no configuration and no state.
void MeasureStart(const Options& options, FreshFolders& folders, std::vector<Row>& rows) {
  fs::path home = folders.Next();
  std::string command =
      "cd '" + home.string() + "' && env -i HOME='" + home.string() +
      "' PATH=/usr/bin:/bin '" MAMC_BENCH_SPAWN_PROBE "' " + std::to_string(options.rounds * 10) +
      " '" MAMC_BENCH_HOST "' workflow check '" MAMC_BENCH_WORKFLOW "' -- '" MAMC_BENCH_EMPTY "'";
  std::unique_ptr<FILE, int (*)(FILE*)> probe(::popen(command.c_str(), "r"), ::pclose);
  if (!probe) throw std::runtime_error("cannot start bench_spawn_probe");
  Starts host, empty;
  char which = 0;
  long long ns = 0;
  long rss_kib = 0;
  int exit_code = 0;
  while (std::fscanf(probe.get(), " %c %lld %ld %d", &which, &ns, &rss_kib, &exit_code) == 4) {
    if (exit_code != 0) throw std::runtime_error("a program whose start is measured failed: " + command);
    Starts& starts = which == 'a' ? host : empty;
    starts.seconds.push_back(static_cast<double>(ns) / 1e9);
    starts.rss_kib.push_back(static_cast<double>(rss_kib));
  }
  if (host.seconds.size() != options.rounds * 10) throw std::runtime_error("bench_spawn_probe ended early");
  rows.push_back({.name = "mamc-host workflow check, spawn to exit",
                  .measured = Millis(Median(host.seconds)),
                  .beside = "empty C++ program " + Millis(Median(empty.seconds)),
                  .ratio = Median(host.seconds) / Median(empty.seconds),
                  .at_most = 4});
  auto kib = [](const Starts& starts) {
    return std::to_string(static_cast<int>(Median(starts.rss_kib))) + " KiB";
  };
  rows.push_back({.name = "  max RSS",
                  .measured = kib(host),
                  .beside = "empty C++ program " + kib(empty),
                  .ratio = Median(host.rss_kib) / Median(empty.rss_kib)});
}

// ---- the program ----

Options ParseArguments(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    std::string name = argv[i];
    std::string value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--rounds" && std::atoi(value.c_str()) > 0)
      options.rounds = static_cast<std::size_t>(std::atoi(value.c_str()));
    else if (name == "--dir" && fs::is_directory(value))
      options.dir = value;
    else if (name == "--only" && !value.empty())
      options.only = value;
    else
      throw std::runtime_error(
          "usage: engine_bench [--rounds N] [--dir DIR] [--only memory|journal|wide|start]");
  }
  return options;
}

void PrintLoad(const char* when) {
  double load[1] = {0};
  if (::getloadavg(load, 1) == 1) std::cout << "load average " << when << ": " << load[0] << '\n';
}

int Main(const Options& options) {
  ConfigureLog({.level = LogLevel::kWarn});
  auto wanted = [&](const char* name) { return options.only.empty() || options.only == name; };
  FreshFolders folders(options.dir);
  std::vector<Row> rows;
  PrintLoad("before");
  if (wanted("memory")) MeasureChains(options, rows);
  if (wanted("journal")) {
    MeasureJournalled(options, folders, Sync::kFull, "sync full", 0.5, rows);
    MeasureJournalled(options, folders, Sync::kNormal, "sync normal", std::nullopt, rows);
  }
  if (wanted("wide")) MeasureWide(options, rows);
  if (wanted("start")) MeasureStart(options, folders, rows);
  PrintLoad("after");
  std::cout << "medians of " << options.rounds << " rounds (starts: " << options.rounds * 10 << ")\n\n";
  Print(std::cout, rows);
  bool missed = std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.missed(); });
  return missed ? 1 : 0;
}

}  // namespace
}  // namespace mamc::bench

int main(int argc, char** argv) {
  try {
    return mamc::bench::Main(mamc::bench::ParseArguments(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "engine_bench: " << error.what() << '\n';
    return 2;
  }
}
