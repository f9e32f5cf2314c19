// A machine that `mamc-host doctor` looks at: a repository, a model server and an author, all as it should be
// until a test says otherwise.
#pragma once
#include <mutex>

#include "program.hpp"
#include "support/git_fixture.hpp"
#include "support/http_server.hpp"

namespace mamc::test {

HttpReply Models(const Json& entries);
Json LoadedModel(int context_length);

class Machine {
  std::mutex mutex_;
  HttpReply reply_ = Models(Json::array({LoadedModel(32768)}));  // protected by mutex_

 public:
  Machine();

  // What the model server says from now on.
  void Answer(HttpReply reply);
  // What `lines` says comes in place of the same top-level key.
  void Configure(const std::map<std::string, std::string>& lines);
  // The doctor's words, which are kept for what is looked at afterwards.
  int Ask(std::vector<std::string> more = {});

  // The one finding whose sentence has these words; fails the test when there is none.
  Json Finding(const std::string& words) const;
  std::size_t Count(const std::string& level) const;

  GitFixture git;
  HttpServer model;
  Program program;
  Json said;
};

// Found, of that level, at that place, with that advice and known under that name.
void CheckFinding(const Json& finding, const std::string& level, const std::string& where,
                  const std::string& advice, const std::string& symptom = "");

}  // namespace mamc::test
