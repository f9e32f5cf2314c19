#include "crash_point.hpp"

#ifdef MAMC_CRASH_POINTS
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>

namespace mamc::journal {
namespace {

long CrashAt() {
  const char* at = ::getenv("MAMC_CRASH_AT");
  return at == nullptr ? -1 : ::strtol(at, nullptr, 10);
}

// With MAMC_CRASH_COUNT=FILE the number of points passed is written there at exit, so that a test knows how
// many there are.
struct Counter {
  long passed = 0;
  ~Counter() {
    const char* file = ::getenv("MAMC_CRASH_COUNT");
    if (file == nullptr) return;
    if (std::FILE* out = std::fopen(file, "w")) {
      std::fprintf(out, "%ld\n", passed);
      std::fclose(out);
    }
  }
};

}  // namespace

void CrashPoint() {
  static Counter counter;
  static const long crash_at = CrashAt();
  if (++counter.passed == crash_at) ::kill(::getpid(), SIGKILL);
}

}  // namespace mamc::journal
#endif
