#include "checks.hpp"

namespace mamc::cli::doctor {

void CheckConfiguration(Checkup& checkup, Section& section) {
  const config::Config& config = checkup.config();
  const std::string file = config.config_file.string();
  for (const Checkup::Said& said : checkup.said_of_config()) {
    auto [place, message] = SplitPlace(said.message);
    const std::string where = place.empty() ? file : place;
    section.Add({.level = said.is_warning ? Level::kWarning : Level::kProblem,
                 .what = message,
                 .where = where,
                 .advice = where.find(':') == std::string::npos
                               ? "correct it in " + (where.empty() ? "the environment" : where)
                               : "correct it there; `mamc-host init --dir DIR` writes both files with every "
                                 "setting explained",
                 .exit = kWrongUse});
  }
  if (file.empty())
    section.Add({Level::kNote, "there is no mamc.yaml: defaults and variables count", "",
                 "`mamc-host init` writes one, with every setting explained"});
  else if (section.findings.empty())
    section.Ok("read without a mistake", file);
  if (!config.env_file.empty()) section.Ok("variables are read", config.env_file.string());
}

}  // namespace mamc::cli::doctor
