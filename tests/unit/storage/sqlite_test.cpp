#include "sqlite.hpp"

#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace gatehouse::storage::sqlite {
namespace {

class sqlite_test : public testing::Test {
 protected:
  test::temporary_folder folder_;
  database database_{folder_.path() / "test.db"};
};

TEST_F(sqlite_test, values_come_back_as_they_were) {
  database_.run("CREATE TABLE t (i INTEGER, t TEXT, b BLOB) STRICT");
  statement insert{database_, "INSERT INTO t VALUES (?, ?, ?)"};
  insert.execute(UINT64_MAX, std::string_view{"a\0b", 3}, blob{{"\xFF\0", 2}});
  insert.execute(INT64_MIN, std::string{}, blob{});
  statement select{database_, "SELECT i, t, b FROM t ORDER BY rowid"};
  auto row = select.query();
  ASSERT_TRUE(row.next());
  EXPECT_EQ(static_cast<std::uint64_t>(row.integer(0)), UINT64_MAX);
  EXPECT_EQ(row.bytes(1), (std::string_view{"a\0b", 3}));
  EXPECT_EQ(row.bytes(2), (std::string_view{"\xFF\0", 2}));
  ASSERT_TRUE(row.next()) << "an empty text is not null, which this table refuses";
  EXPECT_EQ(row.integer(0), INT64_MIN);
  EXPECT_EQ(row.bytes(1), "");
  EXPECT_EQ(row.bytes(2), "");
  EXPECT_FALSE(row.next());
}

TEST_F(sqlite_test, a_statement_is_used_again_after_its_rows) {
  database_.run("CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (1), (2)");
  statement select{database_, "SELECT i FROM t WHERE i >= ? ORDER BY i"};
  for (int from = 1; from <= 2; ++from) {
    auto row = select.query(from);
    ASSERT_TRUE(row.next());
    EXPECT_EQ(row.integer(0), from);  // left before its end
  }
}

TEST_F(sqlite_test, a_transaction_without_commit_is_rolled_back) {
  database_.run("CREATE TABLE t (i INTEGER)");
  {
    transaction dropped{database_};
    database_.run("INSERT INTO t VALUES (1)");
    EXPECT_EQ(database_.total_changes(), 1);
  }
  EXPECT_FALSE(database_.is_in_transaction());
  EXPECT_EQ(database_.integer("SELECT count(*) FROM t"), 0);
  transaction kept{database_};
  database_.run("INSERT INTO t VALUES (1)");
  kept.commit();
  EXPECT_EQ(database_.integer("SELECT count(*) FROM t"), 1);
}

TEST_F(sqlite_test, errors_say_of_which_kind_they_are) {
  const auto error_of = [](auto call) -> std::optional<error> {
    try {
      call();
    } catch (const error& thrown) {
      return thrown;
    }
    return std::nullopt;
  };
  database_.run("CREATE TABLE t (i INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
  statement insert{database_, "INSERT INTO t VALUES (?)"};
  const auto twice = error_of([&] { insert.execute(1); });
  ASSERT_TRUE(twice);
  EXPECT_TRUE(twice->is_constraint());
  EXPECT_FALSE(twice->is_damage());
  insert.execute(2);  // it works after an error

  const auto missing = error_of([&] { statement{database_, "SELECT * FROM missing"}; });
  ASSERT_TRUE(missing);
  EXPECT_TRUE(missing->is_schema());

  const auto garbage = folder_.write("garbage.db", std::string(10'000, '?'));
  const auto damage =
      error_of([&] { static_cast<void>(database{garbage}.integer("PRAGMA user_version")); });
  ASSERT_TRUE(damage);
  EXPECT_TRUE(damage->is_damage());
  EXPECT_FALSE(damage->is_full());

  database_.run("PRAGMA max_page_count = 3");
  const auto full = error_of([&] {
    const transaction none_is_kept{database_};
    for (int i = 3; i < 100'000; ++i) insert.execute(i);
  });
  ASSERT_TRUE(full);
  EXPECT_TRUE(full->is_full());
}

}  // namespace
}  // namespace gatehouse::storage::sqlite
