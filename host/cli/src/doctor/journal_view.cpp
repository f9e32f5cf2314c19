#include "journal_view.hpp"

namespace mamc::cli::doctor {
namespace {

using journal::RecordKind;

// What is done again counts as it comes out then.
void Discard(const journal::Record& record,
             std::map<std::pair<std::string, std::string>, OpenRequest>* open) {
  auto body = ParseJson(record.body);
  if (!body.ok()) return;
  const Json& steps = GetMember(*body, "steps");
  std::erase_if(*open, [&](const auto& entry) {
    const std::string& path = entry.first.first;
    const Json top = path.substr(0, path.find('@'));
    return std::find(steps.begin(), steps.end(), top) != steps.end();
  });
}

}  // namespace

Result<std::unique_ptr<journal::Journal>> OpenJournal(Checkup& checkup) {
  const std::filesystem::path file = checkup.config().state_dir / "journal.db";
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return NotFound("nothing has run here yet");
  return journal::Journal::Open(file);
}

std::vector<OpenRequest> OpenRequests(const std::vector<journal::Record>& records) {
  std::map<std::pair<std::string, std::string>, OpenRequest> open;  // by step path and key
  for (const journal::Record& record : records) {
    const auto key = std::pair(record.path, record.key);
    auto body = ParseJson(record.body);
    if (record.kind == RecordKind::kChild && body.ok() && GetString(*body, "service") == "persona.request")
      open[key] = {.persona = GetString(GetMember(*body, "input"), "persona"),
                   .step = record.path,
                   .asked_ms = record.at_ms};
    if (record.kind == RecordKind::kChildReceipt) open.erase(key);
    if (record.kind == RecordKind::kDiscard) Discard(record, &open);
    if (record.kind == RecordKind::kReceipt)
      std::erase_if(open, [&](const auto& entry) { return entry.first.first == record.path; });
    auto found = open.find(key);
    if (record.kind != RecordKind::kTry || found == open.end() || !body.ok()) continue;
    found->second.asked_ms = record.at_ms;
    found->second.due_ms = GetInt(*body, "due_ms");
    found->second.tries = GetInt(*body, "number", 1);
    found->second.failed = GetString(*body, "after");
  }
  std::vector<OpenRequest> left;
  for (auto& [key, request] : open) left.push_back(std::move(request));
  return left;
}

RunEnd EndOf(const journal::RunRow& run) {
  auto body = ParseJson(run.result);
  if (!body.ok()) return {};
  return {static_cast<Code>(GetInt(*body, "code")), GetString(*body, "step")};
}

}  // namespace mamc::cli::doctor
