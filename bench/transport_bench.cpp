// transport_bench [--rounds N]: request -> worker -> event over Redis beside a bare hiredis loop, and what
// requests in flight hold; README.md explains the cases. Exit code: 0 every target was met, 1 one was missed,
// 2 it could not be measured.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "in_flight.hpp"
#include "mamc/base/log.hpp"
#include "redis_process.hpp"
#include "report.hpp"
#include "round_trips.hpp"

namespace mamc::bench {
namespace {

// Two processors: the requester on one, server and worker on the other.
constexpr int kRequesterCpu = 0;
constexpr int kServerCpu = 1;
constexpr std::size_t kTripsAlone = 2000;
constexpr std::size_t kTripsTogether = 10000;
constexpr std::size_t kTogether = 64;
constexpr std::size_t kLongStream = 100'000;
constexpr std::size_t kInFlight = 10'000;

using Work = void (*)(const Lane&, std::size_t);
using Trips = double (*)(const Lane&, std::size_t, std::size_t);

// A worker in a process of its own, on the server's processor; ends when this end of its standard input is
// closed.
class WorkerProcess {
 public:
  WorkerProcess(Work work, const Lane& lane, std::size_t in_flight) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[0], STDIN_FILENO);
      ::close(ends[1]);
      Serve(work, lane, in_flight);
    }
    ::close(ends[0]);
    input_ = ends[1];
    if (pid_ > 0) return;
    ::close(input_);
    throw std::runtime_error("no worker could be started");
  }
  ~WorkerProcess() {
    ::close(input_);
    ::waitpid(pid_, nullptr, 0);
  }
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

 private:
  [[noreturn]] static void Serve(Work work, const Lane& lane, std::size_t in_flight) {
    PinTo(kServerCpu);
    try {
      work(lane, in_flight);
    } catch (const std::exception& error) {
      std::cerr << "transport_bench: worker: " << error.what() << '\n';
    }
    ::_exit(0);
  }
  pid_t pid_ = -1;
  int input_ = -1;
};

// A lane whose streams hold `length` messages already, which nobody is to read.
Lane NewLane(const RedisProcess& redis, std::size_t length) {
  static int number = 0;
  const std::string name = "lane" + std::to_string(++number);
  Lane lane{redis.port(), name + ":requests", name + ":events", name + ":personas:bench"};
  const std::string fill =
      "for i = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'to_persona', 'bench', 'corr_id', 'old' .. i, "
      "'status', 'done') end";
  for (const std::string& stream : {lane.requests, lane.events})
    if (length > 0) redis.Ask({"EVAL", fill, "1", stream, std::to_string(length)});
  redis.Ask({"XGROUP", "CREATE", lane.requests, lane.group, "$", "MKSTREAM"});
  return lane;
}

void Drop(const RedisProcess& redis, const Lane& lane) {
  redis.Ask({"DEL", lane.requests, lane.events});
}

double SecondsPerTrip(const RedisProcess& redis, Trips trips, Work work, std::size_t length,
                      std::size_t count, std::size_t in_flight) {
  const Lane lane = NewLane(redis, length);
  double seconds = 0;
  {
    const WorkerProcess worker(work, lane, in_flight);
    seconds = trips(lane, count, in_flight) / static_cast<double>(count);
  }
  Drop(redis, lane);
  return seconds;
}

std::string Micros(double seconds) {
  std::ostringstream text;
  text.precision(3);
  text << seconds * 1e6 << " us";
  return text.str();
}

void MeasureTrips(const RedisProcess& redis, std::size_t rounds, std::vector<Row>& rows) {
  std::vector<double> alone, bare_alone, together, bare_together, alone_long;
  for (std::size_t round = 0; round < rounds; ++round) {
    alone.push_back(SecondsPerTrip(redis, OurRoundTrips, OurWorker, 0, kTripsAlone, 1));
    bare_alone.push_back(SecondsPerTrip(redis, BareRoundTrips, BareWorker, 0, kTripsAlone, 1));
    alone_long.push_back(SecondsPerTrip(redis, OurRoundTrips, OurWorker, kLongStream, kTripsAlone, 1));
    together.push_back(SecondsPerTrip(redis, OurRoundTrips, OurWorker, 0, kTripsTogether, kTogether));
    bare_together.push_back(SecondsPerTrip(redis, BareRoundTrips, BareWorker, 0, kTripsTogether, kTogether));
  }
  rows.push_back({.name = "request -> worker -> event, 1 in flight",
                  .measured = Micros(Median(alone)),
                  .beside = "bare hiredis " + Micros(Median(bare_alone)),
                  .ratio = Median(alone) / Median(bare_alone),
                  .at_most = 1.25});
  rows.push_back({.name = "  the same, 64 in flight",
                  .measured = Micros(Median(together)),
                  .beside = "bare hiredis " + Micros(Median(bare_together)),
                  .ratio = Median(together) / Median(bare_together)});
  rows.push_back({.name = "  1 in flight, streams of 100 000",
                  .measured = Micros(Median(alone_long)),
                  .beside = "empty streams " + Micros(Median(alone)),
                  .ratio = Median(alone_long) / Median(alone),
                  .at_most = 1.1});
}

void ReportInFlight(const RedisProcess& redis, const std::filesystem::path& folder, std::vector<Row>& rows) {
  const InFlight held = MeasureInFlight(redis, folder, kInFlight);
  rows.push_back({.name = std::to_string(held.requests) + " requests in flight, memory of each",
                  .measured = std::to_string(static_cast<int>(held.bytes_each)) + " bytes",
                  .beside = "4096 bytes",
                  .ratio = held.bytes_each / 4096,
                  .at_most = 1});
  rows.push_back({.name = "  threads of the process",
                  .measured = std::to_string(held.threads),
                  .beside = "16",
                  .ratio = held.threads / 16.0,
                  .at_most = 1});
}

int Main(std::size_t rounds) {
  ConfigureLog({.level = LogLevel::kWarn});
  std::string folder = (std::filesystem::temp_directory_path() / "transport_bench.XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("cannot make " + folder);
  std::vector<Row> rows;
  {
    const RedisProcess redis(folder, kServerCpu);
    PinTo(kRequesterCpu);
    MeasureTrips(redis, rounds, rows);
    ReportInFlight(redis, folder, rows);
  }
  std::filesystem::remove_all(folder);
  std::cout << "medians of " << rounds << " rounds\n\n";
  Print(std::cout, rows);
  return std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.missed(); }) ? 1 : 0;
}

std::size_t Rounds(int argc, char** argv) {
  if (argc == 1) return 5;
  if (argc == 3 && std::string(argv[1]) == "--rounds" && std::atoi(argv[2]) > 0)
    return static_cast<std::size_t>(std::atoi(argv[2]));
  throw std::runtime_error("usage: transport_bench [--rounds N]");
}

}  // namespace
}  // namespace mamc::bench

int main(int argc, char** argv) {
  try {
    return mamc::bench::Main(mamc::bench::Rounds(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "transport_bench: " << error.what() << '\n';
    return 2;
  }
}
