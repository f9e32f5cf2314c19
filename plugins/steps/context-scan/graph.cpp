#include "graph.hpp"

#include <cmath>

namespace {

// A name that many files define ("main", "init") says nothing about where it leads, and a short one is mostly
// chance.
constexpr std::size_t kMostDefiners = 4;
constexpr std::size_t kLeastNameBytes = 4;
constexpr int kRounds = 20;
constexpr double kGoesOn = 0.7;  // instead of starting again

std::vector<std::vector<std::uint32_t>> DefinersOf(const std::vector<MapFile>& files,
                                                   const Dictionary& dictionary) {
  std::vector<std::vector<std::uint32_t>> definers(dictionary.size());
  for (std::uint32_t file = 0; file < files.size(); ++file)
    for (const Symbol& symbol : files[file].facts->symbols) {
      auto& known = definers[symbol.name];
      const bool is_new = known.empty() || known.back() != file;
      if (is_new && known.size() <= kMostDefiners) known.push_back(file);
    }
  return definers;
}

}  // namespace

ReferenceGraph::ReferenceGraph(const std::vector<MapFile>& files, const Dictionary& dictionary)
    : edges_(files.size()), users_(dictionary.size()) {
  const auto definers = DefinersOf(files, dictionary);
  for (std::uint32_t file = 0; file < files.size(); ++file) {
    double all = 0;
    for (const Use& use : files[file].facts->uses) {
      const auto& targets = definers[use.word];
      if (targets.empty() || targets.size() > kMostDefiners) continue;
      if (dictionary.word(use.word).size() < kLeastNameBytes) continue;
      const double weight = std::sqrt(use.times) / static_cast<double>(targets.size());
      for (const std::uint32_t target : targets) {
        if (target == file) continue;
        edges_[file].push_back({target, weight});
        ++users_[use.word];
        all += weight;
      }
    }
    for (Edge& edge : edges_[file]) edge.weight /= all;
  }
}

std::vector<double> ReferenceGraph::RankFrom(const std::vector<double>& seeds) const {
  std::vector<double> rank = seeds;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> next(rank.size(), 0.0);
    double kept = 0;
    for (std::size_t file = 0; file < rank.size(); ++file) {
      if (edges_[file].empty()) continue;
      for (const Edge& edge : edges_[file]) next[edge.to] += kGoesOn * rank[file] * edge.weight;
      kept += kGoesOn * rank[file];
    }
    for (std::size_t file = 0; file < rank.size(); ++file) next[file] += (1 - kept) * seeds[file];
    rank = std::move(next);
  }
  return rank;
}
