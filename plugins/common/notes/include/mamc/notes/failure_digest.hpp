// What a failed test run said, small enough for a prompt and free of what differs between equal runs.
#pragma once
#include <string>
#include <string_view>

namespace mamc::notes {

inline constexpr std::size_t kMaxDigestBytes = 4096;

// At most `max_bytes` of the output. A short one whole; of a longer one the lines that speak of failures,
// then its head and tail. Escape sequences, durations, clock times and addresses are taken out, and
// `workspace` (may be empty) becomes ".".
std::string FailureDigest(std::string_view output, std::string_view workspace,
                          std::size_t max_bytes = kMaxDigestBytes);

// The working trees of runs, wherever they lie, are "." in a text, as in
// "/home/me/projects/shop-1a2b/runs/r1/tree". `runs_folder` is where those of this machine lie: its path may
// hold spaces.
std::string WithoutTrees(std::string_view text, std::string_view runs_folder);

// Without colours and movements of the cursor.
std::string WithoutEscapes(std::string_view output);

}  // namespace mamc::notes
