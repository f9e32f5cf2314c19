// The hosts that announce themselves over the transport, and in what they differ from this machine.
#pragma once
#include "checkup.hpp"

namespace mamc::cli::doctor {

// Versions of the program and of plugins, and the texts of workflows and personas.
void CompareMachines(Checkup& checkup, const Checkup::Machines& machines, Section& section);

}  // namespace mamc::cli::doctor
