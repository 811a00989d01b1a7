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

event_batch large_batch(int shard_id, std::int64_t position, std::size_t bytes) {
  event_batch batch;
  batch.add(make_event(shard_id, position), std::string(bytes, 'x'));
  return batch;
}

TEST_F(spool_test, the_limit_refuses_what_goes_beyond_and_gives_it_back) {
  open(2 * mebibyte);
  EXPECT_EQ(store(large_batch(0, 1, mebibyte)).outcome, store_outcome::stored);
  const store_result refused = store(large_batch(0, 2, mebibyte));
  EXPECT_EQ(refused.outcome, store_outcome::full);
  EXPECT_EQ(refused.reason, "the limit of 2 MiB is reached");
  EXPECT_EQ(keys_of(facts_of(refused.batch)), (std::vector{event_key{0, 2}}));
  EXPECT_EQ(refused.batch.payload(0), std::string(mebibyte, 'x'));

  const spool_usage usage = stored().usage();
  EXPECT_TRUE(usage.is_working) << "a limit is no failure of the disk";
  EXPECT_EQ(usage.write_failures, 0U);
  EXPECT_EQ(usage.events, 1U);
  EXPECT_GE(usage.bytes, mebibyte);
  EXPECT_LE(usage.bytes, usage.limit_bytes);
  EXPECT_THAT(log_.lines(), ElementsAre(StartsWith("warning: spool: ")));
}

TEST_F(spool_test, the_limit_refuses_one_batch_of_a_transaction_and_takes_the_others) {
  open(2 * mebibyte);
  std::vector<store_outcome> outcomes;
  const auto note = [&](const store_result& result) { outcomes.push_back(result.outcome); };
  stored().store(large_batch(0, 1, mebibyte), note);
  stored().store(large_batch(0, 2, mebibyte), note);
  stored().store(large_batch(0, 3, 1'000), note);
  settle();
  using enum store_outcome;
  EXPECT_THAT(outcomes, ElementsAre(stored, full, stored));
  EXPECT_THAT(stored_keys(0), ElementsAre(event_key{0, 1}, event_key{0, 3}));
}

TEST_F(spool_test, what_is_removed_makes_room_within_the_limit) {
  open(2 * mebibyte);
  store(large_batch(0, 1, mebibyte));
  EXPECT_EQ(store(large_batch(0, 2, mebibyte)).outcome, store_outcome::full);
  stored().remove({{0, 1}});
  EXPECT_EQ(store(large_batch(0, 2, mebibyte)).outcome, store_outcome::stored);
  EXPECT_THAT(log_.lines(), Contains(StartsWith("info: spool: ")));
}

TEST_F(spool_test, an_empty_file_gives_its_room_back_to_the_disk) {
  open();
  for (int i = 0; i < 8; ++i) store(large_batch(0, i, mebibyte));
  stored().remove({{0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 7}});
  const auto is_large = [](const std::filesystem::path& of) {
    return std::filesystem::file_size(of) > mebibyte / 2;
  };
  while (is_large(file()) || is_large(file().string() + "-wal")) std::this_thread::yield();
  EXPECT_EQ(stored().usage().events, 0U);
  EXPECT_EQ(store({make_event(0, 1)}), store_outcome::stored);
  EXPECT_LT(stored().usage().bytes, mebibyte / 2);
}

TEST_F(spool_test, a_full_disk_leaves_events_to_their_owner_until_there_is_room) {
  open();
  store({make_event(0, 1)});
  {
    const file_size_limit full_disk{mebibyte};
    const store_result refused = store(large_batch(0, 2, 2 * mebibyte));
    EXPECT_EQ(refused.outcome, store_outcome::full);
    EXPECT_THAT(refused.reason, HasSubstr("File too large"));
    EXPECT_EQ(keys_of(facts_of(refused.batch)), (std::vector{event_key{0, 2}}));
    EXPECT_FALSE(stored().usage().is_working);
    EXPECT_GE(stored().usage().write_failures, 1U);
    EXPECT_THAT(stored_keys(0), ElementsAre(event_key{0, 1})) << "reading goes on";
  }
  EXPECT_EQ(store(large_batch(0, 2, 2 * mebibyte)).outcome, store_outcome::stored);
  EXPECT_TRUE(stored().usage().is_working);
  EXPECT_THAT(log_.lines(),
              ElementsAre(StartsWith("error: spool: "), HasSubstr("takes events again")));
}

TEST_F(spool_test, a_store_without_room_does_not_take_removals_of_its_transaction_along) {
  open();
  store({make_event(0, 1), make_event(0, 2)});
  const file_size_limit full_disk{mebibyte};
  std::optional<store_outcome> outcome;
  stored().store(large_batch(0, 3, 2 * mebibyte), [&](store_result r) { outcome = r.outcome; });
  stored().remove({{0, 1}});
  settle();
  EXPECT_EQ(outcome, store_outcome::full);
  EXPECT_THAT(stored_keys(0), ElementsAre(event_key{0, 2}));
  EXPECT_EQ(stored().usage().events, 1U);
}

TEST_F(spool_test, a_removal_that_cannot_be_written_is_seen_at_once_and_written_later) {
  open();
  store({make_event(0, 1), make_event(0, 2), make_event(0, 3)});
  {
    const file_size_limit nothing_can_be_written{1};
    stored().remove({{0, 1}});
    stored().mark_deferred({0, 2}, 6);
    const auto loaded = load_all(0);
    EXPECT_EQ(keys_of(facts_of(loaded.batch)), (std::vector<event_key>{{0, 2}, {0, 3}}));
    EXPECT_EQ(loaded.batch.facts(0).deferred, 6);
    EXPECT_THAT(purge({{0}, event_rank::ordinary, INT64_MAX, 10}), IsEmpty());
    EXPECT_FALSE(stored().usage().is_working);
  }
  close();
  open();
  EXPECT_EQ(keys_of(stored().found()), (std::vector<event_key>{{0, 2}, {0, 3}}));
  EXPECT_EQ(stored().found().at(0).deferred, 6);
}

TEST_F(spool_test, a_removal_that_could_not_be_written_needs_no_further_call) {
  open();
  store({make_event(0, 1)});
  {
    const file_size_limit nothing_can_be_written{1};
    stored().remove({{0, 1}});
    settle();
    EXPECT_EQ(stored().usage().events, 1U);
  }
  while (stored().usage().events != 0) std::this_thread::yield();
}

}  // namespace
}  // namespace gatehouse::storage
