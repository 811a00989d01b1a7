#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

namespace gatehouse::storage {

/// Does to a database file what gatehouse itself would not.
inline void execute(const std::filesystem::path& file, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(::sqlite3_open(file.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(::sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
      << ::sqlite3_errmsg(database);
  EXPECT_EQ(::sqlite3_close(database), SQLITE_OK);
}

}  // namespace gatehouse::storage
