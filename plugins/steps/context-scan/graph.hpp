// References between files: one uses a name that another defines.
#pragma once
#include <vector>

#include "facts.hpp"
#include "rank.hpp"

class ReferenceGraph {
 public:
  ReferenceGraph(const std::vector<MapFile>& files, const Dictionary& dictionary);
  // PageRank: where somebody ends up who starts at a file by `seeds` and follows references. Adds up to 1.
  std::vector<double> RankFrom(const std::vector<double>& seeds) const;
  // How many references a name makes, by its number.
  const std::vector<std::uint32_t>& users() const { return users_; }

 private:
  struct Edge {
    std::uint32_t to;
    double weight;
  };
  std::vector<std::vector<Edge>> edges_;  // by file; the weights of each add up to 1
  std::vector<std::uint32_t> users_;
};
