#include <mamc/abi.h>

#include <ostream>

#include "commands.hpp"
#include "mamc/cli/table.hpp"

namespace mamc::cli {
namespace {

struct VersionOptions {
  bool json = false;
};

Exit RunVersion(Session& session, const VersionOptions& options) {
  std::string abi = std::to_string(MAMC_ABI_MAJOR) + "." + std::to_string(MAMC_ABI_MINOR);
  if (options.json) {
    PrintJson(session.out, {{"version", MAMC_VERSION}, {"abi", abi}});
  } else {
    session.out << "mamc-host " << MAMC_VERSION << ", plugin ABI " << abi << '\n';
  }
  return kDone;
}

}  // namespace

void AddVersionCommand(CommandLine& line) {
  auto options = std::make_shared<VersionOptions>();
  CLI::App* command =
      AddCommand(line, line.app, "version", "Show the version of the program and of its plugin ABI", options,
                 RunVersion);
  AddJsonFlag(command, &options->json);
}

}  // namespace mamc::cli
