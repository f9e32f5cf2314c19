#include "mamc/messaging/announcements.hpp"

namespace mamc::messaging {
namespace {

// Reads members and remembers the first that is of another type than it should be.
class Members {
 public:
  explicit Members(const Json& json) : json_(json) {}

  std::string Text(const char* name) {
    const Json& member = GetMember(json_, name);
    if (!member.is_string() && !member.is_null()) Wrong(name, "a text");
    return member.is_string() ? member.get<std::string>() : std::string();
  }
  std::int64_t Number(const char* name) {
    if (json_.contains(name) && !json_[name].is_number_integer()) Wrong(name, "a whole number");
    return GetInt(json_, name);
  }
  std::vector<std::string> Texts(const char* name) {
    const Json& member = GetMember(json_, name);
    std::vector<std::string> texts;
    bool right = member.is_array() || member.is_null();
    for (const Json& item : right ? member : Json::array()) {
      right = right && item.is_string();
      if (right) texts.push_back(item.get<std::string>());
    }
    if (!right) Wrong(name, "a list of texts");
    return texts;
  }
  std::map<std::string, std::string> TextsByName(const char* name) {
    const Json& member = GetMember(json_, name);
    std::map<std::string, std::string> texts;
    bool right = member.is_object() || member.is_null();
    if (right && member.is_object())
      for (const auto& [key, value] : member.items()) {
        right = right && value.is_string();
        if (right) texts[key] = value.get<std::string>();
      }
    if (!right) Wrong(name, "an object of texts");
    return texts;
  }
  void Wrong(const char* name, const char* expected) {
    if (status_.ok()) status_ = Invalid(std::string("'") + name + "' is not " + expected);
  }
  const Status& status() const { return status_; }

 private:
  const Json& json_;
  Status status_;
};

}  // namespace

Json MachineAnnouncement::ToJson() const {
  std::map<std::string, std::string> versions;
  for (const Plugin& plugin : plugins) versions[plugin.id] = plugin.version;
  return {{"host", host},
          {"machine", machine},
          {"version", version},
          {"personas", personas},
          {"plugins", versions},
          {"persona_hashes", persona_hashes},
          {"workflow_hashes", workflow_hashes},
          {"at_ms", at_ms}};
}

Result<MachineAnnouncement> MachineAnnouncement::FromJson(const Json& json) {
  if (!json.is_object()) return Invalid("it is not an object");
  Members members(json);
  MachineAnnouncement said;
  said.host = members.Text("host");
  said.machine = members.Text("machine");
  said.version = members.Text("version");
  said.personas = members.Texts("personas");
  for (const auto& [id, version] : members.TextsByName("plugins")) said.plugins.push_back({id, version});
  said.persona_hashes = members.TextsByName("persona_hashes");
  said.workflow_hashes = members.TextsByName("workflow_hashes");
  said.at_ms = members.Number("at_ms");
  if (!members.status().ok()) return members.status();
  if (said.host.empty()) return Invalid("'host' is missing");
  return said;
}

}  // namespace mamc::messaging
