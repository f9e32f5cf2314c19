#include "changelog.hpp"

#include <algorithm>

#include "mamc/base/text.hpp"

namespace {

constexpr std::string_view kTitle = "# Changelog";
constexpr std::string_view kHeading = "## ";
constexpr std::size_t kMostTextBytes = 4096;
constexpr std::size_t kMostTitleBytes = 200;

std::string_view NextLine(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// Paragraphs and lists as they are; a heading would begin another entry.
std::string Body(std::string_view text) {
  const std::string cut = mamc::HeadAndTail(text, kMostTextBytes);
  std::string body;
  for (text = cut; !text.empty();) {
    std::string_view line = NextLine(text);
    if (line.starts_with("#")) line.remove_prefix(std::min(line.find_first_not_of("# "), line.size()));
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    const bool is_second_blank = line.empty() && (body.empty() || body.ends_with("\n\n"));
    if (!is_second_blank) body.append(line).push_back('\n');
  }
  while (body.ends_with("\n\n")) body.pop_back();
  return body;
}

// How the entry of a task is known again, whatever it is called by then.
std::string EndOfHeading(const ChangelogEntry& entry) {
  return " (task " + entry.task + ")";
}

std::string Written(const ChangelogEntry& entry) {
  std::string title = entry.title.substr(0, entry.title.find_first_of("\r\n"));
  title = mamc::Gist(title, kMostTitleBytes);
  std::string text = std::string(kHeading) + title + EndOfHeading(entry) + "\n";
  const std::string body = Body(entry.text);
  return body.empty() ? text : text + "\n" + body;
}

}  // namespace

std::string WithEntry(std::string_view changelog, const ChangelogEntry& entry) {
  const std::string end_of_heading = EndOfHeading(entry);
  std::string before, others;
  bool in_entries = false, in_older = false;
  while (!changelog.empty()) {
    const std::string_view line = NextLine(changelog);
    if (line.starts_with(kHeading)) {
      in_entries = true;
      in_older = line.ends_with(end_of_heading);
    }
    if (!in_older) (in_entries ? others : before).append(line).push_back('\n');
  }
  if (before.find_first_not_of(" \n") == std::string::npos) before = std::string(kTitle) + "\n\n";
  if (!before.ends_with("\n\n")) before += '\n';
  return before + Written(entry) + (others.empty() ? "" : "\n" + others);
}
