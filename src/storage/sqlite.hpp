#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

/// SQLite with owners for its handles and exceptions for its errors. They stay within this module:
/// what others see are results. A database and its statements belong to one thread at a time.
namespace gatehouse::storage::sqlite {

class error : public std::runtime_error {
 public:
  error(int code, int system_error, const std::string& what);

  [[nodiscard]] bool is_damage() const noexcept;  ///< the file is no (longer a) database
  [[nodiscard]] bool is_full() const noexcept;    ///< no room on the disk, or no leave to use it
  [[nodiscard]] bool is_constraint() const noexcept;  ///< such a row exists
  [[nodiscard]] bool is_schema() const noexcept;      ///< a table or column is not there

 private:
  int code_;  ///< extended
  int system_error_;
};

/// What a check of the file has found.
error damage(const std::string& what);

/// A text or blob in others' memory.
struct blob {
  std::string_view bytes;
};

/// Rows of a statement that was given its values; ends it when destroyed.
class rows {
 public:
  explicit rows(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  ~rows();
  rows(const rows&) = delete;
  rows& operator=(const rows&) = delete;

  /// Moves on to the next row, at first to the first; false: there is none.
  bool next();

  [[nodiscard]] std::int64_t integer(int column) const noexcept;
  /// Texts and blobs; valid until `next`.
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  sqlite3_stmt* statement_;
};

class database {
 public:
  /// Creates the file where there is none, for its owner alone.
  explicit database(const std::filesystem::path& file);
  database(database&&) noexcept = default;
  database& operator=(database&&) noexcept = default;

  /// Statements without values, one or more.
  void run(const char* statements);
  /// The first column of the first row of a statement without values.
  [[nodiscard]] std::int64_t integer(const char* statement);

  /// Rows that were inserted, changed or removed since it was opened.
  [[nodiscard]] std::int64_t total_changes() const noexcept;
  [[nodiscard]] bool is_in_transaction() const noexcept;

  [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }

 private:
  struct closer {
    void operator()(sqlite3* handle) const noexcept;
  };
  std::unique_ptr<sqlite3, closer> handle_;
};

/// A statement that is translated once.
class statement {
 public:
  statement(database& in, std::string_view sql);

  /// Values for its parameters, in their order; texts and blobs have to outlive the rows.
  template <class... Values>
  [[nodiscard]] rows query(const Values&... values) {
    int parameter = 0;
    (bind(++parameter, values), ...);
    return rows{handle_.get()};
  }

  template <class... Values>
  void execute(const Values&... values) {
    auto all = query(values...);
    while (all.next()) {
    }
  }

 private:
  struct closer {
    void operator()(sqlite3_stmt* handle) const noexcept;
  };

  void bind(int parameter, std::string_view text);
  void bind(int parameter, blob value);
  void bind_integer(int parameter, std::int64_t value);
  /// Also unsigned numbers of 64 bits, which come back through the same conversion.
  template <std::integral Integer>
  void bind(int parameter, Integer value) {
    bind_integer(parameter, static_cast<std::int64_t>(value));
  }

  std::unique_ptr<sqlite3_stmt, closer> handle_;
};

/// Rolled back unless committed.
class transaction {
 public:
  explicit transaction(database& in);
  ~transaction();
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  void commit();

 private:
  database& database_;
};

}  // namespace gatehouse::storage::sqlite
