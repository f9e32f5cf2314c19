// The log of a run as a person reads it: a line for each record and, below it, what was said there: the
// output of a test, the reasons of a verdict, the words of an error.
#pragma once
#include <iosfwd>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "mamc/base/json.hpp"
#include "mamc/journal/journal.hpp"

namespace mamc::cli {

// As `runs log --json` names it.
std::string_view KindText(journal::RecordKind kind);

class RunLog {
 public:
  // `whole`: the command that leaves nothing out.
  RunLog(std::ostream& out, std::string whole) : out_(out), whole_(std::move(whole)) {}
  // The records of one run, in their order.
  void Print(const journal::Record& record, const Json& body);

 private:
  bool IsNews(const journal::Record& record, const std::string& text);
  void PrintBelow(std::string_view text);

  std::ostream& out_;
  std::string whole_;
  std::map<std::string, std::set<std::string>> told_;  // by a step's children
};

}  // namespace mamc::cli
