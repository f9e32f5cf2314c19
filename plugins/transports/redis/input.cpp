#include "input.hpp"

namespace redis_transport {

using mamc::sdk::Failure;

std::vector<std::pair<std::string, std::string>> CheckedFields(const Json& input) {
  const Json& fields = Fields(input);
  if (fields.empty()) throw Failure(MAMC_E_INVALID, "'fields' is empty: Redis takes no message without one.");
  std::vector<std::pair<std::string, std::string>> checked;
  for (const auto& [name, value] : fields.items()) checked.emplace_back(name, value.get<std::string>());
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
