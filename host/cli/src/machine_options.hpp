// What the configuration means to the layers that a machine is made of: their options, without what only the
// machine itself knows. The session must outlive them.
#pragma once
#include <string>

#include "definitions.hpp"
#include "mamc/cli/session.hpp"
#include "mamc/coordinator/coordinator.hpp"
#include "mamc/engine/persona_service.hpp"
#include "mamc/journal/state_dir.hpp"
#include "mamc/messaging/announcements.hpp"
#include "mamc/worker/worker.hpp"

namespace mamc::cli {

// Settings of a type, with what the configuration says under names of its own.
Result<Json> SettingsFor(Session& session, plugin::Kind kind, config::Section section, const std::string& id);

Result<engine::EngineOptions> EngineOptionsFor(Session& session);
engine::PersonaServiceOptions PersonaServiceOptionsFor(const config::Config& config);
// Whom it serves is up to the caller.
worker::WorkerOptions WorkerOptionsFor(Session& session);
coordinator::CoordinatorOptions CoordinatorOptionsFor(const config::Config& config,
                                                      const std::string& project, const std::string& host);
// Answers what plugins that work outside a run may ask for: their secrets.
std::shared_ptr<plugin::CallContext> SecretsFrom(const config::Config& config);
// Unique among the hosts of one transport, and another with every start.
std::string ConsumerName();
// Likewise, but the same when it is started again in its state directory.
Result<std::string> HostIdentity(const journal::StateDirLock& lock);
// What a host of this machine that serves these personas says of itself.
messaging::MachineAnnouncement AnnouncementOf(Session& session, const std::string& host,
                                              const Definitions& definitions,
                                              const std::vector<PersonaPtr>& served);

}  // namespace mamc::cli
