// What the configuration means to the layers that a machine is made of: their options, without what only the
// machine itself knows. The session must outlive them.
#pragma once
#include <string>

#include "mamc/cli/session.hpp"
#include "mamc/coordinator/coordinator.hpp"
#include "mamc/engine/persona_service.hpp"
#include "mamc/worker/worker.hpp"

namespace mamc::cli {

// Settings of a type, with what the configuration says under names of its own.
Result<Json> SettingsFor(Session& session, plugin::Kind kind, config::Section section, const std::string& id);

Result<engine::EngineOptions> EngineOptionsFor(Session& session);
engine::PersonaServiceOptions PersonaServiceOptionsFor(const config::Config& config);
// Whom it serves is up to the caller.
worker::WorkerOptions WorkerOptionsFor(Session& session);
coordinator::CoordinatorOptions CoordinatorOptionsFor(const config::Config& config,
                                                      const std::string& project);
// Answers what plugins that work outside a run may ask for: their secrets.
std::shared_ptr<plugin::CallContext> SecretsFrom(const config::Config& config);
// Unique among the hosts of one transport.
std::string ConsumerName();

}  // namespace mamc::cli
