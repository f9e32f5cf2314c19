// Who is there: every host of a transport announces itself again and again, and anybody may ask for those
// that live. docs/messages.md tells how it travels. A host writes nothing but its own announcement and its
// own name, so that two of them cannot damage anything.
//
// Thread rule: the loop's thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/base/loop.hpp"
#include "mamc/plugin/calls.hpp"

namespace mamc::messaging {

// What a host says of itself.
struct MachineAnnouncement {
  struct Plugin {
    std::string id;
    std::string version;
  };
  std::string host;                                    // which host: no two that run at a time have the same
  std::string machine;                                 // the computer's name
  std::string version;                                 // of the program
  std::vector<std::string> personas;                   // served, by id; with `coordination` it runs projects
  std::vector<Plugin> plugins;                         // active ones
  std::map<std::string, std::string> persona_hashes;   // SHA-256 of the files' text, by id
  std::map<std::string, std::string> workflow_hashes;  // likewise, by name
  std::int64_t at_ms = 0;                              // when it was said, by its own clock, since 1970

  Json ToJson() const;
  // Members that are missing are empty and unknown ones ignored: hosts of several versions meet. What has no
  // `host` or a member of another type is kInvalid.
  static Result<MachineAnnouncement> FromJson(const Json& json);
};

struct AnnouncementOptions {
  std::string stream = "machine:workers";        // the names of all hosts, again and again
  std::string key_prefix = "machine:worker:";    // before a host's name: what it says of itself
  std::int64_t ttl_ms = 90'000;                  // who has said nothing for this long is gone
  std::int64_t list_limit_ms = 15'000;           // how long a list may take
  std::shared_ptr<plugin::CallContext> context;  // what the transport may ask for: its secrets; may be null
};

class Announcements {
 public:
  Announcements(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> transport,
                AnnouncementOptions options = {});
  // Announces nothing any more.
  ~Announcements();

  // Announces `self` now and again and again; one that cannot be said is logged and tried again.
  void Publish(MachineAnnouncement self);
  // It is gone at once, not after its time. `done` is called in any case.
  void Withdraw(std::function<void()> done);
  // The hosts that live, by name. kTimeout when the transport does not answer in time; an announcement that
  // cannot be read is logged and left out.
  void List(std::function<void(Result<std::vector<MachineAnnouncement>>)> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mamc::messaging
