#include "mamc/base/log.hpp"

// Compiled into this file: loading the shared libraries costs every start of the program more than all else it links.
#define FMT_HEADER_ONLY
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

namespace mamc {
namespace {

struct LogState {
  std::mutex mutex;
  // Protected by mutex:
  LogOptions options{.level = LogLevel::kWarn};
  std::shared_ptr<spdlog::logger> logger;
  std::vector<std::string> secrets;
  void (*capture)(void*, std::string_view) = nullptr;
  void* capture_context = nullptr;
};

LogState& State() {
  static LogState state;
  return state;
}

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarn: return "warn";
    case LogLevel::kError: return "error";
  }
  return "info";
}

std::shared_ptr<spdlog::logger> MakeLogger(const LogOptions& options) {
  std::vector<spdlog::sink_ptr> sinks;
  if (options.to_stderr) sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  if (!options.file.empty())
    sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(options.file, 10u << 20, 5));
  auto logger = std::make_shared<spdlog::logger>("mamc", sinks.begin(), sinks.end());
  logger->set_pattern(options.format == LogFormat::kJson ? "%v" : "%Y-%m-%dT%H:%M:%S.%e %v");
  logger->set_level(spdlog::level::debug);
  logger->flush_on(spdlog::level::debug);
  return logger;
}

void MaskIn(std::string& text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets)
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
      text.replace(at, secret.size(), "***");
}

// A value is quoted when a reader could not tell where it ends.
void AppendValue(std::string& line, const std::string& value) {
  if (!value.empty() && value.find_first_of(" \t\n\r\"=") == std::string::npos) {
    line += value;
    return;
  }
  line += nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string TextLine(std::string_view logger, LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields) {
  std::string line(LevelName(level));
  line.append(" ").append(logger).append(": ").append(event);
  for (const auto& [name, value] : fields) {
    line.append(" ").append(name).append("=");
    AppendValue(line, value);
  }
  return line;
}

std::string JsonLine(std::string_view logger, LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields) {
  nlohmann::ordered_json line;
  line["ts"] = std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch()).count();
  line["level"] = LevelName(level);
  line["logger"] = logger;
  line["event"] = event;
  for (const auto& [name, value] : fields) line[std::string(name)] = value;
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void ConfigureLog(const LogOptions& options) {
  auto& state = State();
  std::lock_guard lock(state.mutex);
  state.options = options;
  state.logger = MakeLogger(options);
}

void Log(std::string_view logger, LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  auto& state = State();
  std::lock_guard lock(state.mutex);
  bool wanted = level >= state.options.level;
  if (!wanted && state.capture == nullptr) return;
  std::string text = TextLine(logger, level, event, fields);
  MaskIn(text, state.secrets);
  if (state.capture != nullptr) state.capture(state.capture_context, text);
  if (!wanted) return;
  if (!state.logger) state.logger = MakeLogger(state.options);
  if (state.options.format == LogFormat::kJson) {
    text = JsonLine(logger, level, event, fields);
    MaskIn(text, state.secrets);
  }
  state.logger->log(spdlog::level::info, text);
}

bool LogIsWanted(LogLevel level) {
  auto& state = State();
  std::lock_guard lock(state.mutex);
  return level >= state.options.level || state.capture != nullptr;
}

void MaskSecret(std::string value) {
  if (value.size() < 4) return;
  auto& state = State();
  std::lock_guard lock(state.mutex);
  state.secrets.push_back(std::move(value));
}

std::string Masked(std::string text) {
  auto& state = State();
  std::lock_guard lock(state.mutex);
  MaskIn(text, state.secrets);
  return text;
}

void CaptureLog(void (*sink)(void*, std::string_view), void* context) {
  auto& state = State();
  std::lock_guard lock(state.mutex);
  state.capture = sink;
  state.capture_context = context;
}

}  // namespace mamc
