// Commands of a shell that would change files of the repository. They are not run, so each is an order that
// an edit has to fill.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mamc::edit {

// `git rm` and `git mv` in a fence: why they are not done; empty for any other line.
std::string CommandWords(std::string_view line);

// What becomes of a file.
enum class Act {
  kDelete,
  kRename,
  kMakeExecutable,
  kMake,  // as examples do as well
  kChange,
};

struct Command {
  std::string path;     // of the file that it changes
  std::string problem;  // why it is not done, and what to send instead
  Act act = Act::kChange;
};
// The commands of a line, as far as they change what looks like a file of the repository.
std::vector<Command> CommandsIn(std::string_view line);
// Those that a line of words asks to run: "Then run `rm old.py`."
std::vector<Command> CommandsAsked(std::string_view line);

}  // namespace mamc::edit
