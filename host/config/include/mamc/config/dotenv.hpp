// The .env format: KEY=VALUE lines, `export ` allowed in front, # comments, 'literal' and "escaped \n \"
// \\ \$" values. Nothing is expanded and nothing is run.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mamc::config {

struct DotEnv {
  struct Entry {
    std::string value;
    int line = 0;  // from 1
  };
  std::map<std::string, Entry, std::less<>> entries;  // the last of a repeated name counts
  std::vector<std::string> problems;                  // ".env:3: ..."
};

// `file` is for messages only.
DotEnv ParseDotEnv(std::string_view text, const std::string& file);

}  // namespace mamc::config
