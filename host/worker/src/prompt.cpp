#include "prompt.hpp"

#include <algorithm>
#include <set>

#include "mamc/base/text.hpp"

namespace mamc::worker {
namespace {

constexpr std::size_t kMaxEarlierBytes = 2000;  // of what an earlier attempt ended with

// Sections that change least come first, those of the last minute last, in this order; the others stand
// between them by name. `worth`: who mends a failure needs its words more than the map of the repository.
struct Section {
  const char* key;
  int place;
  int worth;
};
constexpr int kFilesWorth = 70;
constexpr Section kSections[] = {
    {"context", -100, 20},
    {"context_summary", -99, 20},
    {"design", -98, 50},
    {"plan", -97, 80},
    {"history", 100, 40},
    {"change", 101, 85},
    {"failure", 102, 90},
    {"fix_plan", 103, 75},
    {"feedback", 104, 95},
    // Of earlier runs.
    {"earlier_plans", 0, 10},
    {"earlier_tests", 0, 10},
};
constexpr Section kOther = {"", 0, 60};

const Section& SectionOf(const std::string& key) {
  for (const Section& section : kSections)
    if (key == section.key) return section;
  return kOther;
}

// A fence that the text does not contain.
std::string FenceFor(const std::string& text) {
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += '`';
  return fence;
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

std::string FileText(const PromptFile& file) {
  const std::string fence = FenceFor(file.text);
  return file.path + "\n" + fence + "\n" + file.text + (file.text.ends_with('\n') ? "" : "\n") + fence +
         "\n\n";
}

// Short values are the request's own lines; everything else has a section.
bool IsLine(const Json& value) {
  if (value.is_number() || value.is_boolean()) return true;
  return value.is_string() && value.get_ref<const std::string&>().size() <= 80 &&
         value.get_ref<const std::string&>().find('\n') == std::string::npos;
}

bool IsEmpty(const Json& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
         (value.is_array() && value.empty());
}

void AddFiles(const Json& input, const std::vector<PromptFile>& mentioned, std::vector<PromptPart>& parts) {
  std::vector<PromptFile> files;
  std::set<std::string> seen;
  for (const Json& file : GetMember(input, "files"))
    if (seen.insert(GetString(file, "path")).second)
      files.push_back({GetString(file, "path"), GetString(file, "text")});
  for (const PromptFile& file : mentioned)
    if (seen.insert(file.path).second) files.push_back(file);
  for (const PromptFile& file : files)
    parts.push_back({"Files", file.path, FileText(file), PromptPart::Fit::kWhole, kFilesWorth});
}

void AddSections(const Json& payload, const Json& input, const std::vector<PromptFile>& files,
                 Prompt& prompt) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : payload.items()) {
    if (key == "task" || IsEmpty(value)) continue;
    if (IsLine(value) && SectionOf(key).place == 0)
      prompt.request += key + ": " + (value.is_string() ? value.get<std::string>() : Dump(value)) + "\n";
    else
      keys.push_back(key);
  }
  std::stable_sort(keys.begin(), keys.end(),
                   [](const auto& a, const auto& b) { return SectionOf(a).place < SectionOf(b).place; });
  const auto volatile_keys =
      std::find_if(keys.begin(), keys.end(), [](const auto& key) { return SectionOf(key).place > 0; });
  const auto add = [&](const std::string& key) {
    prompt.parts.push_back({key, "", payload[key], PromptPart::Fit::kShortened, SectionOf(key).worth});
  };
  std::for_each(keys.begin(), volatile_keys, add);
  AddFiles(input, files, prompt.parts);
  std::for_each(volatile_keys, keys.end(), add);
}

}  // namespace

Prompt ComposePrompt(const workflow::Persona& persona, const Json& request, const Json& input,
                     const std::vector<PromptFile>& files) {
  constexpr int kTaskWorth = 100;
  constexpr int kEarlierWorth = 30;
  const Json& payload = GetMember(request, "payload");
  const Json& task = GetMember(payload, "task");
  Prompt prompt;
  prompt.system = persona.prompt;
  prompt.request = "# Request\n\nintent: " + GetString(request, "intent") + "\n";
  if (task.is_object())
    prompt.parts.push_back({"Task", "", TaskText(task), PromptPart::Fit::kNeeded, kTaskWorth});
  AddSections(payload, input, files, prompt);
  if (std::string instructions = GetString(input, "instructions"); !instructions.empty())
    prompt.parts.push_back({"Instructions", "", std::move(instructions), PromptPart::Fit::kAlways});
  if (std::string earlier = EarlierText(persona, task); !earlier.empty())
    prompt.parts.push_back(
        {"Earlier attempt", "", std::move(earlier), PromptPart::Fit::kShortened, kEarlierWorth});
  if (const Json& history = GetMember(input, "history"); history.is_array()) prompt.turns = history;
  return prompt;
}

std::string TextOf(const PromptPart& part) {
  return part.value.is_string() ? part.value.get<std::string>()
                                : part.value.dump(2, ' ', false, Json::error_handler_t::replace);
}

Json MessagesOf(const Prompt& prompt, const std::string& note) {
  std::string text;
  for (std::size_t i = 0; i < prompt.parts.size();) {
    const std::string& title = prompt.parts[i].title;
    std::string body;
    for (; i < prompt.parts.size() && prompt.parts[i].title == title; ++i) body += TextOf(prompt.parts[i]);
    text += "## " + title + "\n\n" + body + (body.ends_with('\n') ? "\n" : "\n\n");
  }
  Json messages = Json::array();
  messages.push_back({{"role", "system"}, {"content", prompt.system}});
  messages.push_back({{"role", "user"}, {"content", text + note + prompt.request}});
  for (const Json& turn : prompt.turns) messages.push_back(turn);
  return messages;
}

}  // namespace mamc::worker
