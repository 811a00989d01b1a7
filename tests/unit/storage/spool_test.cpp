#include "spool_fixture.hpp"

#include <sys/stat.h>

namespace gatehouse::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(spool_test, gives_back_what_was_stored) {
  open();
  const std::vector events{make_event(3, 7), make_event(3, 8, event_rank::shed_first),
                           make_event(3, 9, event_rank::last_resort)};
  const store_result stored = store(make_batch(events));
  EXPECT_EQ(stored.outcome, store_outcome::stored);
  EXPECT_EQ(facts_of(stored.batch), events) << "the batch is given back";

  const load_result loaded = load_all(3);
  EXPECT_TRUE(loaded.is_end);
  EXPECT_EQ(loaded.error, "");
  EXPECT_EQ(facts_of(loaded.batch), events);
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(loaded.batch.payload(i), payload_of(events[i].key));
  }
}

TEST_F(spool_test, payloads_are_bytes_of_any_kind_and_size) {
  open();
  event_batch batch;
  batch.add(make_event(0, 1), "");
  batch.add(make_event(0, 2), std::string_view{"a\0b\xFF", 4});
  batch.add(make_event(0, 3), std::string(3 * mebibyte, 'x'));
  EXPECT_EQ(store(std::move(batch)).outcome, store_outcome::stored);

  const load_result loaded = load_all(0);
  ASSERT_EQ(loaded.batch.size(), 3U);
  EXPECT_EQ(loaded.batch.payload(0), "");
  EXPECT_EQ(loaded.batch.payload(1), (std::string_view{"a\0b\xFF", 4}));
  EXPECT_EQ(loaded.batch.payload(2), std::string(3 * mebibyte, 'x'));
}

TEST_F(spool_test, the_largest_ids_are_taken_and_larger_ones_are_not) {
  open();
  constexpr int last_shard = (1 << 20) - 1;
  constexpr std::int64_t last_position = (std::int64_t{1} << 40) - 1;
  EXPECT_EQ(store({make_event(last_shard, last_position)}), store_outcome::stored);
  EXPECT_THAT(stored_keys(last_shard), ElementsAre(event_key{last_shard, last_position}));
  EXPECT_THAT(stored_keys(last_shard - 1), IsEmpty());

  EXPECT_EQ(store({make_event(0, 1), make_event(last_shard + 1, 0)}), store_outcome::failed);
  EXPECT_EQ(store({make_event(0, 2), make_event(0, last_position + 1)}), store_outcome::failed);
  EXPECT_EQ(store({make_event(0, 3), make_event(-1, 0)}), store_outcome::failed);
  EXPECT_EQ(stored().usage().events, 1U) << "a batch is stored as a whole or not at all";
}

TEST_F(spool_test, calls_are_carried_out_and_answered_in_their_order) {
  open();
  std::vector<int> answers;
  std::vector<std::size_t> seen;
  const auto look = [&] {
    stored().load({0, 0, 0, 100, mebibyte}, [&](load_result r) { seen.push_back(r.batch.size()); });
  };
  for (int i = 0; i < 50; ++i) {
    stored().store(make_batch({make_event(0, i)}), [&, i](store_result) { answers.push_back(i); });
    look();
    stored().remove({{0, i}});
    look();
  }
  settle();
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(answers.at(i), static_cast<int>(i));
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i % 2 == 0 ? 1U : 0U);
  EXPECT_EQ(seen.size(), 100U);
}

TEST_F(spool_test, removes_what_is_named_and_ignores_what_is_not_there) {
  open();
  store({make_event(1, 1), make_event(1, 2), make_event(1, 3), make_event(2, 2)});
  stored().remove({{1, 2}, {1, 99}, {-1, -1}, {7, 2}});
  EXPECT_THAT(stored_keys(1), ElementsAre(event_key{1, 1}, event_key{1, 3}));
  EXPECT_THAT(stored_keys(2), ElementsAre(event_key{2, 2}));
  EXPECT_EQ(stored().usage().events, 3U);
}

TEST_F(spool_test, an_event_stored_again_has_its_latest_facts_and_counts_once) {
  open();
  event_facts event = make_event(1, 1);
  store({event});
  event.attempts = 12;
  store({event});
  EXPECT_THAT(facts_of(load_all(1).batch), ElementsAre(event));
  EXPECT_EQ(stored().usage().events, 1U);
}

TEST_F(spool_test, an_answered_interaction_comes_back_marked) {
  open();
  store({make_event(1, 1), make_event(1, 2)});
  stored().mark_deferred({1, 2}, 6);
  stored().mark_deferred({1, 99}, 6);
  const auto loaded = load_all(1);
  EXPECT_EQ(loaded.batch.facts(0).deferred, 5);
  EXPECT_EQ(loaded.batch.facts(1).deferred, 6);
}

class spool_load_test : public spool_test {
 protected:
  spool_load_test() {
    open();
    for (int i = 0; i < 10; ++i) {
      event_facts event = make_event(4, i);
      event.route = i % 2;
      event_batch batch;
      batch.add(event, std::string(100, 'x'));
      store(std::move(batch));
    }
    store({make_event(3, 5), make_event(5, 5)});
  }

  std::vector<std::int64_t> positions(const load_request& wanted, bool is_end) {
    const auto loaded = load(wanted);
    EXPECT_EQ(loaded.is_end, is_end);
    std::vector<std::int64_t> all;
    for (const auto& event : facts_of(loaded.batch)) all.push_back(event.key.position);
    return all;
  }
};

TEST_F(spool_load_test, reads_one_shard_and_route) {
  EXPECT_THAT(positions({4, 1, 0, 100, mebibyte}, true), ElementsAre(1, 3, 5, 7, 9));
  EXPECT_THAT(positions({4, 2, 0, 100, mebibyte}, true), IsEmpty());
  EXPECT_THAT(positions({6, 0, 0, 100, mebibyte}, true), IsEmpty());
}

TEST_F(spool_load_test, begins_at_a_position) {
  EXPECT_THAT(positions({4, 0, 4, 100, mebibyte}, true), ElementsAre(4, 6, 8));
  EXPECT_THAT(positions({4, 0, 5, 100, mebibyte}, true), ElementsAre(6, 8));
  EXPECT_THAT(positions({4, 0, 9, 100, mebibyte}, true), IsEmpty());
  EXPECT_THAT(positions({4, 0, -1, 100, mebibyte}, true), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(positions({4, 0, std::int64_t{1} << 41, 100, mebibyte}, true), IsEmpty());
}

TEST_F(spool_load_test, is_bounded_by_count) {
  EXPECT_THAT(positions({4, 0, 0, 2, mebibyte}, false), ElementsAre(0, 2));
  EXPECT_THAT(positions({4, 0, 4, 3, mebibyte}, true), ElementsAre(4, 6, 8));
}

TEST_F(spool_load_test, is_bounded_by_bytes) {
  EXPECT_THAT(positions({4, 0, 0, 100, 300}, false), ElementsAre(0, 2, 4));
  EXPECT_THAT(positions({4, 0, 0, 100, 299}, false), ElementsAre(0, 2));
  EXPECT_THAT(positions({4, 0, 0, 100, 1}, false), ElementsAre(0)) << "one at least";
}

class spool_purge_test : public spool_test {
 protected:
  spool_purge_test() {
    open();
    const auto old = [](int shard_id, std::int64_t position, event_rank rank,
                        std::int64_t received) {
      event_facts event = make_event(shard_id, position, rank);
      event.received_unix_ms = received;
      return event;
    };
    using enum event_rank;
    store({old(1, 1, shed_first, 30), old(1, 2, ordinary, 40), old(1, 3, shed_first, 50),
           old(1, 4, last_resort, 60), old(2, 1, ordinary, 10), old(2, 2, shed_first, 20),
           old(2, 3, shed_first, 60), old(3, 1, shed_first, 5)});
  }
};

TEST_F(spool_purge_test, takes_the_oldest_of_the_rank_over_all_shards) {
  EXPECT_THAT(purge({{1, 2}, event_rank::shed_first, 1'000, 3}),
              ElementsAre(event_key{2, 2}, event_key{1, 1}, event_key{1, 3}));
  EXPECT_THAT(stored_keys(1), ElementsAre(event_key{1, 2}, event_key{1, 4}));
  EXPECT_THAT(stored_keys(2), ElementsAre(event_key{2, 1}, event_key{2, 3}));
  EXPECT_EQ(stored().usage().events, 5U);
}

TEST_F(spool_purge_test, each_rank_is_found) {
  EXPECT_THAT(purge({{1, 2}, event_rank::ordinary, 1'000, 10}),
              ElementsAre(event_key{2, 1}, event_key{1, 2}));
  EXPECT_THAT(purge({{1, 2}, event_rank::last_resort, 1'000, 10}), ElementsAre(event_key{1, 4}));
}

TEST_F(spool_purge_test, leaves_what_is_younger) {
  EXPECT_THAT(purge({{1, 2}, event_rank::shed_first, 50, 10}),
              ElementsAre(event_key{2, 2}, event_key{1, 1}));
  EXPECT_THAT(purge({{1, 2}, event_rank::shed_first, 50, 10}), IsEmpty());
}

TEST_F(spool_purge_test, leaves_other_shards) {
  EXPECT_THAT(purge({{2, 7}, event_rank::shed_first, 1'000, 10}),
              ElementsAre(event_key{2, 2}, event_key{2, 3}));
  EXPECT_THAT(stored_keys(3), ElementsAre(event_key{3, 1}));
}

TEST_F(spool_test, finds_after_a_restart_what_was_stored) {
  open();
  EXPECT_THAT(stored().found(), IsEmpty());
  const std::vector events{make_event(0, 4), make_event(0, 9), make_event(12, 2)};
  store({events[2], events[0]});
  store({events[1], make_event(5, 5)});
  stored().remove({{5, 5}});
  close();

  open();
  EXPECT_EQ(stored().found(), events);
  EXPECT_EQ(stored().usage().events, 3U);
  EXPECT_EQ(load_all(0).batch.payload(1), payload_of({0, 9}));
  stored().forget_found();
  EXPECT_THAT(stored().found(), IsEmpty());
}

TEST_F(spool_test, carries_out_everything_before_it_closes) {
  open();
  for (int i = 0; i < 500; ++i) stored().store(make_batch({make_event(0, i)}), {});
  stored().remove({{0, 0}});
  close();
  open();
  EXPECT_EQ(stored().found().size(), 499U);
}

TEST_F(spool_test, a_crash_loses_nothing_that_was_stored) {
  open();
  store({make_event(0, 1), make_event(0, 2)});
  stored().remove({{0, 1}});
  settle();
  // What the disk holds at this moment is what a killed process leaves.
  const test::temporary_folder after_crash;
  for (const char* name : {"spool.db", "spool.db-wal"}) {
    std::filesystem::copy_file(folder_.path() / name, after_crash.path() / name);
  }
  const spool next{{after_crash.path(), mebibyte}, log_.log()};
  EXPECT_THAT(keys_of(next.found()), ElementsAre(event_key{0, 2}));
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(spool_test, stored_events_follow_the_routes_of_the_configuration) {
  open();
  event_facts rerouted = make_event(1, 1);
  rerouted.route = 2;
  event_facts kept = make_event(1, 2);
  kept.type = "TYPING_START";
  kept.route = 1;
  store({rerouted, kept});
  close();

  open();
  stored().assign_routes(
      [](int, const std::string& type) { return type == "TYPING_START" ? 1 : 0; });
  EXPECT_EQ(stored().found().at(0).route, 0);
  EXPECT_EQ(stored().found().at(1).route, 1);
  rerouted.route = 0;
  EXPECT_THAT(facts_of(load_all(1, 0).batch), ElementsAre(rerouted));
  EXPECT_THAT(facts_of(load_all(1, 1).batch), ElementsAre(kept));
  EXPECT_THAT(facts_of(load_all(1, 2).batch), IsEmpty());
}

TEST_F(spool_test, its_files_are_private) {
  open();
  store({make_event(1, 1)});
  for (const char* name : {"spool.db", "spool.db-wal"}) {
    struct stat found {};
    ASSERT_EQ(::stat((folder_.path() / name).c_str(), &found), 0) << name;
    EXPECT_EQ(found.st_mode & 0777U, 0600U) << name;
  }
}

}  // namespace
}  // namespace gatehouse::storage
