// The plugins' own self-tests.
#include <mamc/plugin.h>

#include <set>

#include "checks.hpp"
#include "mamc/messaging/channel.hpp"
#include "mamc/workflow/needs.hpp"
#include "self_tests.hpp"

namespace mamc::cli::doctor {
namespace {

struct Tested {
  plugin::Kind kind;
  config::Section section;
  std::string id;
  Json input = Json::object();
};

void Test(Checkup& checkup, Section& section, const Tested& tested) {
  const std::string name = std::string(KindName(tested.kind)) + " " + tested.id;
  const bool may_be_silent = tested.kind == plugin::Kind::kStep;
  checkup.Ask(tested.kind, tested.section, tested.id, MAMC_VERB_SELFTEST, tested.input,
              [&checkup, &section, tested, name, may_be_silent](Result<Json> answer) {
                const bool none = !answer.ok() && answer.status().code() == Code::kUnsupported;
                if (none && may_be_silent) return;
                AddSelfTest(answer, {name, checkup.CommandToShow(tested.kind, tested.id)}, section);
              });
}

// Of what the personas served here ask, and of what the machine asks by default.
std::set<std::string> Backends(Checkup& checkup) {
  const config::Config& config = checkup.config();
  std::set<std::string> ids;
  for (const PersonaPtr& persona : checkup.served()) {
    const bool asks =
        persona->work.empty() || workflow::NeedsOf(persona->work, checkup.session().names()).asks;
    if (!asks) continue;
    auto configured = config.persona_backends.find(persona->id);
    const std::string& own =
        configured != config.persona_backends.end() ? configured->second : persona->backend;
    ids.insert(own.empty() ? config.backend : own);
  }
  return ids;
}

}  // namespace

void CheckServers(Checkup& checkup, Section& section) {
  const config::Config& config = checkup.config();
  const messaging::ChannelOptions channel;
  const messaging::AnnouncementOptions hosts;
  Test(checkup, section,
       {plugin::Kind::kTransport,
        config::Section::kTransports,
        config.transport,
        {{"streams", {channel.request_stream, channel.event_stream, hosts.stream}}}});
  if (checkup.coordinates())
    Test(checkup, section, {plugin::Kind::kBoard, config::Section::kBoards, config.board});
  Test(checkup, section, {plugin::Kind::kWorkspace, config::Section::kWorkspaces, config.workspace});
  for (const std::string& id : Backends(checkup))
    Test(checkup, section, {plugin::Kind::kBackend, config::Section::kBackends, id});
  for (const auto& type : checkup.session().catalog().Types(plugin::Kind::kStep))
    Test(checkup, section, {plugin::Kind::kStep, config::Section::kSteps, type.type->id});
}

}  // namespace mamc::cli::doctor
