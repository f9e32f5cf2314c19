// Which tasks of a board follow which: a task that reviewers had found something in, the tasks that were made
// of that, and those that were made of what they found in these.
#pragma once
#include <mamc/cpp/plugin.hpp>
#include <string>
#include <vector>

namespace follow_ups {

using Json = mamc::sdk::Json;

class Family {
 public:
  // `tasks`: all of the project; `id`: the one that is asked about.
  Family(const Json& tasks, const std::string& id);

  // The task that follows no other.
  const std::string& root() const { return line_.back(); }
  // How many tasks are followed one after the other from this one on.
  std::size_t depth() const { return line_.size() - 1; }
  // How many tasks follow the root, directly or not.
  std::size_t size() const { return size_; }
  // The task itself, and those that it follows: they wait for it, so that it cannot wait for them.
  bool IsInLine(const std::string& id) const;

 private:
  std::vector<std::string> line_;  // from the task itself up to the root
  std::size_t size_ = 0;
};

}  // namespace follow_ups
