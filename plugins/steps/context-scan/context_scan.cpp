// The step type `context-scan`: a summary of the files that git tracks, read from the run's tree object and
// not from the disk, so that no link leads out of the repository.
#include <mamc/step.h>

#include <mamc/cpp/plugin.hpp>

#include "mamc/git/json.hpp"
#include "mamc/git/run.hpp"
#include "summary.hpp"

namespace {

using mamc::sdk::Context;
using mamc::sdk::Json;
using mamc::sdk::Task;

class ContextScan : public mamc::sdk::Step {
 public:
  explicit ContextScan(const Json&) {}

  Task<Json> Run(Context& context, Json input) override {
    const Json& params = input.at("params");
    mamc::git::Run run = mamc::git::Run::OfTree(
        context, mamc::git::RequiredText(input.value("workspace", Json::object()), "path"));
    // Without what earlier scans and runs have left: the same sources give the same summary.
    const std::string tree = run.repo().WorkOf(run.repo().WriteTree());
    const ReadText read = [&](const std::string& path) { return run.repo().ReadBlob(tree, path); };

    Scan scan = Collect(run, tree, params.value("max_files", 2000),
                        params.value("max_bytes", std::uint64_t{8} << 20));
    FindLanguages(scan);
    FindTestCommand(scan, read);
    const std::string summary = Summarize(scan, read, params.value("summary_bytes", std::size_t{6000}));

    Json result = {{"summary", summary},
                   {"languages", scan.languages},
                   {"files", scan.files.size()},
                   {"bytes", scan.bytes}};
    if (scan.test_command) result["test_command"] = *scan.test_command;
    result["state"]["context_summary"] = summary;
    co_return result;
  }

 private:
  static Scan Collect(mamc::git::Run& run, const std::string& tree, std::size_t max_files,
                      std::uint64_t max_bytes) {
    Scan scan;
    for (const mamc::git::ListedFile& file : run.repo().ListFiles(tree)) {
      if (scan.files.size() == max_files || scan.bytes + file.bytes > max_bytes) {
        scan.cut = true;
        break;
      }
      scan.files.push_back({file.path, file.bytes});
      scan.bytes += file.bytes;
    }
    return scan;
  }
};

}  // namespace

MAMC_PLUGIN(mamc::sdk::Provide<ContextScan>("step", "context-scan"))
