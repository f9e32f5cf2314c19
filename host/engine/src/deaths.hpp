// How often the host has died while a step was being run, from the records of its run: a step that ends every
// host must not be run by every host. Counted are deaths in a row in which nothing of the step was recorded;
// a host that was told to stop has not died, and what a person goes on with begins with none.
//
// A step that only waited (for a persona's answer, for steps of its own that were being run) is not blamed.
// What it waits for is, and the run as a whole when it comes to nothing again and again.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/journal/journal.hpp"

namespace mamc::engine {

// A step that was being run at so many deaths is not run again. Before the last of them those that are
// suspected run one at a time, so that only the guilty one is left.
inline constexpr int kMostDeathsOfStep = 3;
// Nor is a run gone on with that recorded nothing between so many: what ends the host there is begun without
// a record of its own (a plugin that is being loaded, a workspace), or has done nothing but wait.
inline constexpr int kMostDeathsOfRun = 10;

// What signals of a run say: a process goes on with it; it was told to stop.
inline constexpr const char* kSignalAgain = "again";
inline constexpr const char* kSignalLeft = "left";

class Deaths {
 public:
  void Add(const journal::Record& record, const Json& body);
  // After the last record: the process that wrote it has ended, and what it ran has ended with it.
  void Close();

  // Of one attempt.
  int Of(const std::string& path) const;
  // Other attempts that have deaths too: one of them may be the guilty one.
  std::vector<std::string> Beside(const std::string& path) const;
  int OfRun() const { return of_run_; }
  std::vector<std::string> UnderWay() const;

 private:
  struct Step {
    bool running = false;        // by the process whose records are being read, or by one that has died
    std::int64_t begun_seq = 0;  // of the record that says so
    int deaths = 0;
    std::set<std::string> asked;  // keys of persona requests that are open
  };

  void Begun(const std::string& path, std::int64_t seq);
  void Died(const std::string& path, Step& step) const;
  bool Waited(const std::string& path, const Step& step) const;
  void Progress(const std::string& path);
  void ForgetBelow(const std::string& path);
  void Signal(const std::string& what);

  std::map<std::string, Step> steps_;  // that have begun and not ended
  int of_run_ = 0;
};

}  // namespace mamc::engine
