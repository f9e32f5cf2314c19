// The labels of a task on the dashboard. Those that begin with `mamc:` carry what its API has no field for:
// `mamc:<name>:<value>`. The others are people's.
#pragma once
#include <mamc/cpp/plugin.hpp>
#include <map>
#include <string>
#include <vector>

namespace dashboard_board {

using Json = mamc::sdk::Json;

class OwnLabels {
 public:
  // A list of texts, or a text with one in it; anything else holds none.
  explicit OwnLabels(const Json& labels);

  const std::vector<std::string>& others() const { return others_; }
  void SetOthers(const Json& labels);

  // "" when there is none.
  std::string Get(const std::string& name) const;
  // An empty value removes it.
  void Set(const std::string& name, const std::string& value);

  // Which changes were made last, so that one whose answer was lost is not made again.
  bool HasDone(const std::string& op) const;
  void AddDone(const std::string& op);

  Json ToJson() const;

 private:
  std::vector<std::string> others_;
  std::map<std::string, std::string> own_;
};

// The first label that callers may not set, since it would mean something to us; "" when there is none.
std::string ReservedLabel(const Json& labels);
// A short name for an op_id, the same in every process.
std::string OpMark(const std::string& op_id);

// A list, or the text of one (an older dashboard hands its columns out as they are stored); else an empty
// one.
Json ListOf(const Json& value);

}  // namespace dashboard_board
