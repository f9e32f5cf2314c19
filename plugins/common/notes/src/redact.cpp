#include "mamc/notes/redact.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "mamc/base/address.hpp"

namespace mamc::notes {
namespace {

constexpr std::string_view kRedacted = "[redacted]";

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool IsWord(char c) {
  const char lower = Lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}
bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool IsQuote(char c) {
  return c == '"' || c == '\'' || c == '`';
}

std::size_t SpanOf(std::string_view text, bool (*belongs)(char)) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), belongs) - text.begin());
}

// Each measures the secret that `rest` begins with; 0 when there is none.

std::size_t PrivateKeyLength(std::string_view rest) {
  constexpr std::string_view kBegin = "-----BEGIN ", kKey = "PRIVATE KEY", kEnd = "-----END ";
  if (!rest.starts_with(kBegin)) return 0;
  const std::string_view line = rest.substr(0, rest.find('\n'));
  if (line.find(kKey) == std::string_view::npos) return 0;
  const std::size_t end = rest.find(kEnd);
  if (end == std::string_view::npos) return rest.size();
  return std::min(rest.find('\n', end), rest.size());
}

// Makers give their tokens a beginning that can be known.
std::size_t TokenLength(std::string_view rest) {
  constexpr std::size_t kShortest = 16;
  static constexpr std::array<std::string_view, 9> kOthers = {"xoxb-", "xoxp-", "xoxa-", "sk-", "sk_live_",
                                                              "AKIA",  "ASIA",  "AIza",  "npm_"};
  const auto begins = [rest](std::string_view beginning) { return rest.starts_with(beginning); };
  if (std::any_of(kOthers.begin(), kOthers.end(), begins) ||
      std::any_of(std::begin(mamc::kTokenBeginnings), std::end(mamc::kTokenBeginnings), begins)) {
    const std::size_t length = SpanOf(rest, IsWord);
    if (length >= kShortest) return length;
  }
  if (!rest.starts_with("eyJ")) return 0;  // a JSON Web Token: three parts with dots between
  const std::size_t length = SpanOf(rest, [](char c) { return IsWord(c) || c == '.'; });
  const std::string_view token = rest.substr(0, length);
  return std::count(token.begin(), token.end(), '.') >= 2 ? length : 0;
}

// "Bearer ...", in a header or not.
std::size_t BearerLength(std::string_view rest) {
  constexpr std::string_view kScheme = "bearer ";
  constexpr std::size_t kShortest = 16;
  if (rest.size() < kScheme.size()) return 0;
  const bool is_scheme = std::equal(kScheme.begin(), kScheme.end(), rest.begin(),
                                    [](char known, char given) { return known == Lower(given); });
  if (!is_scheme) return 0;
  const std::size_t value =
      SpanOf(rest.substr(kScheme.size()), [](char c) { return !IsSpace(c) && !IsQuote(c); });
  return value >= kShortest ? kScheme.size() + value : 0;
}

std::string Plain(std::string_view word) {
  std::string name;
  for (const char c : word)
    if (c != '_' && c != '-') name += Lower(c);
  return name;
}

bool NamesSecret(std::string_view word) {
  static constexpr std::array<std::string_view, 11> kNames = {
      "password",  "passwd",     "passphrase", "secret",      "apikey",       "accesskey",
      "secretkey", "privatekey", "token",      "credentials", "authorization"};
  const std::string name = Plain(word);
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view known) { return name.ends_with(known); });
}

// What stands between a name and its value: `=`, `: `, `": "`. A bare `token: x` is what parsers say.
std::size_t SeparatorLength(std::string_view word, std::string_view rest) {
  std::size_t at = !rest.empty() && IsQuote(rest[0]) ? 1 : 0;
  const bool is_quoted = at == 1;
  while (at < rest.size() && rest[at] == ' ') ++at;
  if (at == rest.size() || (rest[at] != '=' && rest[at] != ':')) return 0;
  const bool is_parsers_word = word == "token" && rest[at] == ':' && !is_quoted;
  if (is_parsers_word || rest.substr(at).starts_with("==")) return 0;
  ++at;
  while (at < rest.size() && rest[at] == ' ') ++at;
  return at;
}

std::size_t ValueLength(std::string_view word, std::string_view rest) {
  constexpr std::size_t kShortest = 4;
  // A key of several lines is taken out where it begins.
  if (rest.empty() || rest.starts_with(kRedacted) || PrivateKeyLength(rest) != 0) return 0;
  if (IsQuote(rest[0])) {
    const std::size_t end = rest.find(rest[0], 1);
    const bool closed =
        end != std::string_view::npos && rest.substr(0, end).find('\n') == std::string_view::npos;
    return closed ? end + 1 : 0;
  }
  if (Plain(word).ends_with("authorization")) return std::min(rest.find_first_of("\r\n"), rest.size());
  const std::size_t length =
      SpanOf(rest, [](char c) { return !IsSpace(c) && c != ',' && c != ';' && c != '&'; });
  return length >= kShortest ? length : 0;
}

// "//user:pass@host": what lies before the `@` of the authority.
std::size_t UserInfoLength(std::string_view rest) {
  const std::size_t length =
      SpanOf(rest, [](char c) { return !IsSpace(c) && !IsQuote(c) && c != '/' && c != '@'; });
  const bool is_user_info = length < rest.size() && rest[length] == '@';
  return is_user_info && rest.substr(0, length).find(':') != std::string_view::npos ? length : 0;
}

// A value that somebody made up to be kept: letters and digits, and no word that stands for a value.
bool LooksKept(std::string_view quoted) {
  constexpr std::size_t kShortest = 10;
  const std::string value = Plain(quoted);
  if (value.size() < kShortest + 2 ||
      SpanOf(quoted, [](char c) { return !IsSpace(c) && c != '$' && c != '{' && c != '<'; }) < quoted.size())
    return false;
  for (const char* stands_for :
       {"example", "changeme", "placeholder", "your", "xxxx", "dummy", "redacted", "test"})
    if (value.find(stands_for) != std::string::npos) return false;
  const auto has = [&](auto belongs) { return std::any_of(quoted.begin(), quoted.end(), belongs); };
  return has([](char c) { return c >= '0' && c <= '9'; }) &&
         has([](char c) { return Lower(c) >= 'a' && Lower(c) <= 'z'; });
}

// A name such as `password`, and behind it a quoted value: "api_key": "a8f3...".
bool NamesKeptValue(std::string_view word, std::string_view behind) {
  if (!NamesSecret(word)) return false;
  const std::size_t separator = SeparatorLength(word, behind);
  if (separator == 0) return false;
  const std::string_view rest = behind.substr(separator);
  const std::size_t length = ValueLength(word, rest);
  return length > 0 && IsQuote(rest[0]) && LooksKept(rest.substr(0, length));
}

}  // namespace

std::string Redacted(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  const auto take = [&](std::size_t length) {
    kept.append(text.substr(0, length));
    text.remove_prefix(length);
  };
  const auto drop = [&](std::size_t length) {
    kept += kRedacted;
    text.remove_prefix(length);
  };
  while (!text.empty()) {
    if (const std::size_t key = PrivateKeyLength(text); key != 0) {
      drop(key);
    } else if (text.starts_with("://")) {
      take(3);
      if (const std::size_t user = UserInfoLength(text); user != 0) drop(user);
    } else if (const std::size_t header = BearerLength(text); header != 0) {
      drop(header);
    } else if (const std::size_t token = TokenLength(text); token != 0) {
      drop(token);
    } else if (IsWord(text[0])) {
      const std::string_view word = text.substr(0, SpanOf(text, IsWord));
      take(word.size());
      if (!NamesSecret(word)) continue;
      const std::size_t separator = SeparatorLength(word, text);
      const std::size_t value = separator == 0 ? 0 : ValueLength(word, text.substr(separator));
      if (value == 0) continue;
      take(separator);
      drop(value);
    } else {
      take(1);
    }
  }
  return kept;
}

bool HoldsSecret(std::string_view text, bool with_named) {
  while (!text.empty()) {
    if (PrivateKeyLength(text) != 0 || TokenLength(text) != 0) return true;
    if (text.starts_with("://") && UserInfoLength(text.substr(3)) != 0) return true;
    const std::size_t word = std::max<std::size_t>(SpanOf(text, IsWord), 1);
    if (with_named && NamesKeptValue(text.substr(0, word), text.substr(word))) return true;
    text.remove_prefix(word);
  }
  return false;
}

}  // namespace mamc::notes
