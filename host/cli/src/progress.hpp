// What happens, as it happens, for a person: on a terminal short lines with a live last one; piped, one line
// per event.
#pragma once
#include <iosfwd>
#include <map>
#include <string>

#include "mamc/engine/run.hpp"

namespace mamc::cli {

class Progress {
 public:
  Progress(std::ostream& out, bool terminal) : out_(out), terminal_(terminal) {}
  ~Progress();
  void Show(const engine::RunEvent& event);

 private:
  void Line(const std::string& mark, const char* color, const std::string& text);
  void ShowLive();
  void ClearLive();
  void TaskEvent(const engine::RunEvent& event);
  void RequestAnswered(const engine::RunEvent& event);
  void StepEnded(const engine::RunEvent& event);

  std::ostream& out_;
  bool terminal_;
  bool live_ = false;
  std::map<std::string, std::string> waiting_;  // corr_id -> "lead-engineer implement"
};

}  // namespace mamc::cli
