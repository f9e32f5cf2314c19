// `mamc-host doctor`: what is set, from where, whether it works, and what to do where it does not.
#include <unistd.h>

#include <ostream>

#include "commands.hpp"
#include "doctor/checkup.hpp"
#include "doctor/report.hpp"
#include "mamc/base/log.hpp"
#include "mamc/cli/table.hpp"

namespace mamc::cli {
namespace {

struct DoctorOptions {
  std::vector<std::string> projects;
  bool json = false;
};

// What anybody has told us is shown, secrets are not.
void Mask(std::vector<doctor::Section>* sections) {
  for (doctor::Section& section : *sections)
    for (doctor::Finding& finding : section.findings)
      for (std::string* text : {&finding.what, &finding.where, &finding.advice})
        *text = Masked(std::move(*text));
}

Exit RunDoctor(Session& session, const DoctorOptions& options) {
  doctor::Checkup checkup(session, options.projects);
  std::vector<doctor::Section> sections = checkup.Run();
  Mask(&sections);
  const std::vector<config::Described> settings = config::Describe(session.config());
  if (options.json)
    PrintJson(session.out, doctor::ReportJson(settings, sections));
  else
    doctor::PrintReport(session.out, settings, sections,
                        {TerminalColumns(session.out), TerminalColumns(session.out) > 0});
  return doctor::ExitOf(sections);
}

}  // namespace

void AddDoctorCommand(CommandLine& line) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command = AddCommand(line, line.app, "doctor",
                                 "Say what is set, from where, whether it works, and what to do about it",
                                 options, RunDoctor);
  AddRepeatable(command, "--project", options->projects, "Look at this project only; may be repeated")
      ->type_name("ID");
  AddJsonFlag(command, &options->json);
}

}  // namespace mamc::cli
