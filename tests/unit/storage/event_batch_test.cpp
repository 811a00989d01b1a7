#include <gatehouse/storage/event_batch.hpp>

#include <gtest/gtest.h>

#include <utility>

namespace gatehouse::storage {
namespace {

event_facts at(int shard_id, std::int64_t position) {
  event_facts facts;
  facts.key = {shard_id, position};
  return facts;
}

TEST(event_batch, keeps_each_payload_with_its_facts) {
  event_batch batch;
  EXPECT_TRUE(batch.empty());
  batch.add(at(1, 10), "first");
  batch.add(at(1, 11), "");
  batch.add(at(2, 12), "third");
  ASSERT_EQ(batch.size(), 3U);
  EXPECT_EQ(batch.facts(2).key, (event_key{2, 12}));
  EXPECT_EQ(batch.payload(0), "first");
  EXPECT_EQ(batch.payload(1), "");
  EXPECT_EQ(batch.payload(2), "third");
}

TEST(event_batch, its_bytes_grow_with_payloads_and_with_events) {
  event_batch batch;
  EXPECT_EQ(batch.bytes(), 0U);
  batch.add({}, "");
  const std::size_t share = batch.bytes();
  EXPECT_GT(share, 0U);
  batch.add({}, std::string(1'000, 'x'));
  EXPECT_EQ(batch.bytes(), 2 * share + 1'000);
}

TEST(event_batch, is_moved_with_its_payloads) {
  event_batch batch;
  batch.add(at(1, 10), "payload");
  const event_batch moved = std::move(batch);
  EXPECT_EQ(moved.payload(0), "payload");
}

}  // namespace
}  // namespace gatehouse::storage
