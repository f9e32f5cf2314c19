// command: runs a program or a shell text in the workspace through the host's service `spawn`.
#include <cmath>
#include <mamc/cpp/plugin.hpp>

namespace {

using namespace mamc::sdk;

constexpr int kSignalExitBase = 128;    // a shell's exit code for a program that a signal ended
constexpr int kTimedOutExitCode = 124;  // as timeout(1) has it; a program that heeds TERM may well end with 0
constexpr std::size_t kShownBytes = 400;

std::int64_t TimeoutMs(const Json& params) {
  if (params.contains("timeout_ms") && params.contains("timeout_s"))
    throw Failure(MAMC_E_INVALID, "command has timeout_ms and timeout_s: write one of them");
  if (params.contains("timeout_ms")) return params.at("timeout_ms").get<std::int64_t>();
  if (params.contains("timeout_s")) return std::llround(params.at("timeout_s").get<double>() * 1000);
  return 0;
}

Json SpawnInput(const Json& params) {
  if (params.contains("argv") == params.contains("shell"))
    throw Failure(MAMC_E_INVALID, params.contains("argv")
                                      ? "command has argv and shell: write one of them"
                                      : "command has nothing to run: write argv or shell");
  Json input = Json::object();
  for (const char* field : {"argv", "shell", "cwd", "env", "max_output_bytes"})
    if (params.contains(field)) input[field] = params.at(field);
  input["network"] = params.value("network", true);
  if (const std::int64_t timeout_ms = TimeoutMs(params); timeout_ms > 0) input["timeout_ms"] = timeout_ms;
  return input;
}

std::string Shown(const Json& params) {
  if (params.contains("shell")) return "`" + params.at("shell").get<std::string>() + "`";
  std::string words;
  for (const Json& word : params.at("argv")) words += (words.empty() ? "" : " ") + word.get<std::string>();
  return "`" + words + "`";
}

// The last words of the program, which mostly say why it failed.
std::string LastWords(const Json& result) {
  std::string text = result.at("stderr");
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) text = result.at("stdout");
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  if (last == std::string::npos) return " and wrote nothing";
  text.resize(last + 1);
  if (text.size() <= kShownBytes) return ": " + text;
  std::size_t start = text.find('\n', text.size() - kShownBytes);
  if (start == std::string::npos) start = text.size() - kShownBytes - 1;
  return ": ..." + text.substr(start + 1);
}

Json Result(const Json& spawned) {
  const Json& code = spawned.at("exit_code");
  Json result;
  if (spawned.at("timed_out").get<bool>())
    result["timeout_ms"] = spawned.value("timeout_ms", std::int64_t{0});
  result["exit_code"] = code.is_null() ? kSignalExitBase + spawned.value("signal", 0) : code.get<int>();
  for (const char* field : {"stdout", "stderr", "timed_out", "truncated"}) result[field] = spawned.at(field);
  return result;
}

// Its own time is over, and not that of the step around it, which has no time left for what may follow.
bool IsAllowedTimeout(const Json& params, const Json& spawned) {
  return spawned.at("timed_out").get<bool>() && !spawned.value("ends_with_caller", false) &&
         params.value("allow_timeout", false);
}

void ThrowIfFailed(const Json& params, const Json& spawned, const Json& result) {
  if (result.at("timed_out").get<bool>()) {
    const std::string duration = std::to_string(spawned.value("duration_ms", TimeoutMs(params)));
    throw Failure(MAMC_E_TIMEOUT, Shown(params) + " did not end and was stopped after " + duration + " ms",
                  result);
  }
  const int code = result.at("exit_code");
  if (code == 0 || params.value("allow_failure", false)) return;
  const bool by_signal = spawned.at("exit_code").is_null();
  const std::string how = by_signal ? " was ended by signal " + std::to_string(spawned.value("signal", 0))
                                    : " exited with " + std::to_string(code);
  throw Failure(MAMC_E_FAILED, Shown(params) + how + LastWords(result), result);
}

class Command final : public Step {
 public:
  explicit Command(const Json& /*settings*/) {}

  Task<Json> Run(Context& context, Json input) override {
    const Json& params = input.at("params");
    Json spawn = SpawnInput(params);
    const Json spawned = co_await context.Child("run", "spawn", std::move(spawn));
    Json result = Result(spawned);
    if (IsAllowedTimeout(params, spawned)) {
      result["exit_code"] = kTimedOutExitCode;
      co_return result;
    }
    ThrowIfFailed(params, spawned, result);
    co_return result;
  }
};

}  // namespace

MAMC_PLUGIN(Provide<Command>("step", "command"))
