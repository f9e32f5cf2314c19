// Which files a task is about. Two things are asked: whether a file's path, names and text hold the task's
// words (BM25 over stems), and whether such files refer to it (PageRank over "uses a name that is defined
// there", with these files as its seeds). Without a task the second alone says what is central.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "facts.hpp"

struct MapFile {
  std::string path;
  const Facts* facts = nullptr;  // never null
  int commits = 0;               // that changed it lately
};

struct Ranking {
  std::vector<std::size_t> order;    // of the files, the best first
  std::vector<double> word_weights;  // by number in the dictionary: what a name is worth showing
};

// The same input gives the same order. Files that nothing speaks for come last, by path.
Ranking Rank(const std::vector<MapFile>& files, const Dictionary& dictionary, std::string_view task);
