// A recording: answers by (persona, model, messages). Looked up by hash; only a miss compares texts.
//
// Used on one thread at a time.
#pragma once
#include <filesystem>
#include <mamc/cpp/plugin.hpp>
#include <string>
#include <unordered_map>
#include <vector>

namespace replay {

using Json = mamc::sdk::Json;

class Cassette {
 public:
  // Reads the file. Throws with everything that is wrong in it, each with its line.
  explicit Cassette(const std::filesystem::path& file);

  // The next answer to this question. A miss throws MAMC_E_FAILED with the nearest recorded question.
  const Json& Play(const Json& question);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::size_t line;
    Json persona;
    Json messages;
    Json answer;
  };
  struct Takes {
    std::vector<std::size_t> entries;
    std::size_t played = 0;
  };

  void Add(std::size_t line, Json entry);
  [[noreturn]] void ThrowMiss(const Json& question) const;

  std::filesystem::path file_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, Takes> takes_;  // by the canonical text of the question
};

}  // namespace replay
