// Symbols by Universal Ctags, where this machine has it: it knows more languages, and knows them better, than
// patterns of lines do. It reads files of the workspace, whose text nobody can trust: without a network, with
// a limit on time and memory, no options from the repository, no links.
#pragma once
#include <mamc/cpp/context.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "facts.hpp"

class Ctags {
 public:
  Ctags(mamc::sdk::Context& context, std::string workspace)
      : context_(context), workspace_(std::move(workspace)) {}

  // Its version, as it says it; empty: it is not there.
  mamc::sdk::Task<std::string> Version();
  // By path. No value for a path that it could not be asked about, or when it failed.
  using Found = std::unordered_map<std::string, std::vector<Symbol>>;
  mamc::sdk::Task<Found> Ask(std::vector<std::string> paths, Dictionary& dictionary);

 private:
  mamc::sdk::Task<bool> AskSome(std::vector<std::string> paths, Found& found, Dictionary& dictionary);

  mamc::sdk::Context& context_;
  const std::string workspace_;
  int calls_ = 0;
};
