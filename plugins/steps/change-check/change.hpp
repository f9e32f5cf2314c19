// What a run's branch has changed against its base, file by file.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/git/repo.hpp"

namespace change {

struct Line {
  std::size_t number;  // from 1
  std::string text;
};

struct ChangedFile {
  std::string path;
  std::optional<std::string> before, after;  // no value: the file is not there
  std::vector<Line> added;                   // what `after` has and `before` has not, wherever it stands
};

// From one tree to another, sorted by path.
std::vector<ChangedFile> ChangedFiles(mamc::git::Repo& repo, const std::string& base_tree,
                                      const std::string& tree);

std::vector<std::string_view> LinesOf(std::string_view text);

}  // namespace change
