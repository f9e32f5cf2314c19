// The table of settings: one row each drives parsing, "did you mean", the generated .env.example and
// mamc.yaml, the documentation and doctor.
#pragma once
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mamc/config/config.hpp"

namespace mamc::config {

using Texts = std::vector<std::string>;
using TextMap = std::map<std::string, std::string>;
using MillisecondsMap = std::map<std::string, std::int64_t>;
struct NoField {};  // a secret: kept out of Config's fields

using Field = std::variant<std::string Config::*, std::int64_t Config::*, Limit Config::*,
                           std::filesystem::path Config::*, Texts Config::*,
                           std::vector<SearchPath> Config::*, TextMap Config::*, MillisecondsMap Config::*,
                           LogLevel Config::*, LogFormat Config::*, NoField>;

enum class Form {
  kPlain,     // what the field's type says
  kId,        // the id of a type
  kUrl,       // http://, https://, redis:// ...; a password in it is masked
  kDuration,  // in variables milliseconds, in mamc.yaml "90s" "5m" "1h" "250ms"
  kRetries,   // a number up to 100, or `unlimited`, which is 100
  kSecret,
};

struct Setting {
  std::string_view group;  // heading in the generated files
  std::string_view key;    // path in mamc.yaml; "personas.<id>.model" for a map by persona; "" for a secret
  std::string_view variable;  // "" when it has none
  Field field;
  Form form = Form::kPlain;
  std::string_view fallback;  // the default as text
  std::string_view example;   // shown in the generated files when there is no default
  std::string_view doc;       // one sentence
  std::int64_t min = 0;
  std::int64_t max = 0;  // of a whole number
};

const std::vector<Setting>& Settings();
// Null when there is none.
const Setting* FindByKey(std::string_view key);
const Setting* FindByVariable(std::string_view variable);
std::vector<std::string> VariableNames();

// The committed .env.example and what `init` writes.
std::string RenderEnvExample();
std::string RenderConfigExample();

// What is set and from where, for doctor. Secrets and passwords are masked.
struct Described {
  std::string key;
  std::string variable;
  std::string value;
  Origin origin;
};
std::vector<Described> Describe(const Config& config);

}  // namespace mamc::config
