#include "progress.hpp"

#include <ostream>

#include "mamc/base/text.hpp"
#include "mamc/cli/table.hpp"

namespace mamc::cli {
namespace {

constexpr const char* kBold = "1";
constexpr const char* kGreen = "32";
constexpr const char* kRed = "31";
constexpr const char* kYellow = "33";
constexpr const char* kPlain = "";

std::string OneLine(const std::string& text, std::size_t max_bytes = 160) {
  return Printable(Gist(text, max_bytes));
}

// "reviews@1/steps/0/code-review@1" -> "code-review"
std::string StepName(const std::string& path) {
  std::size_t slash = path.rfind('/');
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return name.substr(0, name.find('@'));
}

bool IsWork(const std::string& run) {
  return run.starts_with("w");
}

}  // namespace

Progress::~Progress() {
  ClearLive();
}

void Progress::Show(const engine::RunEvent& event) {
  ClearLive();
  if (event.kind.starts_with("task-") || event.kind == "waiting") TaskEvent(event);
  if (event.kind == "request-sent")
    waiting_[GetString(event.fields, "corr_id")] = GetString(event.fields, "persona") + " " + event.text;
  if (event.kind == "request-answered") RequestAnswered(event);
  if (event.kind == "request-retry" || event.kind == "step-retry")
    Line("~", kYellow, StepName(event.path) + ": " + OneLine(event.text) + "; trying again");
  if (event.kind == "step-done" || event.kind == "step-failed") StepEnded(event);
  if (event.kind == "warning") Line("!", kYellow, OneLine(event.text));
  if (event.kind == "run-ended" && !IsWork(event.run)) waiting_.clear();
  ShowLive();
}

void Progress::TaskEvent(const engine::RunEvent& event) {
  std::string task = "task " + GetString(event.fields, "task") + ": " + OneLine(event.text);
  if (event.kind == "task-started")
    return Line(">", kBold, task + "  [" + GetString(event.fields, "workflow") + "]");
  if (event.kind == "task-resumed") return Line(">", kBold, task + "  [gone on with]");
  if (event.kind == "task-done") return Line("+", kGreen, task + "  " + GetString(event.fields, "status"));
  if (event.kind == "task-blocked" || event.kind == "task-failed")
    return Line(
        "x", kRed,
        task + "  " + GetString(event.fields, "status") + ": " + OneLine(GetString(event.fields, "error")));
  Line("-", kPlain, OneLine(event.text));
}

void Progress::RequestAnswered(const engine::RunEvent& event) {
  std::string persona = GetString(event.fields, "persona"), status = GetString(event.fields, "status");
  waiting_.erase(GetString(event.fields, "corr_id"));
  // Whose word decides nothing has no verdict to give.
  bool good = status == "pass" || (status == "unknown" && GetBool(event.fields, "advises"));
  Line(good ? "  ." : "  !", good ? kPlain : kYellow,
       persona + " " + event.text + (good ? "" : ": " + status));
}

void Progress::StepEnded(const engine::RunEvent& event) {
  if (event.kind == "step-failed")
    return Line("  x", kRed, StepName(event.path) + ": " + OneLine(event.text));
  bool top = event.path.find('/') == std::string::npos;
  if (top && !IsWork(event.run)) Line("  *", kPlain, StepName(event.path));
}

void Progress::Line(const std::string& mark, const char* color, const std::string& text) {
  if (terminal_ && *color != 0)
    out_ << "\033[" << color << "m" << mark << " " << text << "\033[0m\n";
  else
    out_ << mark << " " << text << "\n";
  out_.flush();
}

void Progress::ShowLive() {
  if (!terminal_ || waiting_.empty()) return;
  std::string text;
  for (const auto& [corr_id, what] : waiting_) text += (text.empty() ? "" : ", ") + what;
  out_ << "\033[2m    ... " << OneLine(text, 70) << "\033[0m";
  out_.flush();
  live_ = true;
}

void Progress::ClearLive() {
  if (!live_) return;
  out_ << "\r\033[K";
  live_ = false;
}

}  // namespace mamc::cli
