#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "../control.hpp"
#include "checks.hpp"
#include "disk_space.hpp"
#include "mamc/plugin/spawn.hpp"

namespace mamc::cli::doctor {
namespace {

namespace fs = std::filesystem;

// The folder, or the nearest above it that is there.
fs::path Nearest(fs::path folder) {
  std::error_code error;
  while (folder.has_relative_path() && !fs::exists(folder, error)) folder = folder.parent_path();
  return folder;
}

void CheckRights(const fs::path& folder, const char* setting, Section& section) {
  const fs::path nearest = Nearest(folder);
  if (::access(nearest.c_str(), W_OK | X_OK) == 0) return;
  section.Add({.level = Level::kProblem,
               .what = nearest.string() + " cannot be written to: " + std::strerror(errno),
               .where = folder.string(),
               .advice = std::string("give it to the user that runs the host, or set ") + setting +
                         " to another folder",
               .exit = kWrongUse});
}

// Whoever may write there may make this host do anything.
void CheckOwner(const fs::path& folder, Section& section) {
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return;  // it is made by the first start
  if (info.st_uid != ::geteuid())
    section.Add({Level::kWarning,
                 "the state directory belongs to user " + std::to_string(info.st_uid) +
                     ", and this is user " + std::to_string(::geteuid()),
                 folder.string(),
                 "run the host as that user, or set MAMC_STATE_DIR (state_dir) to a folder of this one"});
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    section.Add({Level::kWarning, "others may write to the state directory", folder.string(),
                 "chmod go-w " + folder.string()});
}

void CheckSpace(const fs::path& folder, Section& section) {
  std::error_code error;
  const fs::space_info space = fs::space(Nearest(folder), error);
  if (!error) section.Add(JudgeSpace(space.available, folder.string()));
}

bool SameDisk(const fs::path& a, const fs::path& b) {
  struct stat info_a {
  }, info_b{};
  return ::stat(Nearest(a).c_str(), &info_a) == 0 && ::stat(Nearest(b).c_str(), &info_b) == 0 &&
         info_a.st_dev == info_b.st_dev;
}

void CheckHost(Checkup& checkup, Section& section) {
  const fs::path& state = checkup.config().state_dir;
  const std::string process = HostProcess(state / "control.sock");
  if (process.empty())
    section.Ok("no host is running with this state directory", state.string());
  else
    section.Ok("a host is running, process " + process, state.string());
}

}  // namespace

void CheckThisMachine(Checkup& checkup, Section& section) {
  const config::Config& config = checkup.config();
  CheckHost(checkup, section);
  CheckRights(config.state_dir, "MAMC_STATE_DIR (state_dir)", section);
  CheckOwner(config.state_dir, section);
  CheckSpace(config.state_dir, section);
  if (!SameDisk(config.state_dir, config.project_base)) CheckSpace(config.project_base, section);
  if (const std::string why = plugin::WhyNetworkStays(); !why.empty())
    section.Add({Level::kNote, why + ": commands that should have no network have one", "",
                 "install the package bubblewrap, and let users make namespaces"});
}

}  // namespace mamc::cli::doctor
