// The map: the files of a ranking as text, within a budget. The first ones stand with the names that they
// define, the others as paths, grouped by folder, since a path says the most for its size.
#pragma once
#include <string>
#include <vector>

#include "rank.hpp"

struct Map {
  std::string text;                // empty when not one file has room
  std::vector<std::size_t> files;  // that it names, the best first
};

// A token is taken for three bytes: paths and identifiers have more tokens than prose.
inline constexpr std::size_t kBytesOfToken = 3;

Map DrawMap(const std::vector<MapFile>& files, const Ranking& ranking, const Dictionary& dictionary,
            std::size_t tokens);
