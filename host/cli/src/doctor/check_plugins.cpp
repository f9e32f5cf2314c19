#include "checks.hpp"
#include "mamc/cli/persona_settings.hpp"

namespace mamc::cli::doctor {
namespace {

void AddUnused(Checkup& checkup, const plugin::PluginEntry& entry, Section& section) {
  const std::string state(StateName(entry.state));
  const std::string what = "plugin " + entry.id + " is " + state + ": " + entry.reason;
  // Whoever names one of its types says so too, as a problem.
  const bool refused = entry.state == plugin::PluginState::kRefused;
  section.Add({refused ? Level::kWarning : Level::kNote, what, entry.file.string(),
               refused
                   ? "correct that or take the file away; " + checkup.Command("plugin list") + " shows all"
                   : ""});
}

}  // namespace

void CheckPlugins(Checkup& checkup, Section& section) {
  std::size_t active = 0;
  for (const plugin::PluginEntry& entry : checkup.session().catalog().entries()) {
    if (entry.state == plugin::PluginState::kActive)
      ++active;
    else
      AddUnused(checkup, entry, section);
  }
  for (const std::string& problem : CheckChosenTypes(checkup.session().catalog(), checkup.config())) {
    auto [place, message] = SplitPlace(problem);
    section.Add({.level = Level::kProblem,
                 .what = message,
                 .where = place,
                 .advice = "name one that is there, or put the plugin into a folder of " +
                           checkup.Command("plugin path"),
                 .exit = kWrongUse});
  }
  section.Ok(std::to_string(active) + " are active");
}

}  // namespace mamc::cli::doctor
