#include "foreign_sql.hpp"
#include "spool_fixture.hpp"

#include <malloc.h>

namespace gatehouse::storage {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST_F(spool_test, finds_the_numbers_of_each_queue_after_a_restart) {
  open();
  EXPECT_THAT(stored().found(), IsEmpty());
  store(12, {event_at(2)});
  store(0, {event_at(4), event_at(5)});
  const auto marked = store(0, {event_at(9), event_at(11)});
  new_block other = make_block(0, {event_at(1), event_at(3)});
  other.queue.url = "http://other/";
  store({other});
  const auto gone = store(5, {event_at(5)});
  stored().mark_one(marked, 0, mark_done);
  stored().remove({gone});
  close();

  open();
  const auto& found = stored().found();
  ASSERT_EQ(found.size(), 3U) << "by shard and first position";
  EXPECT_EQ(found[0].key, (queue_key{0, "http://other/"}));
  EXPECT_EQ(found[1].key, (queue_key{0, one_url}));
  EXPECT_EQ(found[1].first_position, 4);
  EXPECT_EQ(found[1].last_position, 11);
  EXPECT_EQ(found[1].events, 3U);
  EXPECT_GT(found[1].bytes, 0U);
  EXPECT_EQ(found[2].key, (queue_key{12, one_url}));
  EXPECT_EQ(stored().usage().events, 6U);
}

TEST_F(spool_test, ids_are_unique_over_restarts) {
  open();
  const auto first = store(0, {event_at(1)});
  close();
  open();
  const auto second = store(0, {event_at(2)});
  EXPECT_GT(second, first);
  EXPECT_EQ(stored().next_id(), second + 1);
}

TEST_F(spool_test, remembers_the_routing_over_restarts_and_in_a_new_file) {
  open();
  EXPECT_EQ(stored().found_routing(), "");
  stored().remember_routing("first");
  stored().remember_routing("second");
  close();
  open();
  EXPECT_EQ(stored().found_routing(), "second");
}

/// The memory is that of the queues and of SQLite's cache, whose bound is 16 MiB.
TEST_F(spool_test, a_start_takes_no_memory_for_each_event_or_block) {
  open();
  store(0, {event_at(1)});
  close();
  execute(file(),
          "BEGIN; WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)"
          " INSERT INTO blocks SELECT i, i % 8, 'http://handler/', i * 10, i * 10 + 9, 0, 10, 0, "
          "10000, 0, zeroblob(10) FROM n; COMMIT");
  const auto before = ::mallinfo2();
  open();
  const auto after = ::mallinfo2();
  EXPECT_THAT(stored().found(), SizeIs(9));
  EXPECT_EQ(stored().usage().events, 1'999'991U);
  EXPECT_LT(after.uordblks + after.hblkhd, before.uordblks + before.hblkhd + 20 * mebibyte);
}

}  // namespace
}  // namespace gatehouse::storage
