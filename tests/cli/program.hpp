// Runs mamc-host in a folder and with an environment of its own.
#pragma once
#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mamc/base/json.hpp"
#include "support/temp_dir.hpp"

namespace mamc::test {

struct Ran {
  int code = -1;
  std::string out, err;
  Json json() const;  // the whole of standard output; fails the test when it is not JSON
};

// A mamc-host that was started; killed when nobody has waited for its end.
class Running {
 public:
  Running(pid_t pid, std::unique_ptr<TempDir> output) : pid_(pid), output_(std::move(output)) {}
  Running(Running&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), output_(std::move(other.output_)) {}
  ~Running();

  void Signal(int number) const;
  std::string err() const { return output_->Read("err"); }  // so far
  Ran Wait();

 private:
  pid_t pid_;
  std::unique_ptr<TempDir> output_;
};

class Program {
 public:
  Program();
  Running Start(const std::vector<std::string>& arguments) const;
  // Waits for the end of `mamc-host arguments…`.
  Ran Run(const std::vector<std::string>& arguments) const { return Start(arguments).Wait(); }

  TempDir dir;                                     // its working directory
  std::map<std::string, std::string> environment;  // HOME and PATH are set
};

bool Contains(const std::string& text, const std::string& part);
// As every message about something wrong does, and there is one.
bool EachLineNamesTheProgram(const std::string& err);

}  // namespace mamc::test
