#include "sqlite.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <memory>

namespace local_board {
namespace {

namespace fs = std::filesystem;
using mamc::sdk::Failure;

constexpr int kPatienceMs = 5000;
constexpr std::size_t kShownOfQuery = 40;
constexpr const char* kDamaged =
    "The file is damaged: put a copy of it in its place, or move it away and begin another board.";

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

bool MayPassByItself(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
      return true;
    default:
      return false;
  }
}

int Bind(sqlite3_stmt* statement, int index, const Json& value) {
  if (value.is_null()) return sqlite3_bind_null(statement, index);
  if (value.is_boolean()) return sqlite3_bind_int(statement, index, value.get<bool>() ? 1 : 0);
  if (value.is_number_integer()) return sqlite3_bind_int64(statement, index, value.get<std::int64_t>());
  if (value.is_number()) return sqlite3_bind_double(statement, index, value.get<double>());
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return sqlite3_bind_text64(statement, index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

Json Column(sqlite3_stmt* statement, int index) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement, index);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, index);
    case SQLITE_NULL:
      return nullptr;
    default: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
      return std::string(text == nullptr ? "" : text,
                         static_cast<std::size_t>(sqlite3_column_bytes(statement, index)));
    }
  }
}

// The tasks are nobody else's business: the innermost folder is its owner's alone.
void MakeFolderOf(const fs::path& path) {
  const fs::path folder = path.parent_path();
  std::error_code error;
  if (folder.empty() || fs::is_directory(folder, error)) return;
  error.clear();
  if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), error);
  if (!error && ::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    error = std::error_code(errno, std::generic_category());
  if (error) {
    throw Failure(MAMC_E_UNAVAILABLE, "The folder of the board " + path.string() + " cannot be made: " +
                                          error.message() + ". Check boards.local.path and its permissions.");
  }
}

// For SQLite an empty file is a new database. Here it is what a full disk or a failed copy has left of a
// board, unless another process is just making it.
bool WasEmptied(const fs::path& path) {
  std::error_code error;
  if (fs::file_size(path, error) != 0 || error || fs::exists(path.string() + "-wal", error)) return false;
  const auto changed = fs::last_write_time(path, error);
  return !error && fs::file_time_type::clock::now() - changed > std::chrono::milliseconds(kPatienceMs);
}

}  // namespace

Database::Database(const std::filesystem::path& path) : path_(path) {
  MakeFolderOf(path);
  if (WasEmptied(path))
    throw Failure(MAMC_E_FAILED, "The board " + path.string() + " cannot be used: it is empty. " + kDamaged);
  constexpr int kFlags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  try {
    if (const int code = sqlite3_open_v2(path.c_str(), &handle_, kFlags, nullptr); code != SQLITE_OK)
      Throw(code, "open");
    sqlite3_busy_timeout(handle_, kPatienceMs);
    Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON");
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() {
  sqlite3_close(handle_);
}

void Database::Execute(const char* statements) {
  if (const int code = sqlite3_exec(handle_, statements, nullptr, nullptr, nullptr); code != SQLITE_OK)
    Throw(code, statements);
}

std::vector<Row> Database::Run(const char* statement, const std::vector<Json>& parameters) {
  sqlite3_stmt* raw = nullptr;
  if (const int code = sqlite3_prepare_v2(handle_, statement, -1, &raw, nullptr); code != SQLITE_OK)
    Throw(code, statement);
  const Statement prepared(raw);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const int code = Bind(raw, static_cast<int>(i) + 1, parameters[i]);
    if (code != SQLITE_OK) Throw(code, statement);
  }
  std::vector<Row> rows;
  int code = SQLITE_OK;
  while ((code = sqlite3_step(raw)) == SQLITE_ROW) {
    Row& row = rows.emplace_back();
    const int columns = sqlite3_column_count(raw);
    for (int i = 0; i < columns; ++i) row.push_back(Column(raw, i));
  }
  if (code != SQLITE_DONE) Throw(code, statement);
  return rows;
}

std::int64_t Database::last_row_id() const {
  return sqlite3_last_insert_rowid(handle_);
}

std::int64_t Database::DataVersion() {
  return Query("PRAGMA data_version").at(0).at(0).get<std::int64_t>();
}

void Database::Throw(int code, const char* doing) const {
  const std::string why = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  const int kind = code & 0xff;
  const bool damaged = kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB;
  std::string query = doing;
  if (query.size() > kShownOfQuery) query = query.substr(0, kShownOfQuery) + "...";
  throw Failure(MayPassByItself(code) ? MAMC_E_UNAVAILABLE : MAMC_E_FAILED,
                "The board " + path_.string() + " cannot be used: " + why + " (SQLite " +
                    std::to_string(code) + " in '" + query + "'). " +
                    (damaged ? kDamaged : "Check boards.local.path, its permissions and the free space."));
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.Execute("ROLLBACK");
  } catch (const Failure&) {
    // SQLite has rolled back by itself (disk full, I/O error): there is no transaction left to end, and the
    // failure that led here is on its way to the caller.
  }
}

void Transaction::Commit() {
  database_.Execute("COMMIT");
  open_ = false;
}

}  // namespace local_board
