#include "values.hpp"

#include <charconv>

#include "mamc/base/address.hpp"
#include "mamc/base/duration.hpp"
#include "mamc/base/text.hpp"

namespace mamc::config {
namespace {

constexpr std::int64_t kMostRetries = 100;

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    std::size_t end = text.find(separator);
    std::string_view part = Trimmed(text.substr(0, end));
    if (!part.empty()) parts.emplace_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool ToInteger(const Json& value, std::int64_t* integer) {
  if (value.is_number_integer()) {
    *integer = value.get<std::int64_t>();
    return true;
  }
  if (!value.is_string()) return false;
  std::string_view text = Trimmed(value.get_ref<const std::string&>());
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *integer);
  return error == std::errc() && end == text.data() + text.size();
}

Status ParseInteger(const Setting& setting, const Json& value, std::int64_t* integer,
                    std::string_view or_word = {}) {
  bool ok = ToInteger(value, integer) && *integer >= setting.min && *integer <= setting.max;
  if (ok) return {};
  return Invalid("must be a whole number from " + std::to_string(setting.min) + " to " +
                 std::to_string(setting.max) + std::string(or_word) + ", not " + Quoted(value));
}

// A list of texts: a YAML sequence, or one text with separators.
Status ParseTexts(const Json& value, char separator, Texts* texts) {
  texts->clear();
  if (value.is_string()) {
    *texts = Split(value.get_ref<const std::string&>(), separator);
    return {};
  }
  if (!value.is_array()) return Invalid("must be a list, not " + Quoted(value));
  for (const Json& item : value) {
    if (!item.is_string()) return Invalid("must be a list of texts; " + Quoted(item) + " is none");
    texts->push_back(item.get<std::string>());
  }
  return {};
}

Result<Json> ParseObject(const Json& value, std::string_view example) {
  Json object = value;
  if (value.is_string()) {
    Result<Json> parsed = ParseJson(value.get_ref<const std::string&>());
    if (!parsed.ok())
      return Invalid("must be JSON such as " + std::string(example) + ": " + parsed.status().message());
    object = std::move(*parsed);
  }
  if (!object.is_object()) return Invalid("must be an object such as " + std::string(example));
  return object;
}

struct Assigner {
  const Setting& setting;
  const Raw& raw;
  Config& config;
  bool* guessed_ms;

  Status operator()(std::string Config::*field) const {
    if (!raw.value.is_string()) return Invalid("must be text, not " + Quoted(raw.value));
    const std::string& text = raw.value.get_ref<const std::string&>();
    if (setting.form == Form::kId && !IsId(text)) {
      return Invalid("must be the id of a type: letters, digits, '.', '-' and '_', not " + Quoted(raw.value));
    }
    if (setting.form == Form::kUrl && text.find("://") == std::string::npos) {
      return Invalid("must be a URL such as " + std::string(setting.example) + ", not " + Quoted(raw.value));
    }
    MaskSecret(PasswordOf(text));
    for (const std::string& one : Split(text, ',')) MaskSecret(PasswordOf(one));
    config.*field = text;
    return {};
  }

  Status operator()(std::int64_t Config::*field) const {
    if (setting.form == Form::kDuration) return AssignDuration(&(config.*field));
    if (setting.form == Form::kRetries) return AssignRetries(&(config.*field));
    std::int64_t integer = 0;
    Status status = ParseInteger(setting, raw.value, &integer);
    if (status.ok()) config.*field = integer;
    return status;
  }

  Status operator()(Limit Config::*field) const {
    if (raw.value == "unlimited") {
      config.*field = std::nullopt;
      return {};
    }
    std::int64_t integer = 0;
    Status status = ParseInteger(setting, raw.value, &integer, " or `unlimited`");
    if (status.ok()) config.*field = integer;
    return status;
  }

  Status operator()(std::filesystem::path Config::*field) const {
    if (!raw.value.is_string()) return Invalid("must be a path, not " + Quoted(raw.value));
    config.*field = ResolvePath(raw.value.get_ref<const std::string&>(), raw.base, raw.home);
    return {};
  }

  Status operator()(Texts Config::*field) const {
    Texts texts;
    Status status = ParseTexts(raw.value, ',', &texts);
    if (status.ok()) config.*field = std::move(texts);
    return status;
  }

  Status operator()(std::vector<SearchPath> Config::*field) const {
    Texts texts;
    Status status = ParseTexts(raw.value, ':', &texts);
    if (!status.ok()) return status;
    std::vector<SearchPath> paths;
    for (const std::string& text : texts)
      paths.push_back({ResolvePath(text, raw.base, raw.home), raw.origin});
    auto& all = config.*field;
    all.insert(all.begin(), paths.begin(), paths.end());
    return {};
  }

  Status operator()(TextMap Config::*field) const {
    Result<Json> object = ParseObject(raw.value, setting.example);
    if (!object.ok()) return object.status();
    for (const auto& [key, value] : object->items()) {
      if (!value.is_string()) return Invalid("must have a text for '" + key + "', not " + Quoted(value));
    }
    for (const auto& [key, value] : object->items()) (config.*field)[key] = value.get<std::string>();
    return {};
  }

  Status operator()(MillisecondsMap Config::*field) const {
    Result<Json> object = ParseObject(raw.value, setting.example);
    if (!object.ok()) return object.status();
    MillisecondsMap parsed;
    for (const auto& [key, value] : object->items()) {
      Status status = ParseMs(value, &parsed[key]);
      if (status.ok() && parsed[key] < 1) status = Invalid("must be at least 1ms");
      if (!status.ok()) return Invalid("for '" + key + "' " + status.message());
    }
    for (const auto& [key, value] : parsed) (config.*field)[key] = value;
    return {};
  }

  Status operator()(LogLevel Config::*field) const {
    static const std::vector<std::string> kNames = {"debug", "info", "warn", "error"};
    return AssignChoice(kNames, &(config.*field));
  }
  Status operator()(LogFormat Config::*field) const {
    static const std::vector<std::string> kNames = {"text", "json"};
    return AssignChoice(kNames, &(config.*field));
  }

  Status operator()(NoField) const {
    if (!raw.value.is_string()) return Invalid("must be text");
    MaskSecret(raw.value.get<std::string>());
    return {};
  }

 private:
  template <typename Choice>
  Status AssignChoice(const std::vector<std::string>& names, Choice* field) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (raw.value == names[i]) {
        *field = static_cast<Choice>(i);
        return {};
      }
    }
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    std::string hint = raw.value.is_string() ? DidYouMean(raw.value.get<std::string>(), names) : "";
    return Invalid("must be one of: " + all + ", not " + Quoted(raw.value) + hint);
  }

  // A variable's bare number is milliseconds; mamc.yaml follows the rule for YAML files. Whether nothing will
  // do is the caller's question.
  Status ParseMs(const Json& value, std::int64_t* ms) const {
    std::int64_t integer = 0;
    bool whole = ToInteger(value, &integer);
    if (whole && integer == 0) {
      *ms = 0;
      return {};
    }
    bool guessed = false;
    bool plain_ms = whole && !raw.from_file();
    Result<std::int64_t> parsed =
        ParseDuration(plain_ms ? Json(std::to_string(integer) + "ms") : value, &guessed);
    if (!parsed.ok()) return parsed.status().Within("is wrong");
    if (guessed && guessed_ms) *guessed_ms = true;
    *ms = *parsed;
    return {};
  }

  Status AssignDuration(std::int64_t* field) const {
    std::int64_t ms = 0;
    Status status = ParseMs(raw.value, &ms);
    if (!status.ok()) return status;
    if (ms < setting.min)
      return Invalid("must be at least " + std::to_string(setting.min) + "ms, not " + Quoted(raw.value));
    *field = ms;
    return {};
  }

  Status AssignRetries(std::int64_t* field) const {
    if (raw.value == "unlimited") {
      *field = kMostRetries;
      return {};
    }
    std::int64_t integer = 0;
    Status status = ParseInteger(setting, raw.value, &integer, " or `unlimited` (which is 100)");
    if (status.ok()) *field = integer;
    return status;
  }
};

struct Reader {
  const Config& config;

  Json operator()(std::string Config::*field) const { return config.*field; }
  Json operator()(std::int64_t Config::*field) const { return config.*field; }
  Json operator()(Limit Config::*field) const {
    return config.*field ? Json(*(config.*field)) : Json("unlimited");
  }
  Json operator()(std::filesystem::path Config::*field) const { return (config.*field).string(); }
  Json operator()(Texts Config::*field) const { return config.*field; }
  Json operator()(std::vector<SearchPath> Config::*field) const {
    Json paths = Json::array();
    for (const SearchPath& path : config.*field) paths.push_back(path.path.string());
    return paths;
  }
  Json operator()(TextMap Config::*field) const { return config.*field; }
  Json operator()(MillisecondsMap Config::*field) const { return config.*field; }
  Json operator()(LogLevel Config::*field) const {
    switch (config.*field) {
      case LogLevel::kDebug:
        return "debug";
      case LogLevel::kInfo:
        return "info";
      case LogLevel::kWarn:
        return "warn";
      case LogLevel::kError:
        return "error";
    }
    return nullptr;
  }
  Json operator()(LogFormat Config::*field) const {
    return config.*field == LogFormat::kJson ? "json" : "text";
  }
  Json operator()(NoField) const { return nullptr; }
};

}  // namespace

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

Status Assign(const Setting& setting, const Raw& raw, Config* config, bool* guessed_ms) {
  return std::visit(Assigner{setting, raw, *config, guessed_ms}, setting.field);
}

Json ValueOf(const Setting& setting, const Config& config) {
  return std::visit(Reader{config}, setting.field);
}

std::filesystem::path ResolvePath(std::string_view text, const std::filesystem::path& base,
                                  const std::filesystem::path& home) {
  std::filesystem::path path(text);
  if (!home.empty() && (text == "~" || text.substr(0, 2) == "~/")) {
    path = home / std::filesystem::path(text.substr(std::min<std::size_t>(2, text.size())));
  }
  path = (base / path).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

bool IsId(std::string_view text) {
  if (text.empty() || text.size() > 128 || text.front() == '.') return false;
  for (char c : text) {
    bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                c == '-' || c == '_';
    if (!good) return false;
  }
  return true;
}

std::string PasswordOf(std::string_view url) {
  const std::string_view login = LoginOf(url);
  const std::size_t colon = login.find(':');
  if (colon != std::string_view::npos) return std::string(login.substr(colon + 1));
  const bool token = url.starts_with("nats://") || url.starts_with("tls://");
  return token ? std::string(login) : std::string();
}

std::string Quoted(const Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : Dump(value);
  if (text.find('@') != std::string::npos) return "a text with an '@', not repeated here: it may be a login";
  return "'" + HeadAndTail(text, 80) + "'";
}

}  // namespace mamc::config
