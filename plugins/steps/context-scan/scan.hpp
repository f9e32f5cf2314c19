// What a scan has found of a tree: its files with their facts, and how it is built and tested.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "discovery.hpp"
#include "languages.hpp"
#include "rank.hpp"

struct ScannedFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::string id;                      // of its bytes
  const Language* language = nullptr;  // null: not known
  int commits = 0;                     // that changed it lately
};

struct Scan {
  std::vector<ScannedFile> files;  // sorted by path
  bool cut = false;                // there are more files than were looked at
  int odd_names = 0;               // files left out, because nobody could write their names into a prompt
  std::uint64_t bytes = 0;
  std::map<std::string, int> languages;
  std::vector<Command> commands;
  std::string readme, readme_head;

  // The first command with this purpose.
  std::optional<std::string> CommandFor(const std::string& purpose) const {
    for (const Command& command : commands)
      if (command.purpose == purpose) return command.command;
    return std::nullopt;
  }
};
