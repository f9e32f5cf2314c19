#include "work_result.hpp"

#include "mamc/base/text.hpp"
#include "usage.hpp"

namespace mamc::worker {
namespace {

constexpr std::size_t kMostOutputBytes = 128 << 10;  // of one program's stdout or stderr

void CutOutputs(Json& value) {
  for (const char* member : {"stdout", "stderr"})
    if (auto text = value.find(member); text != value.end() && text->is_string())
      *text = HeadAndTail(text->get_ref<const std::string&>(), kMostOutputBytes);
}

bool Failed(const Json& ended) {
  return ended.contains("exit_code") && (ended["exit_code"] != 0 || GetBool(ended, "timed_out"));
}

void NoteProgram(const Json& value, Json& result) {
  if (Failed(result)) return;
  result["exit_code"] = value["exit_code"];
  if (GetBool(value, "timed_out"))
    result.update({{"timed_out", true}, {"timeout_ms", GetInt(value, "timeout_ms")}});
  result["output"] = GetString(value, "stdout") + GetString(value, "stderr");
}

// Of the steps that a step has run: `steps` of its result, with the result of each.
void NoteInnerPrograms(Json& value, Json& result) {
  auto steps = value.find("steps");
  if (steps == value.end() || !steps->is_object()) return;
  for (Json& step : *steps) {
    if (!step.is_object()) continue;
    auto inner = step.find("result");
    if (inner == step.end() || !inner->is_object()) continue;
    CutOutputs(*inner);
    if (inner->contains("exit_code")) NoteProgram(*inner, result);
    NoteInnerPrograms(*inner, result);
  }
}

// The last judgement counts: a verdict, or why there is none.
void NoteVerdict(const Json& value, Json& result) {
  const bool judged = value.contains("verdict");
  if (judged) result["verdict"] = value["verdict"];
  if (value.contains("problem"))
    result["problem"] = value["problem"];
  else if (judged)
    result.erase("problem");
}

void NoteStep(Json value, const workflow::Persona& persona, Json& result) {
  if (value.contains("exit_code")) CutOutputs(value);
  if (value.contains("text")) result["output"] = value["text"];
  if (value.contains("summary")) result["output"] = value["summary"];
  AddUsage(result, GetMember(value, "usage"));
  for (const char* member : {"left_out", "prompt_cut"})
    if (value.contains(member)) result[member] = value[member];
  if (GetBool(value, "pushed")) result["pushed"] = true;
  NoteVerdict(value, result);
  if (value.contains("verdict") || persona.verdict_schema)
    result["status"] = GetString(value, "status", GetString(result, "status"));
  if (value.contains("exit_code")) NoteProgram(value, result);
  NoteInnerPrograms(value, result);
  result["data"] = std::move(value);
}

}  // namespace

Json ResultOfWork(const workflow::Persona& persona, const engine::RunResult& run,
                  const std::string& start_commit) {
  Json result = {{"status", persona.verdict_schema ? "unknown" : "pass"}};
  for (const auto& step : persona.work) {
    const Json& ended = GetMember(run.steps, step->id);
    const Json& value = GetMember(ended, "result");
    if (GetString(ended, "status") == "done" && value.is_object()) NoteStep(value, persona, result);
  }
  if (result.contains("exit_code")) result["status"] = Failed(result) ? "fail" : "pass";
  if (result["status"] != "unknown") result.erase("problem");
  if (!run.commit.empty() && run.commit != start_commit) result["commit"] = run.commit;
  return result;
}

}  // namespace mamc::worker
