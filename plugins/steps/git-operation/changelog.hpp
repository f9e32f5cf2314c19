// The text of `.ma/changelog.md`: what became of each task that is done, the latest one first.
#pragma once
#include <string>
#include <string_view>

struct ChangelogEntry {
  std::string task;   // its id
  std::string title;  // a model's or anybody's text, as `text` is
  std::string text;
};

// `changelog` with the entry in it, in place of an older one of the same task. Without a time: the commit has
// one, and the same work gives the same file.
std::string WithEntry(std::string_view changelog, const ChangelogEntry& entry);
