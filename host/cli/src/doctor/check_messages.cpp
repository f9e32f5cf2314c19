#include <mamc/transport.h>

#include <set>

#include "checks.hpp"
#include "mamc/base/text.hpp"
#include "mamc/messaging/channel.hpp"

namespace mamc::cli::doctor {
namespace {

void AddDead(Checkup& checkup, const Json& answer, Section& section) {
  const Json& letters = GetMember(answer, "messages");
  std::set<std::string> ids;
  for (const Json& letter : letters) ids.insert(GetString(letter, "id"));
  const std::string where = "transport " + checkup.config().transport;
  if (ids.empty()) return section.Ok("there are no dead letters", where);
  const Json& last = letters.back();
  const bool more = GetBool(answer, "truncated");
  section.Add({Level::kWarning,
               (more ? "more than " : "") + std::to_string(ids.size()) +
                   (ids.size() == 1 ? " request is a dead letter" : " requests are dead letters") +
                   ", which no worker could do; the last, for persona " +
                   GetString(GetMember(last, "fields"), "to_persona", "nobody") + ": " +
                   Gist(GetString(last, "reason")),
               where,
               checkup.Command("dead list") + " names them; `dead replay ID` sends one again, `dead drop ID` "
                                              "throws it away"});
}

}  // namespace

void CheckMessages(Checkup& checkup, Section& section) {
  const messaging::ChannelOptions channel;
  checkup.AskTransport(MAMC_TRANSPORT_DEAD_LIST, {{"stream", channel.request_stream}},
                       [&checkup, &section](Result<Json> answer) {
                         if (answer.ok()) return AddDead(checkup, *answer, section);
                         if (answer.status().code() == Code::kUnsupported) return;  // it has none
                         section.Failed(
                             answer.status().Within("the dead letters cannot be listed"),
                             "transport " + checkup.config().transport,
                             "see what the transport's self-test says, and the README of its plugin");
                       });
}

}  // namespace mamc::cli::doctor
