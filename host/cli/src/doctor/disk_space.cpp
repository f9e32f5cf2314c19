#include "disk_space.hpp"

namespace mamc::cli::doctor {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
// The journal and one working tree of a common size.
constexpr std::uint64_t kTooLittle = 100 * kMiB;
constexpr std::uint64_t kLittle = 1024 * kMiB;

std::string Shown(std::uint64_t bytes) {
  const std::uint64_t mib = bytes / kMiB;
  if (mib < 10 * 1024) return std::to_string(mib) + " MiB";
  return std::to_string(mib / 1024) + " GiB";
}

}  // namespace

Finding JudgeSpace(std::uint64_t available_bytes, const std::string& folder) {
  const std::string what = Shown(available_bytes) + " are free";
  const std::string advice =
      "make room on that disk, or set MAMC_STATE_DIR and PROJECT_BASE to folders on another";
  if (available_bytes < kTooLittle)
    return {Level::kProblem, "only " + what + ": the journal cannot be kept, and the host will stop", folder,
            advice};
  if (available_bytes < kLittle) return {Level::kWarning, "only " + what, folder, advice};
  return {Level::kOk, what, folder, ""};
}

}  // namespace mamc::cli::doctor
