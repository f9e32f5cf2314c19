// `mamc-host dead`: the requests that no worker could do, as the configured transport keeps them.
#include <mamc/transport.h>

#include <map>
#include <ostream>
#include <set>

#include "commands.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/plugin_client.hpp"
#include "mamc/cli/table.hpp"
#include "mamc/messaging/channel.hpp"

namespace mamc::cli {
namespace {

struct DeadOptions {
  std::string stream = messaging::ChannelOptions().request_stream;
  std::vector<std::string> ids;
  bool json = false;
};

struct Letters {
  Json messages = Json::array();
  bool truncated = false;  // the transport has more than it lists at once
};

constexpr const char* kMore = "there are more: drop or replay some of these first";

Result<Letters> LettersOf(PluginClient& transport, const DeadOptions& options) {
  Result<Json> answer = transport.Ask(MAMC_TRANSPORT_DEAD_LIST, {{"stream", options.stream}});
  if (!answer.ok()) return answer.status();
  return Letters{GetMember(*answer, "messages"), GetBool(*answer, "truncated")};
}

std::string Of(const Json& letter, const char* field) {
  return GetString(GetMember(letter, "fields"), field);
}

// A message that is dead for several groups, as every malformed one is, has one row for each reason.
Exit DeadList(Session& session, PluginClient& transport, const DeadOptions& options) {
  auto letters = LettersOf(transport, options);
  if (!letters.ok()) return session.Fail(letters.status());
  if (options.json) {
    PrintJson(session.out, {{"messages", letters->messages}, {"truncated", letters->truncated}});
    return kDone;
  }
  Table table({"ID", "WHEN", "PERSONA", "TASK", "REASON"});
  std::set<std::pair<std::string, std::string>> shown;
  for (const Json& letter : letters->messages) {
    const std::string id = GetString(letter, "id"), reason = GetString(letter, "reason");
    if (shown.emplace(id, reason).second)
      table.Add({id, LocalTime(GetInt(letter, "at_ms")), Of(letter, "to_persona"), Of(letter, "task_id"),
                 Gist(reason)});
  }
  if (!shown.empty()) table.Print(session.out);
  if (shown.empty())
    session.err << "no dead letters of " << options.stream << " in transport " << session.config().transport
                << '\n';
  if (letters->truncated) session.err << kMore << '\n';
  return kDone;
}

Exit DeadShow(Session& session, PluginClient& transport, const DeadOptions& options) {
  auto letters = LettersOf(transport, options);
  if (!letters.ok()) return session.Fail(letters.status());
  const std::string& id = options.ids.front();
  Json found = Json::array();
  for (const Json& letter : letters->messages)
    if (GetString(letter, "id") == id) found.push_back(letter);
  if (found.empty() && letters->truncated)
    return session.Fail(NotFound("the dead letter '" + id + "' is not among the " +
                                 std::to_string(letters->messages.size()) + " of " + options.stream +
                                 " that " + session.CommandLineOf("dead list") + " names, and " + kMore));
  if (found.empty())
    return session.Fail(NotFound("there is no dead letter '" + id + "' of " + options.stream + "; " +
                                 session.CommandLineOf("dead list") + " names them"));
  if (options.json) {
    PrintJson(session.out, found);
    return kDone;
  }
  std::map<std::string, std::string> groups_by_reason;
  for (const Json& letter : found) {
    std::string& groups = groups_by_reason[GetString(letter, "reason")];
    groups += (groups.empty() ? "" : ", ") + GetString(letter, "group");
  }
  for (const auto& [reason, groups] : groups_by_reason)
    session.out << "reason: " << Printable(reason) << '\n' << "groups: " << Printable(groups) << '\n';
  session.out << "when:   " << LocalTime(GetInt(found[0], "at_ms")) << '\n' << "fields:\n";
  for (const auto& [name, value] : GetMember(found[0], "fields").items())
    session.out << "  " << Printable(name) << ": "
                << Printable(value.is_string() ? value.get<std::string>() : Dump(value)) << '\n';
  return kDone;
}

// All that can be done is done; the others are told.
Exit ForEach(Session& session, PluginClient& transport, const DeadOptions& options, std::uint32_t verb,
             const char* done) {
  Exit exit = kDone;
  for (const std::string& id : options.ids) {
    Result<Json> answer = transport.Ask(verb, {{"stream", options.stream}, {"id", id}});
    if (!answer.ok()) {
      exit = session.Fail(answer.status().Within("dead letter " + id));
      continue;
    }
    const std::string as = GetString(*answer, "id");
    session.err << "dead letter " << id << done << (as.empty() ? "" : " as " + as) << '\n';
  }
  return exit;
}

Exit DeadReplay(Session& session, PluginClient& transport, const DeadOptions& options) {
  return ForEach(session, transport, options, MAMC_TRANSPORT_DEAD_REPLAY, " is sent again");
}

Exit DeadDrop(Session& session, PluginClient& transport, const DeadOptions& options) {
  return ForEach(session, transport, options, MAMC_TRANSPORT_DEAD_DROP, " is dropped");
}

template <Exit (*kRun)(Session&, PluginClient&, const DeadOptions&)>
Exit WithTransport(Session& session, const DeadOptions& options) {
  if (Exit code = session.NeedCatalog()) return code;
  auto transport = PluginClient::OfTransport(session);
  return transport.ok() ? kRun(session, **transport, options) : session.Fail(transport.status());
}

}  // namespace

void AddDeadCommands(CommandLine& line, CLI::App& group) {
  auto add = [&](const char* name, const char* description, Exit (*run)(Session&, const DeadOptions&)) {
    auto options = std::make_shared<DeadOptions>();
    CLI::App* command = AddCommand(line, group, name, description, options, run);
    command
        ->add_option("--stream", options->stream,
                     "Stream whose dead letters are meant; default: " + options->stream)
        ->type_name("STREAM");
    return std::make_pair(command, options);
  };
  auto [list, list_options] = add("list", "List what no worker could do", WithTransport<DeadList>);
  AddJsonFlag(list, &list_options->json);

  auto [show, show_options] = add("show", "Show one with all its fields", WithTransport<DeadShow>);
  show->add_option("id", show_options->ids, "Id of a dead letter")->required()->expected(1)->type_name("ID");
  AddJsonFlag(show, &show_options->json);

  auto [replay, replay_options] = add("replay", "Send them again, to all workers", WithTransport<DeadReplay>);
  replay->add_option("ids", replay_options->ids, "Ids of dead letters")->required()->type_name("ID");

  auto [drop, drop_options] = add("drop", "Throw them away", WithTransport<DeadDrop>);
  drop->add_option("ids", drop_options->ids, "Ids of dead letters")->required()->type_name("ID");
}

}  // namespace mamc::cli
