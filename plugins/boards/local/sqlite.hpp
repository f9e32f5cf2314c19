// The few things this board needs of SQLite: one connection, parameterised queries, write transactions.
//
// Used on one thread at a time. A failure of SQLite is thrown as sdk::Failure with the file's path in its
// sentence: what may pass by itself (locked, disk full, not readable at the moment) as MAMC_E_UNAVAILABLE,
// the rest as MAMC_E_FAILED.
#pragma once
#include <cstdint>
#include <filesystem>
#include <mamc/cpp/plugin.hpp>
#include <vector>

struct sqlite3;

namespace local_board {

using Json = mamc::sdk::Json;
using Row = std::vector<Json>;

class Database {
 public:
  // Opens or makes the file and its folder; write-ahead log, full synchronisation, 5 s of patience with other
  // processes.
  explicit Database(const std::filesystem::path& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Several statements without parameters or rows.
  void Execute(const char* statements);
  // One statement. A parameter is null, text, a number or a boolean; arrays and objects are stored as their
  // text.
  template <class... Values>
  std::vector<Row> Query(const char* statement, const Values&... values) {
    return Run(statement, std::vector<Json>{Json(values)...});
  }
  std::vector<Row> Run(const char* statement, const std::vector<Json>& parameters);
  std::int64_t last_row_id() const;
  // Changes when another connection has committed.
  std::int64_t DataVersion();

 private:
  [[noreturn]] void Throw(int code, const char* doing) const;

  std::filesystem::path path_;
  sqlite3* handle_ = nullptr;
};

// A write transaction: rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database_.Execute("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void Commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace local_board
