// Runs mamc-host in a folder and with an environment of its own.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "support/temp_dir.hpp"

namespace mamc::test {

struct Ran {
  int code = -1;
  std::string out, err;
  Json json() const;  // the whole of standard output; fails the test when it is not JSON
};

class Program {
 public:
  Program();
  // Waits for the end of `mamc-host arguments…`.
  Ran Run(const std::vector<std::string>& arguments) const;

  TempDir dir;                                     // its working directory
  std::map<std::string, std::string> environment;  // HOME and PATH are set
};

bool Contains(const std::string& text, const std::string& part);
// As every message about something wrong does, and there is one.
bool EachLineNamesTheProgram(const std::string& err);

}  // namespace mamc::test
