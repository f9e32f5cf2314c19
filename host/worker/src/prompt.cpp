#include "prompt.hpp"

#include <algorithm>
#include <set>

#include "mamc/base/files.hpp"
#include "mamc/base/text.hpp"

namespace mamc::worker {
namespace {

constexpr std::size_t kMaxFiles = 24;
constexpr std::size_t kMaxFileBytes = 64 << 10;
constexpr std::size_t kMaxFilesBytes = 256 << 10;
constexpr std::size_t kMaxEarlierBytes = 2000;  // of what an earlier attempt ended with

// Sections that change least come first, those of the last minute last; the others stand between them by
// name.
const std::vector<std::string> kFirst = {"context", "context_summary", "design", "plan"};
const std::vector<std::string> kLast = {"history", "change", "failure", "fix_plan", "feedback"};

int Rank(const std::string& key) {
  auto first = std::find(kFirst.begin(), kFirst.end(), key);
  if (first != kFirst.end()) return static_cast<int>(first - kFirst.begin()) - 100;
  auto last = std::find(kLast.begin(), kLast.end(), key);
  return last == kLast.end() ? 0 : static_cast<int>(last - kLast.begin()) + 100;
}

std::string Text(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(2, ' ', false, Json::error_handler_t::replace);
}

// A fence that the text does not contain.
std::string FenceFor(const std::string& text) {
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += '`';
  return fence;
}

void AppendSection(std::string& prompt, const std::string& title, const std::string& body) {
  prompt += "## " + title + "\n\n" + body + (body.ends_with('\n') ? "\n" : "\n\n");
}

std::string TaskText(const Json& task) {
  std::string text =
      "Title: " + GetString(task, "title") + "\nType: " + GetString(task, "type", "task") + "\n";
  std::string description = GetString(task, "description");
  return description.empty() ? text : text + "\n" + description + "\n";
}

// Not for who judges: a judge judges what lies before him.
std::string EarlierText(const workflow::Persona& persona, const Json& task) {
  std::string ended = persona.verdict_schema ? "" : GetString(task, "earlier_attempt");
  if (ended.empty()) return {};
  return "An earlier attempt at this task ended with:\n\n" + HeadAndTail(ended, kMaxEarlierBytes) +
         "\n\nDo not go the same way again.\n";
}

std::string FilesText(const std::vector<PromptFile>& files) {
  std::string text;
  for (const PromptFile& file : files) {
    std::string fence = FenceFor(file.text);
    text += file.path + "\n" + fence + "\n" + file.text + (file.text.ends_with('\n') ? "" : "\n") + fence +
            "\n\n";
  }
  return text;
}

// Short values are the request's own lines; everything else has a section.
bool IsLine(const Json& value) {
  if (value.is_number() || value.is_boolean()) return true;
  return value.is_string() && value.get_ref<const std::string&>().size() <= 80 &&
         value.get_ref<const std::string&>().find('\n') == std::string::npos;
}

std::string UserText(const workflow::Persona& persona, const Json& request, const Json& input,
                     const std::vector<PromptFile>& files) {
  const Json& payload = GetMember(request, "payload");
  std::string prompt;
  if (const Json& task = GetMember(payload, "task"); task.is_object())
    AppendSection(prompt, "Task", TaskText(task));
  std::vector<std::string> sections;
  std::string lines;
  for (const auto& [key, value] : payload.items()) {
    if (key == "task" || value.is_null() ||
        (value.is_string() && value.get_ref<const std::string&>().empty()))
      continue;
    if (IsLine(value) && Rank(key) == 0)
      lines += key + ": " + (value.is_string() ? value.get<std::string>() : Dump(value)) + "\n";
    else if (!(value.is_array() && value.empty()))
      sections.push_back(key);
  }
  std::stable_sort(sections.begin(), sections.end(),
                   [](const auto& a, const auto& b) { return Rank(a) < Rank(b); });
  bool files_written = files.empty();
  for (const std::string& key : sections) {
    if (!files_written && Rank(key) > 0) {
      AppendSection(prompt, "Files", FilesText(files));
      files_written = true;
    }
    AppendSection(prompt, key, Text(payload[key]));
  }
  if (!files_written) AppendSection(prompt, "Files", FilesText(files));
  if (std::string instructions = GetString(input, "instructions"); !instructions.empty())
    AppendSection(prompt, "Instructions", instructions);
  if (std::string earlier = EarlierText(persona, GetMember(payload, "task")); !earlier.empty())
    AppendSection(prompt, "Earlier attempt", earlier);
  return prompt + "# Request\n\nintent: " + GetString(request, "intent") + "\n" + lines;
}

bool IsPathCharacter(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) || c == '_' || c == '-' || c == '.' || c == '/';
}

void CollectPaths(const std::string& text, std::vector<std::string>& paths, std::set<std::string>& seen) {
  for (std::size_t at = 0; at < text.size();) {
    if (!IsPathCharacter(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && IsPathCharacter(text[end])) ++end;
    std::string word = text.substr(at, end - at);
    at = end;
    while (word.ends_with('.')) word.pop_back();
    if (word.size() < 3 || word.size() > 300 || word.front() == '/' || word.find('.') == std::string::npos)
      continue;
    if (seen.insert(word).second) paths.push_back(word);
  }
}

void CollectPaths(const Json& value, std::vector<std::string>& paths, std::set<std::string>& seen) {
  if (value.is_string()) return CollectPaths(value.get_ref<const std::string&>(), paths, seen);
  if (value.is_structured())
    for (const auto& item : value) CollectPaths(item, paths, seen);
}

// A regular file that is reached from `root` without a link on the way.
bool IsPlainFile(const std::filesystem::path& root, const std::string& relative) {
  std::filesystem::path at = root;
  std::filesystem::file_status status;
  for (const auto& part : std::filesystem::path(relative)) {
    if (part == ".." || part == "." || part == ".git") return false;
    at /= part;
    std::error_code error;
    status = std::filesystem::symlink_status(at, error);
    if (error || std::filesystem::is_symlink(status)) return false;
  }
  return std::filesystem::is_regular_file(status);
}

}  // namespace

std::vector<PromptFile> MentionedFiles(const Json& request, const std::filesystem::path& root) {
  std::vector<PromptFile> files;
  if (root.empty()) return files;
  std::vector<std::string> paths;
  std::set<std::string> seen;
  CollectPaths(GetMember(request, "payload"), paths, seen);
  std::size_t total = 0;
  for (const std::string& path : paths) {
    if (files.size() >= kMaxFiles) break;
    if (!IsPlainFile(root, path)) continue;
    auto text = ReadFile(root / path, kMaxFileBytes);
    if (!text.ok() || !IsUtf8(*text) || total + text->size() > kMaxFilesBytes) continue;
    total += text->size();
    files.push_back({path, std::move(*text)});
  }
  return files;
}

Json ComposeMessages(const workflow::Persona& persona, const Json& request, const Json& input,
                     const std::vector<PromptFile>& files) {
  Json messages = Json::array();
  messages.push_back({{"role", "system"}, {"content", persona.prompt}});
  messages.push_back({{"role", "user"}, {"content", UserText(persona, request, input, files)}});
  const Json& history = GetMember(input, "history");
  if (history.is_array())
    for (const Json& message : history) messages.push_back(message);
  return messages;
}

}  // namespace mamc::worker
