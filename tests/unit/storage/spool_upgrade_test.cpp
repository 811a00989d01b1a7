#include "foreign_sql.hpp"
#include "spool_fixture.hpp"

namespace gatehouse::storage {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// Layout 1, as gatehouse made it until it had blocks.
constexpr const char* first_layout =
    "PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
    "CREATE TABLE events (id INTEGER PRIMARY KEY, route INTEGER NOT NULL, rank INTEGER NOT NULL,"
    " is_barrier INTEGER NOT NULL, guild_id INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " received_unix_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, deferred INTEGER NOT NULL,"
    " type TEXT NOT NULL, session_id TEXT NOT NULL, payload BLOB NOT NULL) STRICT;"
    "CREATE INDEX shed_first_events ON events (id) WHERE rank = 0;"
    "CREATE INDEX last_resort_events ON events (id) WHERE rank = 2;"
    "PRAGMA user_version = 1;";

class spool_upgrade_test : public spool_test {
 protected:
  void make_file(const std::string& rows) {
    execute(file(), first_layout);
    execute(file(), rows.c_str());
  }
  void upgrade() {
    spool_.emplace(spool_options{folder_.path(), 1'024 * mebibyte,
                                 [](int shard_id, std::string_view type) {
                                   return type == "READY"
                                              ? std::string{"http://ready/"}
                                              : "http://shard/" + std::to_string(shard_id);
                                 }},
                   log_.log());
  }
};

TEST_F(spool_upgrade_test, rows_become_blocks_in_their_order_with_all_that_is_known_of_them) {
  make_file(
      "INSERT INTO events VALUES"
      " ((3 << 40) | 7, 9, 0, 1, -1, 12, 1700000000000, 3, 6, 'INTERACTION_CREATE', 's', x'00FF'),"
      " ((3 << 40) | 8, 9, 2, 1, 0, 0, 1700000000001, 0, 0, 'READY', '', x''),"
      " ((3 << 40) | 6, 9, 1, 0, 5, 11, 1700000000002, 0, 0, 'MESSAGE_CREATE', 's', x'61'),"
      " ((1 << 40) | 9, 9, 1, 0, 5, 11, 1700000000003, 0, 99, 'MESSAGE_CREATE', 's', x'61')");
  upgrade();
  ASSERT_THAT(stored().found(), SizeIs(3));
  EXPECT_EQ(stored().usage().events, 4U);
  EXPECT_THAT(open_positions(load_all(1, "http://shard/1")), ElementsAre(9));
  EXPECT_THAT(open_positions(load_all(3, "http://ready/")), ElementsAre(8));
  const auto loaded = load_all(3, "http://shard/3");
  ASSERT_EQ(loaded.blocks.size(), 1U);
  std::vector<stored_event> events;
  EXPECT_TRUE(loaded.blocks[0].events.for_each([&](const auto& e) { events.push_back(e); }));
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].position, 6);
  EXPECT_EQ(events[1].position, 7);
  EXPECT_EQ(events[1].guild_id, UINT64_MAX);
  EXPECT_EQ(events[1].seq, 12);
  EXPECT_EQ(events[1].received_unix_ms, 1'700'000'000'000);
  EXPECT_EQ(events[1].attempts, 3U);
  EXPECT_EQ(events[1].rank, event_rank::shed_first);
  EXPECT_TRUE(events[1].is_barrier);
  EXPECT_EQ(events[1].mark, 6);
  EXPECT_EQ(events[1].session_id, "s");
  EXPECT_EQ(events[1].type, "INTERACTION_CREATE");
  EXPECT_EQ(events[1].payload, (std::string_view{"\0\xFF", 2}));
}

TEST_F(spool_upgrade_test, it_is_done_once) {
  make_file("INSERT INTO events VALUES (1, 0, 1, 0, 0, 1, 0, 0, 0, 'T', 's', x'61')");
  upgrade();
  stored().remove({load_all(0, "http://shard/0").blocks.at(0).id});
  close();
  upgrade();
  EXPECT_EQ(stored().usage().events, 0U);
  EXPECT_TRUE(log_.lines().empty());
}

TEST_F(spool_upgrade_test, a_large_file_becomes_blocks_of_bounded_size_in_about_the_same_room) {
  make_file(
      "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)"
      " INSERT INTO events SELECT ((i % 2) << 40) | i, 0, 1, 0, i, i, i, 0, 0, 'T', 's',"
      " zeroblob(1000) FROM n");
  const auto size = std::filesystem::file_size(file());
  upgrade();
  for (const int shard_id : {0, 1}) {
    const auto loaded = load_all(shard_id, "http://shard/" + std::to_string(shard_id));
    const auto positions = open_positions(loaded);
    ASSERT_THAT(positions, SizeIs(10'000));
    for (std::size_t i = 0; i < positions.size(); ++i) {
      ASSERT_EQ(positions[i], static_cast<std::int64_t>(2 * i) + shard_id);
    }
    for (const auto& block : loaded.blocks) EXPECT_LT(block.events.bytes(), mebibyte / 2);
    EXPECT_LT(loaded.blocks.size(), 100U);
  }
  close();
  EXPECT_LT(std::filesystem::file_size(file()), size + size / 2);
}

TEST_F(spool_upgrade_test, senseless_rows_are_left_out_and_counted) {
  make_file(
      "INSERT INTO events VALUES (-5, 0, 1, 0, 0, 1, 0, 0, 0, 'T', 's', x'61'),"
      " (9223372036854775807, 0, 1, 0, 0, 1, 0, 0, 0, 'T', 's', x'61'),"
      " (-9223372036854775808, 0, 1, 0, 0, 1, 0, 0, 0, 'T', 's', x'61'),"
      " (4, 0, 77, 0, 0, 1, -9223372036854775808, 0, 0, 'T', 's', x'61')");
  upgrade();
  EXPECT_THAT(stored().found(), SizeIs(1));
  EXPECT_EQ(stored().usage().events, 1U);
  EXPECT_EQ(stored().usage().lost_events, 3U);
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("3 stored events")));
  EXPECT_THAT(open_positions(load_all(0, "http://shard/0")), ElementsAre(4));
}

TEST_F(spool_upgrade_test, what_cannot_be_upgraded_is_set_aside) {
  execute(file(), "CREATE TABLE t (x); PRAGMA user_version = 1");
  upgrade();
  EXPECT_THAT(files_like("spool.db.damaged-"), SizeIs(1));
  EXPECT_TRUE(stored().usage().is_working);
}

}  // namespace
}  // namespace gatehouse::storage
