// Implementation: a server looks at the permission before it does a command, so every command is sent in a
// form that finds nothing to do: on a key that nobody writes, or for a group that does not exist.
#include "self_test.hpp"

#include <algorithm>
#include <memory>
#include <set>

namespace redis_transport {
namespace {

using mamc::sdk::SelfTest;

constexpr const char* kNobody = "mamc:selftest";  // a group, a consumer

std::vector<Words> HarmlessCommands(const Options& options, const std::vector<std::string>& streams) {
  const std::string stream = options.prefix + "mamc:selftest";
  const std::string value = options.prefix + "mamc:value:selftest";
  const std::string channel = options.prefix + "mamc:channel:selftest";
  std::vector<Words> commands = {
      {"XLEN", stream},
      {"XADD", stream, "NOMKSTREAM", "*", "a", "b"},
      {"XREAD", "COUNT", "1", "STREAMS", stream, "0"},
      {"XREADGROUP", "GROUP", kNobody, kNobody, "COUNT", "1", "STREAMS", stream, ">"},
      {"XCLAIM", stream, kNobody, kNobody, "0", "0-1"},
      {"XPENDING", stream, kNobody},
      {"XRANGE", stream, "-", "+", "COUNT", "1"},
      {"XTRIM", stream, "MAXLEN", "0"},
      {"XDEL", stream, "0-1"},
      {"EVAL", "return 1", "1", value},
      {"GET", value},
      {"SET", value, "", "XX"},
      {"DEL", value},
      {"EXISTS", value},
      {"PTTL", value},
      {"TIME"},
      {"PUBLISH", channel, ""}};
  for (const std::string& used : streams) {
    commands.push_back({"XINFO", "STREAM", used});
    commands.push_back({"XACK", used, kNobody, "0-1"});
    commands.push_back({"XGROUP", "DESTROY", used, kNobody});
  }
  return commands;
}

std::string AdviceFor(const Trouble& trouble) {
  if (trouble.code == MAMC_E_UNAVAILABLE)
    return "start that server, or set REDIS_URL, or REDIS_HOST and REDIS_PORT, to where it is";
  if (trouble.code == MAMC_E_PERMISSION)
    return "set REDIS_USERNAME and REDIS_PASSWORD, or the login within REDIS_URL";
  return "see plugins/transports/redis/README.md for what the server must be and allow";
}

// One self-test under way; lives as long as its answers are waited for.
class Examination {
 public:
  Examination(Shared& shared, mamc_ticket ticket) : shared_(shared), ticket_(ticket) {}

  void Take(const std::string& command, const std::string& key, const Answer& answer) {
    if (answer.ok()) return;
    if (answer.lost())
      trouble_ = answer.trouble;  // there is no server, or it does not let us in
    else if (answer.trouble.code == MAMC_E_PERMISSION)
      denied_.insert(command + (key.empty() ? "" : " on " + key));
    else if (answer.error.find("unknown command") != std::string::npos)
      unknown_.insert(command);
  }

  ~Examination() {
    if (!shared_.calls.open(ticket_)) return;
    if (!trouble_.text.empty())
      test_.Problem(trouble_.code, trouble_.text, AdviceFor(trouble_));
    else
      Judge();
    shared_.calls.Done(ticket_, test_.result());
  }

 private:
  static std::string Listed(const std::set<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    return all;
  }

  void Judge() {
    const ServerFacts& facts = shared_.commands.facts();
    const std::string server = "Redis at " + shared_.address.Text();
    test_.Fact(server + " answers" + (facts.version.empty() ? "" : ", version " + facts.version) +
               (facts.maxmemory_policy.empty() ? "" : ", maxmemory-policy " + facts.maxmemory_policy));
    if (const std::string& warning = shared_.commands.warning(); !warning.empty())
      test_.Warning(warning, facts.version.empty()
                                 ? "allow INFO to the user"
                                 : "redis-cli CONFIG SET maxmemory-policy noeviction, and in its "
                                   "configuration file");
    const std::string who =
        shared_.address.user.empty() ? "the default user" : "user " + shared_.address.user;
    if (!denied_.empty())
      test_.Problem(
          MAMC_E_PERMISSION, server + " does not let " + who + " do " + Listed(denied_),
          "redis-cli ACL SETUSER for that user, as plugins/transports/redis/README.md lists it, or name "
          "another with REDIS_USERNAME");
    if (!unknown_.empty())
      test_.Problem(MAMC_E_UNSUPPORTED, server + " does not know " + Listed(unknown_),
                    "the transport needs Redis 5.0 or newer, with these commands");
    if (denied_.empty() && unknown_.empty()) test_.Fact(who + " may do all that the transport does");
  }

  Shared& shared_;
  const mamc_ticket ticket_;
  SelfTest test_;
  Trouble trouble_;
  std::set<std::string> denied_, unknown_;
};

}  // namespace

void TestServer(Shared& shared, mamc_ticket ticket, const std::vector<std::string>& streams) {
  auto examination = std::make_shared<Examination>(shared, ticket);
  for (const Words& words : HarmlessCommands(shared.options, streams)) {
    const auto used = std::find_first_of(words.begin(), words.end(), streams.begin(), streams.end());
    const std::string key = used == words.end() ? "" : *used;
    shared.commands.Send(words, Resend::kOnce, [examination, command = words[0], key](const Answer& answer) {
      examination->Take(command, key, answer);
    });
  }
}

}  // namespace redis_transport
