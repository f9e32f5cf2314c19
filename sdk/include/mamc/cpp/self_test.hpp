// What a type found out about itself, in the form of MAMC_VERB_SELFTEST.
//
// Thread rule: one thread.
#pragma once
#include <mamc/plugin.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

namespace mamc::sdk {

// The file that a program's name without a slash stands for, along PATH as the host's child processes have
// it; empty: there is none that this user may run.
inline std::string FindProgram(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "/usr/local/bin:/usr/bin:/bin");
  std::error_code error;
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string file = folder + "/" + name;
    if (std::filesystem::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

class SelfTest {
 public:
  // What is so and need not be otherwise.
  void Fact(std::string text) { facts_.push_back(std::move(text)); }
  void Note(std::string text, std::string advice = {}) { Add("note", std::move(text), std::move(advice)); }
  void Warning(std::string text, std::string advice = {}) {
    Add("warning", std::move(text), std::move(advice));
  }
  void Problem(mamc_code code, std::string text, std::string advice = {}) {
    Add("problem", std::move(text), std::move(advice));
    findings_.back()["code"] = code;
    ok_ = false;
  }

  nlohmann::json result() const { return {{"ok", ok_}, {"facts", facts_}, {"findings", findings_}}; }

 private:
  void Add(const char* level, std::string text, std::string advice) {
    nlohmann::json finding = {{"level", level}, {"text", std::move(text)}};
    if (!advice.empty()) finding["advice"] = std::move(advice);
    findings_.push_back(std::move(finding));
  }

  bool ok_ = true;
  nlohmann::json facts_ = nlohmann::json::array();
  nlohmann::json findings_ = nlohmann::json::array();
};

}  // namespace mamc::sdk
