#include "spool_fixture.hpp"

#include <sys/stat.h>

namespace gatehouse::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(spool_test, gives_back_what_was_stored) {
  open();
  stored_event dropped_first = event_at(8);
  dropped_first.rank = event_rank::shed_first;
  dropped_first.mark = 5;
  const new_block block =
      make_block(3, {event_at(7, ""), dropped_first, event_at(9, std::string(3 * mebibyte, 'x'))});
  EXPECT_EQ(store({block}).outcome, store_outcome::stored);

  const load_result loaded = load_all(3);
  EXPECT_TRUE(loaded.is_end);
  EXPECT_EQ(loaded.error, "");
  ASSERT_EQ(loaded.blocks.size(), 1U);
  EXPECT_EQ(loaded.blocks[0].id, block.id);
  EXPECT_EQ(loaded.blocks[0].last_position, 9);
  EXPECT_EQ(loaded.blocks[0].events.data(), block.events.data());
  EXPECT_EQ(loaded.blocks[0].events.marks(), block.events.marks());
}

TEST_F(spool_test, a_store_is_taken_as_a_whole_or_not_at_all) {
  open();
  constexpr int last_shard = (1 << 20) - 1;
  constexpr std::int64_t last_position = (std::int64_t{1} << 62) - 1;
  store(last_shard, {event_at(last_position)});
  EXPECT_THAT(stored_positions(last_shard), ElementsAre(last_position));
  const auto refused = [&](int shard_id, const std::vector<stored_event>& events) {
    return store({make_block(0, {event_at(1)}), make_block(shard_id, events)}).outcome ==
           store_outcome::failed;
  };
  EXPECT_TRUE(refused(last_shard + 1, {event_at(1)}));
  EXPECT_TRUE(refused(-1, {event_at(1)}));
  EXPECT_TRUE(refused(1, {event_at(last_position + 1)}));
  EXPECT_TRUE(refused(1, {event_at(-1)}));
  EXPECT_TRUE(refused(1, {event_at(2), event_at(2)})) << "positions ascend";
  EXPECT_EQ(stored().usage().events, 1U);
  EXPECT_THAT(stored_positions(0), IsEmpty());
}

TEST_F(spool_test, calls_are_carried_out_and_answered_in_their_order) {
  open();
  std::vector<int> answers;
  std::vector<std::size_t> seen;
  const auto look = [&] {
    stored().load({{0, one_url}, 0, mebibyte},
                  [&](const load_result& r) { seen.push_back(r.blocks.size()); });
  };
  for (int i = 0; i < 50; ++i) {
    std::vector<new_block> blocks;
    blocks.push_back(make_block(0, {event_at(i)}));
    const auto id = blocks[0].id;
    stored().store(std::move(blocks), [&, i](const store_result&) { answers.push_back(i); });
    look();
    stored().remove({id});
    look();
  }
  settle();
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(answers.at(i), static_cast<int>(i));
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i % 2 == 0 ? 1U : 0U);
  EXPECT_EQ(seen.size(), 100U);
}

TEST_F(spool_test, removes_what_is_named_and_ignores_what_is_not_there) {
  open();
  const auto first = store(1, {event_at(1), event_at(2)});
  store(1, {event_at(3)});
  store(2, {event_at(2)});
  stored().remove({first, 99, UINT64_MAX});
  stored().remove({});
  EXPECT_THAT(stored_positions(1), ElementsAre(3));
  EXPECT_THAT(stored_positions(2), ElementsAre(2));
  EXPECT_EQ(stored().usage().events, 2U);
}

TEST_F(spool_test, a_block_stored_again_replaces_the_former) {
  open();
  const new_block block = make_block(1, {event_at(1), event_at(2)});
  store({block});
  EXPECT_EQ(store({{block.id, block.queue, block_of({event_at(1)})}}).outcome,
            store_outcome::stored);
  EXPECT_THAT(stored_positions(1), ElementsAre(1));
  EXPECT_EQ(stored().usage().events, 1U);
}

TEST_F(spool_test, marks_come_back_and_count) {
  open();
  const auto id = store(1, {event_at(1), event_at(2), event_at(3)});
  stored().mark_one(id, 1, 6);
  stored().mark_one(id, 3, 6);  // beyond
  stored().mark(99, {mark_done});
  stored().mark(id, {mark_done});  // not of this block
  EXPECT_EQ(load_all(1).blocks.at(0).events.marks(), (std::vector<event_mark>{0, 6, 0}));
  EXPECT_EQ(stored().usage().events, 3U);

  stored().mark(id, {mark_done, 6, mark_open});
  EXPECT_THAT(stored_positions(1), ElementsAre(2, 3));
  EXPECT_EQ(stored().usage().events, 2U);
  stored().mark_one(id, 2, mark_done);
  close();
  open();
  EXPECT_EQ(load_all(1).blocks.at(0).events.marks(), (std::vector<event_mark>{1, 6, 1}));
  EXPECT_EQ(stored().usage().events, 1U);
  stored().mark_one(id, 1, mark_done);
  EXPECT_TRUE(load_all(1).blocks.empty()) << "without an open event it goes";
  EXPECT_EQ(stored().usage().events, 0U);
}

class spool_load_test : public spool_test {
 protected:
  spool_load_test() {
    open();
    for (std::int64_t i = 0; i < 20; i += 2) {
      new_block made = make_block(4, {event_at(i), event_at(i + 1)});
      if (i % 4 == 2) made.queue.url = "http://other/";
      block_bytes_ = made.events.bytes();
      store({std::move(made)});
    }
    store(3, {event_at(5)});
    store(5, {event_at(5)});
  }

  std::vector<std::int64_t> positions(const load_request& wanted, bool is_end) {
    const auto loaded = load(wanted);
    EXPECT_EQ(loaded.is_end, is_end);
    std::vector<std::int64_t> all;
    for (const auto& block : loaded.blocks) all.push_back(block.last_position);
    return all;
  }

  std::size_t block_bytes_ = 0;
};

TEST_F(spool_load_test, reads_one_queue) {
  EXPECT_THAT(positions({{4, one_url}, 0, mebibyte}, true), ElementsAre(1, 5, 9, 13, 17));
  EXPECT_THAT(positions({{4, "http://other/"}, 0, mebibyte}, true), ElementsAre(3, 7, 11, 15, 19));
  EXPECT_THAT(positions({{4, "http://no/"}, 0, mebibyte}, true), IsEmpty());
  EXPECT_THAT(positions({{6, one_url}, 0, mebibyte}, true), IsEmpty());
}

TEST_F(spool_load_test, begins_at_a_position) {
  EXPECT_THAT(positions({{4, one_url}, 8, mebibyte}, true), ElementsAre(9, 13, 17));
  EXPECT_THAT(positions({{4, one_url}, 9, mebibyte}, true), ElementsAre(13, 17));
  EXPECT_THAT(positions({{4, one_url}, 17, mebibyte}, true), IsEmpty());
  EXPECT_THAT(positions({{4, one_url}, INT64_MIN, 1}, false), ElementsAre(1));
  EXPECT_THAT(positions({{4, one_url}, INT64_MAX, 1}, true), IsEmpty());
}

TEST_F(spool_load_test, is_bounded_by_bytes) {
  EXPECT_THAT(positions({{4, one_url}, 0, 3 * block_bytes_}, false), ElementsAre(1, 5, 9));
  EXPECT_THAT(positions({{4, one_url}, 0, 3 * block_bytes_ - 1}, false), ElementsAre(1, 5));
  EXPECT_THAT(positions({{4, one_url}, 0, 0}, false), ElementsAre(1)) << "one at least";
  EXPECT_THAT(positions({{4, one_url}, 12, 2 * block_bytes_}, true), ElementsAre(13, 17));
}

TEST_F(spool_test, carries_out_everything_before_it_closes) {
  open();
  std::uint64_t first = 0;
  for (int i = 0; i < 500; ++i) {
    std::vector<new_block> blocks;
    blocks.push_back(make_block(0, {event_at(i)}));
    if (i == 0) first = blocks[0].id;
    stored().store(std::move(blocks), {});
  }
  stored().remove({first});
  close();
  open();
  EXPECT_EQ(stored().found().at(0).events, 499U);
  EXPECT_EQ(stored().found().at(0).first_position, 1);
}

TEST_F(spool_test, a_crash_loses_nothing_that_was_stored) {
  open();
  const auto first = store(0, {event_at(1)});
  store(0, {event_at(2)});
  stored().remove({first});
  settle();
  // What the disk holds at this moment is what a killed process leaves.
  const test::temporary_folder after_crash;
  for (const char* name : {"spool.db", "spool.db-wal"}) {
    std::filesystem::copy_file(folder_.path() / name, after_crash.path() / name);
  }
  const spool next{{after_crash.path(), mebibyte, {}}, log_.log()};
  ASSERT_EQ(next.found().size(), 1U);
  EXPECT_EQ(next.found()[0].first_position, 2);
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(spool_test, its_files_are_private) {
  open();
  store(1, {event_at(1)});
  for (const char* name : {"spool.db", "spool.db-wal"}) {
    struct stat found {};
    ASSERT_EQ(::stat((folder_.path() / name).c_str(), &found), 0) << name;
    EXPECT_EQ(found.st_mode & 0777U, 0600U) << name;
  }
}

}  // namespace
}  // namespace gatehouse::storage
