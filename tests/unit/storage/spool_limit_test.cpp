#include "file_size_limit.hpp"
#include "spool_fixture.hpp"

#include <thread>

namespace gatehouse::storage {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(spool_test, the_limit_refuses_what_goes_beyond) {
  open(2 * mebibyte);
  EXPECT_EQ(store_large(0, 1, mebibyte).outcome, store_outcome::stored);
  const store_result refused = store_large(0, 2, mebibyte);
  EXPECT_EQ(refused.outcome, store_outcome::full);
  EXPECT_EQ(refused.reason, "the limit of 2 MiB is reached");

  const spool_usage usage = stored().usage();
  EXPECT_TRUE(usage.is_working) << "a limit is no failure of the disk";
  EXPECT_EQ(usage.write_failures, 0U);
  EXPECT_EQ(usage.events, 1U);
  EXPECT_GE(usage.bytes, mebibyte);
  EXPECT_LE(usage.bytes, usage.limit_bytes);
  EXPECT_THAT(log_.lines(), ElementsAre(StartsWith("warning: spool: ")));
}

TEST_F(spool_test, the_limit_refuses_one_store_of_a_transaction_and_takes_the_others) {
  open(2 * mebibyte);
  std::vector<store_outcome> outcomes;
  const auto store_later = [&](std::int64_t position, std::size_t bytes) {
    std::vector<new_block> blocks;
    blocks.push_back(make_large(0, position, bytes));
    stored().store(std::move(blocks),
                   [&](const store_result& result) { outcomes.push_back(result.outcome); });
  };
  store_later(1, mebibyte);
  store_later(2, mebibyte);
  store_later(3, 1'000);
  settle();
  using enum store_outcome;
  EXPECT_THAT(outcomes, ElementsAre(stored, full, stored));
  EXPECT_THAT(stored_positions(0), ElementsAre(1, 3));
}

TEST_F(spool_test, what_is_removed_makes_room_within_the_limit) {
  open(2 * mebibyte);
  const auto first = store(0, {event_at(1, std::string(mebibyte, 'x'))});
  EXPECT_EQ(store_large(0, 2, mebibyte).outcome, store_outcome::full);
  stored().remove({first});
  EXPECT_EQ(store_large(0, 2, mebibyte).outcome, store_outcome::stored);
  EXPECT_THAT(log_.lines(), Contains(StartsWith("info: spool: ")));
}

TEST_F(spool_test, a_limit_holds_from_when_it_is_set) {
  open(mebibyte / 2);
  EXPECT_EQ(store_large(0, 1, mebibyte).outcome, store_outcome::full);
  stored().set_limit(4 * mebibyte);
  EXPECT_EQ(store_large(0, 1, mebibyte).outcome, store_outcome::stored);
  EXPECT_EQ(stored().usage().limit_bytes, 4 * mebibyte);
}

TEST_F(spool_test, an_empty_file_gives_its_room_back_to_the_disk) {
  open();
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(store(0, {event_at(i, std::string(mebibyte, 'x'))}));
  stored().remove(ids);
  const auto is_large = [](const std::filesystem::path& of) {
    return std::filesystem::file_size(of) > mebibyte / 2;
  };
  while (is_large(file()) || is_large(file().string() + "-wal")) std::this_thread::yield();
  EXPECT_EQ(stored().usage().events, 0U);
  store(0, {event_at(1)});
  EXPECT_LT(stored().usage().bytes, mebibyte / 2);
}

TEST_F(spool_test, a_full_disk_leaves_events_to_their_owner_until_there_is_room) {
  open();
  store(0, {event_at(1)});
  {
    const file_size_limit full_disk{mebibyte};
    const store_result refused = store_large(0, 2, 2 * mebibyte);
    EXPECT_EQ(refused.outcome, store_outcome::full);
    EXPECT_THAT(refused.reason, HasSubstr("File too large"));
    EXPECT_FALSE(stored().usage().is_working);
    EXPECT_GE(stored().usage().write_failures, 1U);
    EXPECT_THAT(stored_positions(0), ElementsAre(1)) << "reading goes on";
  }
  EXPECT_EQ(store_large(0, 2, 2 * mebibyte).outcome, store_outcome::stored);
  EXPECT_TRUE(stored().usage().is_working);
  EXPECT_THAT(log_.lines(),
              ElementsAre(StartsWith("error: spool: "), HasSubstr("takes events again")));
}

TEST_F(spool_test, a_store_without_room_does_not_take_removals_of_its_transaction_along) {
  open();
  const auto first = store(0, {event_at(1)});
  store(0, {event_at(2)});
  const file_size_limit full_disk{mebibyte};
  std::optional<store_outcome> outcome;
  std::vector<new_block> large;
  large.push_back(make_large(0, 3, 2 * mebibyte));
  stored().store(std::move(large), [&](const store_result& r) { outcome = r.outcome; });
  stored().remove({first});
  settle();
  EXPECT_EQ(outcome, store_outcome::full);
  EXPECT_THAT(stored_positions(0), ElementsAre(2));
  EXPECT_EQ(stored().usage().events, 1U);
}

TEST_F(spool_test, a_change_that_cannot_be_written_is_seen_at_once_and_written_later) {
  open();
  const auto first = store(0, {event_at(1)});
  stored_event typing = event_at(4);
  typing.rank = event_rank::shed_first;
  const auto second = store(0, {event_at(2), event_at(3), typing});
  {
    const file_size_limit nothing_can_be_written{1};
    stored().remove({first});
    stored().mark(second, {mark_done, mark_open, mark_open});
    stored().mark_one(second, 1, 6);
    stored().remember_routing("routing");
    const auto loaded = load_all(0);
    ASSERT_EQ(loaded.blocks.size(), 1U);
    EXPECT_EQ(loaded.blocks[0].events.marks(), (std::vector<event_mark>{1, 6, 0}));
    EXPECT_THAT(shed({{{{0, one_url}, 0}}, mebibyte}), IsEmpty());
    EXPECT_FALSE(stored().usage().is_working);
  }
  close();
  open();
  EXPECT_EQ(load_all(0).blocks.at(0).events.marks(), (std::vector<event_mark>{1, 6, 0}));
  EXPECT_EQ(stored().found().at(0).events, 2U);
  EXPECT_EQ(stored().found_routing(), "routing");
}

TEST_F(spool_test, a_removal_that_could_not_be_written_needs_no_further_call) {
  open();
  const auto id = store(0, {event_at(1)});
  {
    const file_size_limit nothing_can_be_written{1};
    stored().remove({id});
    settle();
    EXPECT_EQ(stored().usage().events, 1U);
  }
  while (stored().usage().events != 0) std::this_thread::yield();
}

}  // namespace
}  // namespace gatehouse::storage
