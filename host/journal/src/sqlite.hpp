// The little of SQLite that the journal needs: statements that are prepared once and reset by themselves.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "mamc/base/status.hpp"

namespace mamc::journal {

inline Code CodeOf(sqlite3* db) {
  switch (sqlite3_errcode(db)) {
    case SQLITE_FULL:
      return Code::kLimit;
    case SQLITE_BUSY:
      return Code::kConflict;
    default:
      return Code::kFailed;
  }
}

// What the operator can do about the last error.
inline std::string_view AdviceFor(sqlite3* db) {
  switch (sqlite3_errcode(db)) {
    case SQLITE_FULL:
      return "free space on its disk";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return "make the file and its folder writable";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "end the other program that uses the file";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the file is damaged: put back a copy of it, or move it away to begin an empty one";
    default:  // the system's own error is lost by the time SQLite reports it
      return "see that its disk is there, writable and has room, and that no limit on the size of files "
             "(ulimit -f) is in the way";
  }
}

inline Status SqliteStatus(sqlite3* db, std::string_view what) {
  return {CodeOf(db), "journal: cannot " + std::string(what) + ": " + sqlite3_errmsg(db) + ": " +
                          std::string(AdviceFor(db))};
}

class Statement {
 public:
  Statement() = default;
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Status Prepare(sqlite3* db, const char* sql) {
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) != SQLITE_OK)
      return SqliteStatus(db, std::string("prepare \"") + sql + "\"");
    return {};
  }
  Statement& Bind(int at, std::int64_t value) {
    sqlite3_bind_int64(statement_, at, value);
    return *this;
  }
  // The text must live until the statement has been stepped.
  Statement& Bind(int at, std::string_view text) {
    sqlite3_bind_text64(statement_, at, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
    return *this;
  }
  bool Step() {  // true: a row is there
    result_ = sqlite3_step(statement_);
    return result_ == SQLITE_ROW;
  }
  bool failed() const { return result_ != SQLITE_ROW && result_ != SQLITE_DONE; }
  std::int64_t Int(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string Text(int column) const {
    auto text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return text == nullptr
               ? std::string()
               : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }
  void Reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
  int result_ = SQLITE_DONE;
};

}  // namespace mamc::journal
