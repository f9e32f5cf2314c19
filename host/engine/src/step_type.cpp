#include "mamc/engine/step_type.hpp"

namespace mamc::engine {
namespace {

workflow::Access AccessOf(plugin::Access access) {
  switch (access) {
    case plugin::Access::kNone:
      return workflow::Access::kNone;
    case plugin::Access::kRead:
      return workflow::Access::kRead;
    case plugin::Access::kWrite:
      return workflow::Access::kWrite;
    case plugin::Access::kChildren:
      return workflow::Access::kChildren;
  }
  return workflow::Access::kNone;
}

}  // namespace

workflow::StepType StepTypeOf(const plugin::Catalog::Type& found) {
  const plugin::TypeManifest& type = *found.type;
  workflow::StepType step;
  step.id = type.id;
  step.version = found.plugin->manifest.version;
  step.access = AccessOf(type.access);
  step.composite = type.composite;
  step.params = type.params;
  step.state_keys = type.state_keys;
  step.step_lists = type.step_lists;
  step.independent_lists = type.independent_lists;
  step.state_params = type.state_params;
  step.expressions = type.expressions;
  step.shell_params = type.shell_params;
  return step;
}

}  // namespace mamc::engine
