// Request -> worker -> event over Redis, by the host's channel and transport, and by nothing but hiredis. The
// worker is a process of its own. Every function throws std::runtime_error.
#pragma once
#include <cstddef>
#include <string>

namespace mamc::bench {

struct Lane {
  int port = 0;
  std::string requests;  // stream
  std::string events;    // stream
  std::string group;     // of the requests, made before with what it is to begin at
};

// Seconds for `count` round trips, `in_flight` of them at a time, after a few to warm up. The worker of the
// same kind serves the lane.
double OurRoundTrips(const Lane& lane, std::size_t count, std::size_t in_flight);
double BareRoundTrips(const Lane& lane, std::size_t count, std::size_t in_flight);

// The workers: serve until their standard input ends.
void OurWorker(const Lane& lane, std::size_t in_flight);
void BareWorker(const Lane& lane, std::size_t in_flight);

}  // namespace mamc::bench
