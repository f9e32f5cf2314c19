#include "input.hpp"

namespace redis_transport {

using mamc::sdk::Failure;

namespace {

constexpr std::size_t kMaxNameBytes = 256;

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

std::vector<std::pair<std::string, std::string>> CheckedFields(const Json& input) {
  const auto fields = input.find("fields");
  if (fields == input.end() || !fields->is_object())
    throw Failure(MAMC_E_INVALID, "'fields' must be an object.");
  if (fields->empty())
    throw Failure(MAMC_E_INVALID, "'fields' is empty: Redis takes no message without one.");
  std::vector<std::pair<std::string, std::string>> checked;
  for (const auto& [name, value] : fields->items()) {
    if (!value.is_string())
      throw Failure(MAMC_E_INVALID, "The field '" + name + "' must be text: every value of a message is.");
    checked.emplace_back(name, value.get<std::string>());
  }
  return checked;
}

StreamId ParsedId(const std::string& text, const char* member) {
  if (const auto id = StreamId::Parse(text)) return *id;
  throw Failure(MAMC_E_INVALID, std::string("'") + member + "' is '" + text +
                                    "', which is no id of a message: they look like 1700000000000-0.");
}

StreamId IdOf(const Json& input) {
  return ParsedId(Text(input, "id"), "id");
}

}  // namespace redis_transport
