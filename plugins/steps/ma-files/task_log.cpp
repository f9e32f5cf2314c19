#include "task_log.hpp"

#include <algorithm>

namespace {

constexpr std::string_view kMark = "=== ";
constexpr std::string_view kBetween = " | ";
constexpr std::size_t kLeastFields = 4;  // title, status, run, step

std::string_view NextLine(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::vector<std::string> Fields(std::string_view line) {
  std::vector<std::string> fields;
  for (;;) {
    const std::size_t end = line.find(kBetween);
    fields.emplace_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + kBetween.size());
  }
}

bool ReadHeader(std::string_view line, LogEntry* entry) {
  constexpr std::string_view kRun = "run ";
  if (!line.starts_with(kMark)) return false;
  std::vector<std::string> fields = Fields(line.substr(kMark.size()));
  if (fields.size() < kLeastFields || !fields[fields.size() - 2].starts_with(kRun)) return false;
  *entry = {};
  entry->title = fields[0];
  entry->status = fields[1];
  entry->facts.assign(fields.begin() + 2, fields.end() - 2);
  entry->run = fields[fields.size() - 2].substr(kRun.size());
  entry->step = fields.back();
  return true;
}

std::string_view WithoutEnd(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

// No line of a body begins an entry.
std::string Quoted(std::string_view body) {
  std::string quoted;
  body = WithoutEnd(body);
  while (!body.empty()) {
    const std::string_view line = NextLine(body);
    if (line.starts_with("===")) quoted += ' ';
    quoted.append(line).push_back('\n');
  }
  return quoted;
}

std::string Written(const LogEntry& entry) {
  std::string text = std::string(kMark) + entry.title + std::string(kBetween) + entry.status;
  for (const std::string& fact : entry.facts) text += std::string(kBetween) + fact;
  text += std::string(kBetween) + "run " + entry.run + std::string(kBetween) + entry.step + "\n";
  return text + Quoted(entry.body) + "\n";
}

}  // namespace

std::vector<LogEntry> ReadLog(std::string_view log) {
  std::vector<LogEntry> entries;
  LogEntry begun;
  while (!log.empty()) {
    const std::string_view line = NextLine(log);
    if (ReadHeader(line, &begun))
      entries.push_back(begun);
    else if (!entries.empty())
      entries.back().body.append(line).push_back('\n');
  }
  for (LogEntry& entry : entries) entry.body = WithoutEnd(entry.body);
  return entries;
}

std::string WithEntry(std::string_view log, const LogEntry& entry, std::size_t max_bytes) {
  std::vector<LogEntry> entries = ReadLog(log);
  const auto same = std::find_if(entries.begin(), entries.end(), [&](const LogEntry& other) {
    return other.run == entry.run && other.step == entry.step;
  });
  if (same != entries.end())
    *same = entry;
  else
    entries.push_back(entry);
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  for (const LogEntry& each : entries) bytes += texts.emplace_back(Written(each)).size();
  std::string text;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool is_last = i + 1 == texts.size();
    if (bytes > max_bytes && !is_last)
      bytes -= texts[i].size();
    else
      text += texts[i];
  }
  return text;
}
