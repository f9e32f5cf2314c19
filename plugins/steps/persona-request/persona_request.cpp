// persona-request: asks a persona through the host and, unless told otherwise, insists on the status `pass`.
#include <mamc/cpp/plugin.hpp>

namespace {

using namespace mamc::sdk;

constexpr std::size_t kShownLines = 3;
constexpr std::size_t kShownBytes = 300;

// The first lines that say something, on one line, for an error message.
std::string Beginning(std::string_view text) {
  std::string shown;
  std::size_t lines = 0;
  while (!text.empty() && lines < kShownLines && shown.size() < kShownBytes) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) continue;
    shown += (lines++ == 0 ? "" : " | ") +
             std::string(line.substr(first, line.find_last_not_of(" \t\r") + 1 - first));
  }
  if (shown.size() > kShownBytes)
    shown.resize(kShownBytes);  // a character cut in two is mended when the text is written
  return shown;
}

// The payload is what the workflow wrote beside the step's own parameters.
Json RequestFor(const std::string& persona, Json params) {
  Json request = {{"persona", persona}, {"intent", params.value("intent", "work")}};
  for (const char* own : {"persona", "intent", "require"}) params.erase(own);
  request["payload"] = std::move(params);
  return request;
}

// A status that is no verdict may come with the reason.
std::string Said(const std::string& persona, const std::string& status, const Json& answer) {
  const std::string beginning = Beginning(answer.value("output", ""));
  const auto problem = answer.find("problem");
  if (status != "unknown" || problem == answer.end() || !problem->is_string())
    return persona + " answered " + status + (beginning.empty() ? " without a word" : ": " + beginning);
  return persona + " gave no verdict that can be used (" + Beginning(problem->get<std::string>()) + ")" +
         (beginning.empty() ? "" : "; it said: " + beginning);
}

void RequirePass(const std::string& persona, const Json& answer) {
  const std::string status = answer.value("status", "unknown");
  if (status == "pass") return;
  throw Failure(MAMC_E_FAILED, Said(persona, status, answer), answer);
}

class PersonaRequest final : public Step {
 public:
  explicit PersonaRequest(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    Json params = std::move(input.at("params"));
    input = nullptr;  // many may wait for their answers for hours: none keeps more than it needs
    const std::string persona = params.at("persona");
    const bool must_pass = params.value("require", "pass") == "pass";
    Json answer =
        co_await context.Child("request", "persona.request", RequestFor(persona, std::move(params)));
    if (must_pass) RequirePass(persona, answer);
    co_return answer;
  }
};

}  // namespace

MAMC_PLUGIN(Provide<PersonaRequest>("step", "persona-request"))
