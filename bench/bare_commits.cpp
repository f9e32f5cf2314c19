#include "bare_commits.hpp"

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace mamc::bench {
namespace {

using Database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

void Check(sqlite3* db, bool ok) {
  if (!ok) throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(db));
}

void Execute(sqlite3* db, const char* sql) {
  Check(db, sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
}

const char* SyncPragma(journal::Sync sync) {
  switch (sync) {
    case journal::Sync::kFull:
      return "PRAGMA synchronous=FULL";
    case journal::Sync::kNormal:
      return "PRAGMA synchronous=NORMAL";
    case journal::Sync::kOff:
      return "PRAGMA synchronous=OFF";
  }
  return "PRAGMA synchronous=FULL";
}

}  // namespace

double BareCommitSeconds(const std::filesystem::path& file, journal::Sync sync, std::size_t count) {
  sqlite3* opened = nullptr;
  int code = sqlite3_open(file.c_str(), &opened);
  Database db(opened, sqlite3_close);
  Check(db.get(), code == SQLITE_OK);
  Execute(db.get(), "PRAGMA journal_mode=WAL");
  Execute(db.get(), SyncPragma(sync));
  Execute(db.get(), "CREATE TABLE t(id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
  sqlite3_stmt* prepared = nullptr;
  code = sqlite3_prepare_v2(db.get(), "INSERT INTO t(body) VALUES(?)", -1, &prepared, nullptr);
  Statement insert(prepared, sqlite3_finalize);
  Check(db.get(), code == SQLITE_OK);
  const std::string body(256, 'x');

  auto before = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < count; ++i) {  // without BEGIN each INSERT is a transaction
    sqlite3_bind_blob(insert.get(), 1, body.data(), static_cast<int>(body.size()), SQLITE_STATIC);
    Check(db.get(), sqlite3_step(insert.get()) == SQLITE_DONE);
    sqlite3_reset(insert.get());
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

}  // namespace mamc::bench
