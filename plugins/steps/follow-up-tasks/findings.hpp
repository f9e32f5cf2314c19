// What reviews still find wrong, and where in the change it is.
#pragma once
#include <mamc/cpp/plugin.hpp>
#include <string>
#include <vector>

namespace follow_ups {

using Json = mamc::sdk::Json;

// One blocking finding.
struct Finding {
  std::string review;  // who found it
  std::string file;    // of the change; as the reviewer wrote it when the change has no such file
  bool is_in_change = false;
  std::int64_t line = 0;  // 0: not said
  std::string text;

  // "src/a.c:12"
  std::string Place() const;
  // Equal for findings that say the same of the same file: case, punctuation and numbers, which lines move
  // with, apart.
  std::string Sameness() const;
};

struct Reviews {
  std::vector<Finding> findings;    // the same one once
  std::vector<std::string> unsaid;  // sentences: who did not pass it and names no blocking finding
};

// `reviews`: answers of persona requests by name.
bool AllPass(const Json& reviews);
// `files`: what the change changes.
Reviews Read(const Json& reviews, const std::vector<std::string>& files);

}  // namespace follow_ups
