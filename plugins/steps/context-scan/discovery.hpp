// How a repository is built and tested, as far as the files at its top say.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

struct Command {
  std::string purpose;  // "build" or "test"
  std::string command;
  std::string from;  // the file that says so
};

// The text of a file at the top; no value: there is none.
using ReadTop = std::function<std::optional<std::string>(const std::string& name)>;

// The most telling first: what the project's authors have given a name of their own stands before what a tool
// does by itself.
std::vector<Command> FindCommands(const ReadTop& read);
bool IsBuildFile(std::string_view path);
