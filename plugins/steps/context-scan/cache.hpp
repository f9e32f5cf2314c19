// What earlier scans have read, kept in one file beside the mirror of the remote: facts by the id of the
// bytes they are of, and how often paths were changed up to a commit. It holds nothing that cannot be read
// again, so one that is damaged, or made by another recogniser of symbols, is as good as none.
//
// Thread rule: one thread uses a Cache. Scans of several runs may save at once: the last one counts.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "facts.hpp"

struct Cache {
  Dictionary dictionary;
  std::unordered_map<std::string, Facts> facts;  // by id
  std::string commit;                            // `commits` are those up to it
  std::map<std::string, int> commits;            // by path
};

// `problem` becomes a sentence when there is a file and it cannot be used.
Cache LoadCache(const std::filesystem::path& file, const std::string& recogniser, std::string* problem);
// Only the facts of `ids`. Returns why it could not be written, empty when it was.
std::string SaveCache(const Cache& cache, const std::set<std::string>& ids, const std::filesystem::path& file,
                      const std::string& recogniser);
