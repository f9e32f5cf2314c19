// A step type of the plugin catalog as the workflow loader knows it: the two layers do not know each other.
#pragma once
#include "mamc/plugin/catalog.hpp"
#include "mamc/workflow/loader.hpp"

namespace mamc::engine {

workflow::StepType StepTypeOf(const plugin::Catalog::Type& found);

}  // namespace mamc::engine
