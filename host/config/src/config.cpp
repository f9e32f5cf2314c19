#include "mamc/config/config.hpp"

namespace mamc::config {

std::string_view SourceName(Source source) {
  switch (source) {
    case Source::kDefault:
      return "default";
    case Source::kFile:
      return "mamc.yaml";
    case Source::kDotEnv:
      return ".env";
    case Source::kEnvironment:
      return "environment";
    case Source::kFlag:
      return "flag";
  }
  return "default";
}

std::string Origin::ToString() const {
  bool place_says_all = source == Source::kFile || source == Source::kDotEnv;
  if (place_says_all) return place;
  std::string name(SourceName(source));
  return place.empty() ? name : name + " " + place;
}

std::string_view MergeName(Merge merge) {
  switch (merge) {
    case Merge::kBranch:
      return "branch";
    case Merge::kSquash:
      return "squash";
    case Merge::kMerge:
      return "merge";
  }
  return "branch";
}

std::string_view SectionName(Section section) {
  switch (section) {
    case Section::kSteps:
      return "steps";
    case Section::kPersonas:
      return "personas";
    case Section::kTransports:
      return "transports";
    case Section::kBoards:
      return "boards";
    case Section::kWorkspaces:
      return "workspaces";
    case Section::kBackends:
      return "backends";
  }
  return "";
}

Json Config::Settings(Section section, std::string_view id) const {
  Json settings = Json::object();
  auto add = [&](Section from) {
    auto ids = sections.find(from);
    if (ids == sections.end()) return;
    auto found = ids->second.find(std::string(id));
    if (found != ids->second.end()) settings.update(found->second);
  };
  if (section == Section::kBackends) add(Section::kPersonas);
  add(section);
  return settings;
}

std::optional<std::string> Config::Secret(std::string_view name) const {
  auto found = variables.find(name);
  if (found == variables.end() || found->second.empty()) return std::nullopt;
  MaskSecret(found->second);
  return found->second;
}

Origin Config::OriginOf(std::string_view key) const {
  auto found = origins.find(key);
  return found == origins.end() ? Origin{} : found->second;
}

}  // namespace mamc::config
