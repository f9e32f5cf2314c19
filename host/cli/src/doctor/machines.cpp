#include "machines.hpp"

#include "mamc/base/text.hpp"

namespace mamc::cli::doctor {
namespace {

using messaging::MachineAnnouncement;
using Versions = std::map<std::string, std::string>;  // or hashes, by id

struct ThisMachine {
  Versions plugins, personas, workflows;
};

ThisMachine Here(Checkup& checkup) {
  ThisMachine here;
  for (const plugin::PluginEntry& entry : checkup.session().catalog().entries())
    if (entry.state == plugin::PluginState::kActive) here.plugins[entry.id] = entry.manifest.version;
  for (const PersonaPtr& persona : checkup.definitions().personas)
    here.personas[persona->id] = Sha256(persona->text);
  for (const WorkflowPtr& workflow : checkup.definitions().workflows)
    here.workflows[workflow->name] = Sha256(workflow->text);
  return here;
}

// Ids that both have, and not the same.
std::string Different(const Versions& here, const Versions& there, bool with_values) {
  std::string all;
  for (const auto& [id, value] : there) {
    auto found = here.find(id);
    if (found == here.end() || found->second == value) continue;
    all +=
        (all.empty() ? "" : ", ") + id + (with_values ? " " + value + " (here " + found->second + ")" : "");
  }
  return all;
}

void Compare(const ThisMachine& here, const MachineAnnouncement& machine, Section& section) {
  if (!machine.version.empty() && machine.version != MAMC_VERSION)
    section.Add(
        {Level::kWarning,
         "machine " + machine.host + " has mamc-host " + machine.version + ", and here it is " MAMC_VERSION,
         machine.machine, "install the same version on all machines, and start the hosts again",
         "Task priority wrong"});
  Versions plugins;
  for (const MachineAnnouncement::Plugin& plugin : machine.plugins) plugins[plugin.id] = plugin.version;
  if (const std::string ids = Different(here.plugins, plugins, true); !ids.empty())
    section.Add({Level::kWarning, "machine " + machine.host + " has other versions of plugins: " + ids,
                 machine.machine, "install the same plugins on all machines, and start the hosts again"});
  // That may be on purpose: a machine has a model and a prompt of its own.
  if (const std::string ids = Different(here.personas, machine.persona_hashes, false); !ids.empty())
    section.Add({Level::kNote,
                 "machine " + machine.host + " has other files of personas: " + ids +
                     "; what counts is the file of the machine that serves one",
                 machine.machine, "copy the files from one machine to the other, unless it is meant so"});
  if (const std::string names = Different(here.workflows, machine.workflow_hashes, false); !names.empty())
    section.Add({Level::kNote,
                 "machine " + machine.host + " has other files of workflows: " + names +
                     "; what counts is the file of the machine that coordinates",
                 machine.machine, "copy the files from one machine to the other, unless it is meant so"});
}

}  // namespace

void CompareMachines(Checkup& checkup, const Checkup::Machines& machines, Section& section) {
  const ThisMachine here = Here(checkup);
  for (const MachineAnnouncement& machine : machines) Compare(here, machine, section);
}

}  // namespace mamc::cli::doctor
