// From the text of a variable or the JSON of mamc.yaml to a field of Config, and back.
#pragma once
#include "mamc/config/settings.hpp"

namespace mamc::config {

struct Raw {
  Json value;
  Origin origin;
  std::filesystem::path base;  // relative paths start here
  std::filesystem::path home;  // what "~/" stands for; may be empty
  bool from_file() const { return origin.source == Source::kFile; }
};

// Overwrites the field; a map's members are laid over it and a search path is put before it. The message of a
// failure reads on after the setting's name: "must be a whole number from 1 to 65535, not 'x'". `*guessed_ms`
// as in ParseDuration.
Status Assign(const Setting& setting, const Raw& raw, Config* config, bool* guessed_ms = nullptr);
// The field as JSON; null for a secret.
Json ValueOf(const Setting& setting, const Config& config);

std::filesystem::path ResolvePath(std::string_view text, const std::filesystem::path& base,
                                  const std::filesystem::path& home);
// Without blanks at both ends.
std::string_view Trimmed(std::string_view text);
bool IsId(std::string_view text);
// The password in scheme://user:password@host, or the token in nats://token@host, if any.
std::string PasswordOf(std::string_view url);
// "'text'" for messages, shortened. What may be a login, by its '@', is not repeated.
std::string Quoted(const Json& value);

}  // namespace mamc::config
