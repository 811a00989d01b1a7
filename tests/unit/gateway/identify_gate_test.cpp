#include <gatehouse/gateway/identify_gate.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <ostream>

namespace gatehouse::gateway {

std::ostream& operator<<(std::ostream& out, const shard_key& key) {
  return out << "shard " << key.shard_id << " of generation " << key.generation;
}

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using key = shard_key;

constexpr runtime::duration spacing = 5300ms;

class identify_gate_test : public testing::Test {
 public:
  std::vector<key> grants() {
    std::vector<key> shards;
    for (const auto& given : gate.grants(now)) {
      shards.push_back(given.shard);
      newest_[given.shard] = given;
    }
    return shards;
  }
  void request(int shard_id, int generation = 0) { gate.request({shard_id, generation}, now); }
  void sent(int shard_id, int generation = 0) {
    const auto given = newest_.find({shard_id, generation});
    ASSERT_NE(given, newest_.end());
    gate.sent(given->second, now);
  }
  void abandon(int shard_id, int generation = 0) { gate.abandon(key{shard_id, generation}, now); }
  /// As Discord says, asked just now.
  void learn(int remaining, runtime::duration reset_after, int max_concurrency = 1) {
    gate.update_limit(1000, remaining, reset_after, max_concurrency, now, now);
  }

  identify_gate gate{spacing, 1};
  runtime::time_point now{1h};

 private:
  std::map<key, identify_grant> newest_;
};

/// Discord has been asked.
class open_gate : public identify_gate_test {
 public:
  open_gate() { learn(1000, 0s); }
};

TEST_F(identify_gate_test, lets_nobody_through_before_it_knows_the_limit) {
  request(0);
  EXPECT_THAT(grants(), IsEmpty());
  EXPECT_EQ(gate.next_wakeup(now), std::nullopt);
  EXPECT_FALSE(gate.wants_limit(now)) << "somebody else asks first";
  learn(1000, 0s);
  EXPECT_THAT(grants(), ElementsAre(key{0}));
}

TEST_F(open_gate, grants_at_once_when_nobody_is_before) {
  EXPECT_EQ(gate.next_wakeup(now), std::nullopt);
  request(3);
  EXPECT_EQ(gate.next_wakeup(now), now);
  EXPECT_THAT(grants(), ElementsAre(key{3}));
  EXPECT_THAT(grants(), IsEmpty());
  EXPECT_EQ(gate.next_wakeup(now), std::nullopt);
}

TEST_F(open_gate, spaces_a_bucket_from_the_moment_of_sending) {
  request(0);
  request(1);
  EXPECT_THAT(grants(), ElementsAre(key{0}));
  now += 10s;
  EXPECT_THAT(grants(), IsEmpty());  // still connecting
  sent(0);
  EXPECT_EQ(gate.next_wakeup(now), now + spacing);
  now += spacing - 1ms;
  EXPECT_THAT(grants(), IsEmpty());
  now += 1ms;
  EXPECT_THAT(grants(), ElementsAre(key{1}));
}

TEST_F(open_gate, passes_an_abandoned_grant_on_at_once) {
  request(0);
  request(1);
  grants();
  abandon(0);
  EXPECT_THAT(grants(), ElementsAre(key{1}));
}

TEST_F(open_gate, forgets_an_abandoned_request) {
  request(0);
  request(1);
  request(2);
  abandon(1);
  abandon(7);
  EXPECT_EQ(gate.waiting(), 2U);
  EXPECT_THAT(grants(), ElementsAre(key{0}));
  sent(0);
  now += spacing;
  EXPECT_THAT(grants(), ElementsAre(key{2}));
}

TEST_F(open_gate, frees_a_bucket_whose_grant_vanished) {
  request(0);
  request(1);
  grants();
  EXPECT_EQ(gate.next_wakeup(now), now + 60s);
  now += 60s;
  EXPECT_THAT(grants(), ElementsAre(key{1}));
  sent(0);  // very late, but Discord has seen it
  abandon(1);
  request(2);
  EXPECT_THAT(grants(), IsEmpty());
  now += spacing;
  EXPECT_THAT(grants(), ElementsAre(key{2}));
}

TEST_F(open_gate, runs_buckets_concurrently) {
  learn(1000, 0s, 4);
  for (int shard = 0; shard < 8; ++shard) request(shard);
  EXPECT_THAT(grants(), ElementsAre(key{0}, key{1}, key{2}, key{3}));
  sent(2);
  now += spacing;
  EXPECT_THAT(grants(), ElementsAre(key{6}));
}

TEST_F(open_gate, takes_the_lowest_shard_of_those_that_came_together) {
  request(4);
  EXPECT_THAT(grants(), ElementsAre(key{4}));
  for (const int shard : {9, 2, 7, 0}) request(shard);
  std::vector<int> order;
  while (gate.waiting() > 0) {
    now += 61s;
    for (const auto& granted : grants()) order.push_back(granted.shard_id);
  }
  EXPECT_THAT(order, ElementsAre(0, 2, 7, 9));
}

TEST_F(open_gate, does_not_let_a_low_shard_starve_the_others) {
  for (const int shard : {0, 5, 6}) request(shard);
  std::vector<int> order;
  for (int turn = 0; turn < 4; ++turn) {
    const auto granted = grants().at(0);
    order.push_back(granted.shard_id);
    sent(granted.shard_id);
    if (granted.shard_id == 0) request(0);  // it failed and comes back
    now += spacing;
  }
  EXPECT_THAT(order, ElementsAre(0, 5, 6, 0));
}

TEST_F(open_gate, replaces_a_request_of_the_same_shard) {
  request(0);
  request(0);
  EXPECT_EQ(gate.waiting(), 1U);
  EXPECT_THAT(grants(), ElementsAre(key{0}));
  request(0);  // it lost the first grant
  EXPECT_THAT(grants(), ElementsAre(key{0}));
}

TEST_F(open_gate, keeps_generations_apart_within_one_bucket) {
  request(3, 2);
  request(3, 1);
  EXPECT_THAT(grants(), ElementsAre((key{3, 1})));  // the older one serves
  abandon(3, 2);
  request(3, 2);
  EXPECT_THAT(grants(), IsEmpty());
  sent(3, 1);
  now += spacing;
  EXPECT_THAT(grants(), ElementsAre((key{3, 2})));
}

TEST_F(open_gate, knows_one_grant_from_another) {
  request(0);
  const auto first = gate.grants(now).at(0);
  request(0);  // it lost the first grant
  const auto second = gate.grants(now).at(0);
  EXPECT_NE(first.id, second.id);
  gate.abandon(first, now);  // late
  request(1);
  EXPECT_THAT(grants(), IsEmpty()) << "the second one holds the bucket";
  gate.abandon(second, now);
  EXPECT_THAT(grants(), ElementsAre(key{1}));
}

TEST_F(open_gate, an_identify_that_was_sent_too_late_does_not_end_a_newer_grant) {
  request(0);
  const auto first = gate.grants(now).at(0);
  request(0);
  const auto second = gate.grants(now).at(0);
  gate.sent(first, now);
  now += spacing;
  request(1);
  EXPECT_THAT(grants(), IsEmpty());
  gate.sent(second, now);
  now += spacing;
  EXPECT_THAT(grants(), ElementsAre(key{1}));
}

TEST_F(open_gate, spaces_from_the_identifies_of_an_earlier_run) {
  gate.restore(3, now - 1s);
  request(0);
  EXPECT_THAT(grants(), IsEmpty());
  EXPECT_EQ(gate.next_wakeup(now), now - 1s + spacing);
}

TEST_F(identify_gate_test, stops_at_the_session_start_limit_and_asks_at_its_reset) {
  learn(2, 1h, 16);
  for (int shard = 0; shard < 4; ++shard) request(shard);
  EXPECT_EQ(grants().size(), 2U);
  EXPECT_EQ(gate.exhausted_until(now), now + 1h);
  EXPECT_EQ(gate.next_wakeup(now), now + 1h);
  now += 1h - 1ms;
  EXPECT_THAT(grants(), IsEmpty());
  EXPECT_FALSE(gate.wants_limit(now));
  now += 1ms;
  EXPECT_TRUE(gate.wants_limit(now));
  EXPECT_THAT(grants(), IsEmpty()) << "nobody has said that there are more";
  EXPECT_EQ(gate.remaining(now), std::nullopt);
  learn(1000, 24h, 16);
  EXPECT_FALSE(gate.wants_limit(now));
  EXPECT_EQ(gate.exhausted_until(now), std::nullopt);
  EXPECT_EQ(grants().size(), 2U);
  EXPECT_EQ(gate.remaining(now), 998);
}

TEST_F(identify_gate_test, gives_back_what_an_abandoned_grant_cost) {
  learn(1, 1h);
  request(0);
  grants();
  EXPECT_EQ(gate.remaining(now), 0);
  abandon(0);
  EXPECT_EQ(gate.remaining(now), 1);
  abandon(0);
  EXPECT_EQ(gate.remaining(now), 1);
  request(1);
  grants();
  sent(1);
  abandon(1);  // too late
  EXPECT_EQ(gate.remaining(now), 0);
}

TEST_F(identify_gate_test, counts_promised_identifies_into_a_new_limit) {
  learn(1000, 1h);
  request(0);
  grants();
  learn(1, 1h);
  EXPECT_EQ(gate.remaining(now), 0);
}

TEST_F(identify_gate_test, no_answer_raises_the_count_within_a_period) {
  learn(3, 1h);
  request(0);
  grants();
  sent(0);
  learn(900, 2h);
  EXPECT_EQ(gate.remaining(now), 2);
  EXPECT_EQ(gate.resets_at(), now + 1h) << "then Discord is asked";
}

TEST_F(identify_gate_test, a_late_answer_has_not_counted_what_was_sent_meanwhile) {
  learn(10, 1h, 4);
  const auto asked_at = now;
  for (int shard = 0; shard < 4; ++shard) request(shard);
  grants();
  now += 8s;
  for (int shard = 0; shard < 3; ++shard) sent(shard);
  gate.update_limit(1000, 5, 1h, 4, asked_at, now);
  EXPECT_EQ(gate.remaining(now), 1) << "of five, three are sent and one is granted";
  learn(1, 1h, 4);
  EXPECT_EQ(gate.remaining(now), 0);
}

TEST_F(identify_gate_test, begins_the_period_with_the_first_identify_where_no_end_is_known) {
  learn(1, 0s);
  request(0);
  grants();
  sent(0);
  request(1);
  EXPECT_EQ(gate.exhausted_until(now), now + 24h);
  now += 24h;
  EXPECT_TRUE(gate.wants_limit(now));
}

TEST_F(identify_gate_test, invents_nothing_when_told_none_left_and_reset_now) {
  learn(0, 0s);
  request(0);
  EXPECT_THAT(grants(), IsEmpty());
  EXPECT_EQ(gate.next_wakeup(now), now + 60s);
  now += 60s;
  EXPECT_THAT(grants(), IsEmpty());
  EXPECT_TRUE(gate.wants_limit(now));
  learn(0, 0s);
  EXPECT_THAT(grants(), IsEmpty());
  now += 60s;
  learn(1000, 24h);
  EXPECT_THAT(grants(), ElementsAre(key{0}));
}

TEST_F(identify_gate_test, follows_a_changed_concurrency_without_breaking_the_spacing) {
  learn(1000, 1h, 16);
  for (int shard = 0; shard < 16; ++shard) request(shard);
  for (const auto& granted : gate.grants(now)) gate.sent(granted, now);
  learn(900, 1h, 1);
  request(20);
  EXPECT_THAT(grants(), IsEmpty());
  EXPECT_EQ(gate.next_wakeup(now), now + spacing);
  now += spacing;
  EXPECT_THAT(grants(), ElementsAre(key{20}));
  learn(900, 1h, 0);
  EXPECT_EQ(gate.max_concurrency(), 1);
}

TEST_F(identify_gate_test, starts_1024_shards_at_16_as_fast_as_allowed) {
  gate.update_limit(2000, 2000, 24h, 16, now, now);
  for (int shard = 1023; shard >= 0; --shard) request(shard);
  const auto begin = now;
  std::map<int, runtime::time_point> last_of_bucket;
  int identified = 0;
  while (gate.waiting() > 0) {
    now = gate.next_wakeup(now).value_or(now);
    for (const auto& granted : gate.grants(now)) {
      const int shard_id = granted.shard.shard_id;
      EXPECT_EQ(shard_id, identified++);  // in order
      const int bucket = shard_id % 16;
      if (last_of_bucket.contains(bucket)) {
        ASSERT_GE(now - last_of_bucket[bucket], spacing);
      }
      last_of_bucket[bucket] = now;
      gate.sent(granted, now);
    }
  }
  EXPECT_EQ(identified, 1024);
  EXPECT_EQ(now - begin, 63 * spacing);
  EXPECT_EQ(gate.remaining(now), 2000 - 1024);
}

}  // namespace
}  // namespace gatehouse::gateway
