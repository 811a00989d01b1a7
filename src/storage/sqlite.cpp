#include "sqlite.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse::storage::sqlite {
namespace {

/// How long to wait for somebody who looks into the file with another program.
constexpr int busy_timeout_ms = 2'000;

int primary(int code) {
  return code & 0xFF;
}

/// Throws what a call has met that began with `errno` 0.
[[noreturn]] void fail(sqlite3* database) {
  const int last_system_error = errno;
  const int code = ::sqlite3_extended_errcode(database);
  std::string what = ::sqlite3_errmsg(database);
  if (primary(code) != SQLITE_IOERR && primary(code) != SQLITE_CANTOPEN) throw error{code, 0, what};
  const int kept = ::sqlite3_system_errno(database);  // 0 for the errors of a commit
  const int system_error = kept != 0 ? kept : last_system_error;
  if (system_error != 0) what += " (" + std::generic_category().message(system_error) + ")";
  throw error{code, system_error, what};
}

void check(sqlite3* database, int code) {
  if (code != SQLITE_OK) fail(database);
}

/// SQLite itself would create it with what the umask leaves of 0644. Its companions (-wal, -shm)
/// get the mode of the file.
void create(const std::filesystem::path& file) {
  const int created = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (created < 0) {
    const int reason = errno;
    throw error{SQLITE_CANTOPEN, reason,
                "cannot open " + file.string() + ": " + std::generic_category().message(reason)};
  }
  ::close(created);
}

}  // namespace

error::error(int code, int system_error, const std::string& what)
    : std::runtime_error(what), code_(code), system_error_(system_error) {}

bool error::is_damage() const noexcept {
  return primary(code_) == SQLITE_CORRUPT || primary(code_) == SQLITE_NOTADB;
}

bool error::is_full() const noexcept {
  if (primary(code_) == SQLITE_FULL) return true;
  const bool is_io = primary(code_) == SQLITE_IOERR || primary(code_) == SQLITE_CANTOPEN;
  return is_io && (system_error_ == ENOSPC || system_error_ == EDQUOT || system_error_ == EFBIG);
}

bool error::is_constraint() const noexcept {
  return primary(code_) == SQLITE_CONSTRAINT;
}

bool error::is_schema() const noexcept {
  return primary(code_) == SQLITE_ERROR;
}

error damage(const std::string& what) {
  return {SQLITE_CORRUPT, 0, what};
}

rows::~rows() {
  ::sqlite3_reset(statement_);  // its error was reported by `next`
  ::sqlite3_clear_bindings(statement_);
}

bool rows::next() {
  errno = 0;
  const int code = ::sqlite3_step(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(::sqlite3_db_handle(statement_));
  return code == SQLITE_ROW;
}

std::int64_t rows::integer(int column) const noexcept {
  return ::sqlite3_column_int64(statement_, column);
}

std::string_view rows::bytes(int column) const {
  const void* const data = ::sqlite3_column_blob(statement_, column);
  const auto length = static_cast<std::size_t>(::sqlite3_column_bytes(statement_, column));
  if (data == nullptr) {
    // An empty value, or no memory for it; all other errors are those of `next`.
    sqlite3* const database = ::sqlite3_db_handle(statement_);
    if (::sqlite3_errcode(database) == SQLITE_NOMEM) fail(database);
    return {};
  }
  return {static_cast<const char*>(data), length};
}

database::database(const std::filesystem::path& file) {
  create(file);
  // A link in place of the file is refused; one on the way to the folder is not.
  std::error_code ignored;
  const auto folder = std::filesystem::weakly_canonical(file.parent_path(), ignored);
  const auto path = ignored ? file : folder / file.filename();
  sqlite3* opened = nullptr;
  errno = 0;
  const int code = ::sqlite3_open_v2(
      path.c_str(), &opened,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW,
      nullptr);
  handle_.reset(opened);  // also a failed one has to be closed
  if (opened == nullptr) throw error{SQLITE_NOMEM, 0, "out of memory"};
  check(opened, code);
  check(opened, ::sqlite3_busy_timeout(opened, busy_timeout_ms));
}

void database::closer::operator()(sqlite3* handle) const noexcept {
  ::sqlite3_close_v2(handle);
}

void database::run(const char* statements) {
  errno = 0;
  check(handle_.get(), ::sqlite3_exec(handle_.get(), statements, nullptr, nullptr, nullptr));
}

std::int64_t database::integer(const char* sql) {
  statement question{*this, sql};
  auto answer = question.query();
  return answer.next() ? answer.integer(0) : 0;
}

std::int64_t database::total_changes() const noexcept {
  return ::sqlite3_total_changes64(handle_.get());
}

bool database::is_in_transaction() const noexcept {
  return ::sqlite3_get_autocommit(handle_.get()) == 0;
}

statement::statement(database& in, std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  errno = 0;
  check(in.handle(), ::sqlite3_prepare_v3(in.handle(), sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &prepared, nullptr));
  handle_.reset(prepared);
}

void statement::closer::operator()(sqlite3_stmt* handle) const noexcept {
  ::sqlite3_finalize(handle);
}

void statement::bind(int parameter, std::string_view text) {
  const char* const data = text.data() == nullptr ? "" : text.data();  // null is not an empty text
  check(::sqlite3_db_handle(handle_.get()),
        ::sqlite3_bind_text64(handle_.get(), parameter, data, text.size(), SQLITE_STATIC,
                              SQLITE_UTF8));
}

void statement::bind(int parameter, blob value) {
  const char* const data = value.bytes.data() == nullptr ? "" : value.bytes.data();
  check(::sqlite3_db_handle(handle_.get()),
        ::sqlite3_bind_blob64(handle_.get(), parameter, data, value.bytes.size(), SQLITE_STATIC));
}

void statement::bind_integer(int parameter, std::int64_t value) {
  check(::sqlite3_db_handle(handle_.get()), ::sqlite3_bind_int64(handle_.get(), parameter, value));
}

transaction::transaction(database& in) : database_(in) {
  database_.run("BEGIN IMMEDIATE");
}

transaction::~transaction() {
  // After some errors SQLite has rolled back by itself. A failed rollback leaves nothing to be done
  // here: the next transaction fails then, and the file is opened anew.
  if (!database_.is_in_transaction()) return;
  ::sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void transaction::commit() {
  database_.run("COMMIT");
}

}  // namespace gatehouse::storage::sqlite
