// The text of a log of one task: entries, one per iteration of a loop, the latest one last.
//
//   === qa 2 | FAIL | 2026-11-29T03:12:22Z | 1.234 s | exit code 2 | run r17 | qa@1/notes/2/ma-files
//   $ make test
//   not ok - ...
//
// The last two fields say who wrote the entry: writing it again replaces it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

struct LogEntry {
  std::string title;   // "qa 2"
  std::string status;  // "FAIL"
  std::vector<std::string> facts;
  std::string run, step;
  std::string body;
};

// A log is a hostile text: what cannot be read as an entry is none.
std::vector<LogEntry> ReadLog(std::string_view log);
// `log` with the entry in it. Old entries go when it becomes longer than `max_bytes`.
std::string WithEntry(std::string_view log, const LogEntry& entry, std::size_t max_bytes);
