// The whole files that an answer gives, to tell a later version of one from an example that shows some of it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "announced.hpp"

namespace mamc::edit {

inline std::string AnotherVersion(const std::string& path) {
  return "another version of '" + path + "', which is given whole before, begins here: send it once";
}

class Versions {
 public:
  // The first of a file counts.
  void Add(const std::string& path, std::string_view content);
  bool Has(const std::string& path) const { return files_.count(path) != 0; }
  // Whether so many thirds of the file's lines are in the content, and not all just as they are there.
  bool IsAnother(const std::string& path, std::string_view content, std::size_t thirds) const;

  // The edit with this number is one of a snippet that names its file.
  void MayBeExample(std::size_t edit) { snippets_.push_back(edit); }
  // Takes out those of files that the answer edits otherwise: they are no whole ones.
  void DropExamples(Answer& answer, const Announced& announced) const;

 private:
  struct File {
    std::size_t content = 0;  // hashes of this and of the lines
    std::unordered_set<std::size_t> lines;
  };
  std::unordered_map<std::string, File> files_;
  std::vector<std::size_t> snippets_;
};

}  // namespace mamc::edit
