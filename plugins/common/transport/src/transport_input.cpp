#include "mamc/transport_input.hpp"

#include <algorithm>

namespace mamc::transport_input {

using mamc::sdk::Failure;

namespace {

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::int64_t kMostCredit = 1'000'000;
constexpr int kDeepestNesting = 60;  // within what a transport puts around it, and below the host's limit

// Of a text that may be JSON; brackets within its strings do not count.
int NestingOf(std::string_view text) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') ++i;
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return deepest;
}

}  // namespace

std::string Text(const Json& input, const char* member) {
  const auto found = input.find(member);
  if (found == input.end() || !found->is_string())
    throw Failure(MAMC_E_INVALID, std::string("'") + member + "' must be text.");
  return found->get<std::string>();
}

std::string Name(const Json& input, const char* member) {
  std::string name = Text(input, member);
  if (name.empty() || name.size() > kMaxNameBytes) {
    throw Failure(MAMC_E_INVALID, std::string("'") + member + "' must have 1 to 256 bytes, it has " +
                                      std::to_string(name.size()) + ".");
  }
  return name;
}

std::int64_t Number(const Json& input, const char* member, std::int64_t least, std::int64_t most) {
  const auto found = input.find(member);
  const bool good = found != input.end() && found->is_number_integer() && *found >= least && *found <= most;
  if (good) return found->get<std::int64_t>();
  throw Failure(MAMC_E_INVALID, std::string("'") + member + "' must be a whole number from " +
                                    std::to_string(least) + " to " + std::to_string(most) + ".");
}

const Json& Fields(const Json& input) {
  const auto fields = input.find("fields");
  if (fields == input.end() || !fields->is_object())
    throw Failure(MAMC_E_INVALID, "'fields' must be an object.");
  for (const auto& [name, value] : fields->items()) {
    if (!value.is_string())
      throw Failure(MAMC_E_INVALID, "The field '" + name + "' must be text: every value of a message is.");
  }
  return *fields;
}

std::int64_t Credit(const Json& input) {
  return Number(input, "credit", 1, kMostCredit);
}

ConsumerTerms TermsFrom(const Json& input) {
  return {Name(input, "group"), Name(input, "consumer"), Credit(input),
          Number(input, "idle_ms", 1, kLongestMs)};
}

Json ForeignJson(std::string_view text) {
  if (NestingOf(text) > kDeepestNesting) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, false);
}

}  // namespace mamc::transport_input
