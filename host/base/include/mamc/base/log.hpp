// The program's log: named loggers (engine, persona, transport, git, plugin, board, cli), one line per event, to stderr and a
// rotated file. spdlog stays behind this header. Lines carry ids and never payloads; registered secrets are masked.
// Thread-safe.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace mamc {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kText, kJson };

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  bool to_stderr = true;
  std::string file;  // empty: none
};

void ConfigureLog(const LogOptions& options);

using LogField = std::pair<std::string_view, std::string>;

// Log("engine", LogLevel::kInfo, "step started", {{"run", id}, {"step", path}})
void Log(std::string_view logger, LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});
// Whether Log does anything with a line of this level: for callers whose fields are not free.
bool LogIsWanted(LogLevel level);

// From now on the value is written as *** wherever it occurs. Values under 4 bytes are ignored.
void MaskSecret(std::string value);
std::string Masked(std::string text);

// For tests: every line also goes to the function, formatted as text without the time. Empty ends it.
void CaptureLog(void (*sink)(void* context, std::string_view line), void* context);

}  // namespace mamc
