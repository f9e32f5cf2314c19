// The board's verbs on one SQLite file. Each verb that writes is one transaction, so a crash leaves all of it
// or nothing. Several processes may use the same file. Used on one thread at a time.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "sqlite.hpp"

namespace local_board {

class BoardStore {
 public:
  // `now_ms` gives the system clock as milliseconds since 1970.
  BoardStore(const std::filesystem::path& path, std::function<std::int64_t()> now_ms);

  Json Projects();
  // Throws MAMC_E_INVALID for what List cannot mean.
  static void CheckList(const Json& input);
  Json List(const Json& input);
  Json Get(const Json& input);
  Json Claim(const Json& input);
  Json Update(const Json& input);
  Json Create(const Json& input);
  Json Comment(const Json& input);
  Json Milestone(const Json& input);

  // Grows with every change in the project, whoever made it; 0 for a project without tasks.
  std::int64_t ChangesOf(const std::string& project);
  // Differs from the last value when another connection has written to the file.
  std::int64_t DataVersion() { return database_.DataVersion(); }

 private:
  void MakeTables();
  Json TaskById(const Json& id);
  Json TaskFromRow(const Row& row) const;
  void AddDependencies(Json& task);
  std::int64_t MilestoneRow(const Json& id, const std::string& project);
  std::int64_t FollowedRow(const Json& id, const std::string& project);
  bool SeenOperation(std::int64_t task, const Json& input);
  void Write(std::int64_t task, const Json& fields, const std::string& project);
  void SetDependencies(std::int64_t task, const Json& ids, const std::string& project);
  void AddComment(std::int64_t task, const std::string& author, const std::string& text);
  void EnsureProject(const std::string& project);
  void Changed(const std::string& project);

  std::function<std::int64_t()> now_ms_;
  Database database_;
};

}  // namespace local_board
