#include "../control.hpp"
#include "checks.hpp"
#include "journal_view.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/persona_settings.hpp"
#include "mamc/cli/table.hpp"

namespace mamc::cli::doctor {
namespace {

std::string NameOf(const journal::RunRow& run) {
  return "run " + run.id + (run.task.empty() ? "" : " of task " + run.task);
}

// How long a persona has for one try, as the host counts it.
std::int64_t TimeoutMs(Checkup& checkup, const std::string& persona) {
  for (const PersonaPtr& known : checkup.definitions().personas)
    if (known->id == persona) return PersonaTimeoutMs(checkup.config(), *known);
  return checkup.config().persona_default_timeout_ms;
}

void AddRequest(Checkup& checkup, const journal::RunRow& run, const OpenRequest& request, Section& section) {
  const std::int64_t waiting_s = std::max<std::int64_t>(checkup.NowMs() - request.asked_ms, 0) / 1000;
  const std::string times = request.tries > 1 ? ", for the " + std::to_string(request.tries) + ". time" : "";
  const std::string what = NameOf(run) + " waits for persona " + request.persona + ", asked " +
                           std::to_string(waiting_s) + " s ago" + times;
  // Once is a model that thinks. A second time means that the first was not answered in its time.
  if (request.tries < 2) return section.Ok(what, request.step);
  section.Add({Level::kWarning,
               what + "; the try before: " + (request.failed.empty() ? "it failed" : Gist(request.failed)),
               request.step,
               "see below \"Who serves which persona\" and " + checkup.Command("dead list") +
                   " whether somebody serves it; " + checkup.Command("runs log " + run.id) +
                   " has each try; a model that needs longer than " +
                   std::to_string(TimeoutMs(checkup, request.persona) / 1000) + " s needs another personas." +
                   request.persona + ".timeout (PERSONA_TIMEOUTS_JSON)",
               "Workflow Stuck"});
}

void AddRun(Checkup& checkup, const journal::Journal& journal, const journal::RunRow& run, bool host_runs,
            Section& section) {
  if (!host_runs)
    return section.Add({Level::kNote, NameOf(run) + " was interrupted; the next start goes on with it",
                        run.project,
                        "start mamc-host, or end it with " + checkup.Command("runs cancel " + run.id)});
  const std::vector<OpenRequest> requests = OpenRequests(journal.Records(run.id));
  for (const OpenRequest& request : requests) AddRequest(checkup, run, request, section);
  if (requests.empty()) section.Ok(NameOf(run) + " is under way", run.project);
}

}  // namespace

void CheckRuns(Checkup& checkup, Section& section) {
  auto journal = OpenJournal(checkup);
  const std::string folder = checkup.config().state_dir.string();
  auto failed = [&](const Status& status) {
    section.Failed(status, folder,
                   "give the file to the user that runs the host; a damaged one is moved away, and open runs "
                   "with it");
  };
  if (!journal.ok() && journal.status().code() == Code::kNotFound)
    return section.Ok(journal.status().message(), folder);
  if (!journal.ok()) return failed(journal.status());
  const bool host_runs = !HostProcess(checkup.config().state_dir / "control.sock").empty();
  std::size_t running = 0;
  for (const journal::RunRow& run : (*journal)->ListRuns("running")) {
    if (run.kind != "task") continue;
    ++running;
    AddRun(checkup, **journal, run, host_runs, section);
  }
  if (!(*journal)->status().ok()) return failed((*journal)->status());
  if (running == 0) section.Ok("no run is under way");
}

}  // namespace mamc::cli::doctor
