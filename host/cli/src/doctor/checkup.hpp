// What the checks of `mamc-host doctor` work on: everything of this machine that could be loaded, and a way
// to ask its plugins, all at the same time and none for longer than a limit. Nothing here changes anything.
//
// Thread rule: the main thread, which is the loop's.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../definitions.hpp"
#include "finding.hpp"
#include "mamc/cli/session.hpp"
#include "mamc/messaging/announcements.hpp"
#include "mamc/plugin/calls.hpp"

namespace mamc::cli::doctor {

class Checkup;

struct Check {
  const char* id;     // "projects"
  const char* title;  // "Projects"
  // Adds to the section, at once and when what it has asked is answered.
  void (*run)(Checkup& checkup, Section& section);
};
// In the order of the report.
const std::vector<Check>& Checks();

class Checkup {
 public:
  // Loads what can be loaded. `projects`: look at these alone; empty: all that are configured.
  Checkup(Session& session, std::vector<std::string> projects);
  ~Checkup();

  // Runs all checks to their end. A section for each, in their order.
  std::vector<Section> Run();

  // ---- for the checks

  struct Said {
    bool is_warning = false;
    std::string message;
  };
  const std::vector<Said>& said_of_config() const { return said_of_config_; }
  const std::vector<Said>& said_of_definitions() const { return said_of_definitions_; }
  Session& session() { return session_; }
  // `words` of this program, as a person pastes them, between backquotes.
  std::string Command(const std::string& words) const { return "`" + session_.CommandLineOf(words) + "`"; }
  // The command that shows the plugin of a type.
  std::string CommandToShow(plugin::Kind kind, const std::string& type) const;
  const config::Config& config() const { return session_.config(); }
  const Definitions& definitions() const { return definitions_; }
  const std::vector<PersonaPtr>& served() const { return served_; }
  const std::vector<std::string>& projects() const { return projects_; }
  bool coordinates() const { return Coordinates(session_); }
  std::int64_t NowMs() const;

  using Answered = std::function<void(Result<Json>)>;
  // One call of a configured type. `answered` comes from the loop, once, at the latest a little after
  // kPatience with kTimeout.
  void Ask(plugin::Kind kind, config::Section section, const std::string& id, std::uint32_t verb,
           const Json& input, Answered answered);
  // The board and the transport that are configured.
  void AskBoard(std::uint32_t verb, const Json& input, Answered answered);
  void AskTransport(std::uint32_t verb, const Json& input, Answered answered);

  using Machines = std::vector<messaging::MachineAnnouncement>;
  // The hosts that announce themselves over the transport. `then` comes from the loop, once.
  void ListMachines(std::function<void(Result<Machines>)> then);

 private:
  void Load();
  std::size_t Begin(const std::string& who);
  void End(std::size_t number);
  Result<std::shared_ptr<plugin::Instance>> Open(plugin::Kind kind, config::Section section,
                                                 const std::string& id);

  Session& session_;
  std::vector<std::string> projects_;
  std::vector<Said> said_of_config_, said_of_definitions_;
  Definitions definitions_;
  std::vector<PersonaPtr> served_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<plugin::Calls> calls_;
  std::unique_ptr<messaging::Announcements> announcements_;
  std::size_t asked_ = 0;
  std::map<std::size_t, std::string> open_;  // who has not answered yet
};

}  // namespace mamc::cli::doctor
