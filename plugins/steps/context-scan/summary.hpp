// What a repository looks like, from its paths, sizes and a few well-known files. Depends on nothing but
// them: the same tree gives the same text on every machine.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

struct ScannedFile {
  std::string path;
  std::uint64_t bytes = 0;
};

struct Scan {
  std::vector<ScannedFile> files;  // sorted by path
  bool cut = false;                // there are more files than were looked at
  std::map<std::string, int> languages;
  std::uint64_t bytes = 0;
  std::optional<std::string> test_command;
};

using ReadText = std::function<std::optional<std::string>(const std::string& path)>;

void FindLanguages(Scan& scan);
void FindTestCommand(Scan& scan, const ReadText& read);
std::string Summarize(const Scan& scan, const ReadText& read, std::size_t max_bytes);
