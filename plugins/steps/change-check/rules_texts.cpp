#include "mamc/notes/redact.hpp"
#include "rules.hpp"
#include "test_code.hpp"

namespace change {

// All of one conflict, so that a heading of a text is not taken for one.
void FindConflictMarkers(const Files& files, Findings& findings) {
  for (const ChangedFile& file : files) {
    std::size_t opened = 0, divided = 0;
    for (const Line& line : file.added) {
      if (line.text.starts_with("<<<<<<< ")) opened = line.number, divided = 0;
      if (line.text == "=======" && opened != 0) divided = line.number;
      if (!line.text.starts_with(">>>>>>> ") || divided == 0) continue;
      findings.push_back({"conflict-markers", file.path, opened,
                          "the marks of a conflict that was not resolved. Decide for one side, or both, and "
                          "take the marks away"});
      opened = divided = 0;
    }
  }
}

// Passwords that tests make up are no secrets.
void FindSecrets(const Files& files, Findings& findings) {
  for (const ChangedFile& file : files)
    for (const Line& line : file.added)
      if (mamc::notes::HoldsSecret(line.text, !IsTestFile(file.path)))
        findings.push_back({"secrets", file.path, line.number,
                            "this line holds what looks like a secret: a key, a token or a password. Take it "
                            "out, and read it from the environment or a file outside the repository"});
}

}  // namespace change
