#include <gatehouse/sim/content_hash.hpp>
#include <gatehouse/sim/event_registry.hpp>

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

using verdict = event_registry::verdict;

TEST(event_registry, tells_matched_repeated_altered_and_unknown_apart) {
  event_registry registry;
  const auto session = registry.open_session("s");
  registry.sent(session, 1, "READY", content_hash("one"));
  registry.sent(session, 3, "X", content_hash("three"));
  EXPECT_EQ(registry.received("s", 1, content_hash("one")), verdict::matched);
  EXPECT_EQ(registry.received("s", 1, content_hash("one")), verdict::duplicate);
  EXPECT_EQ(registry.received("s", 3, content_hash("tree")), verdict::altered);
  EXPECT_EQ(registry.received("s", 2, 0), verdict::unknown);
  EXPECT_EQ(registry.received("s", 4, 0), verdict::unknown);
  EXPECT_EQ(registry.received("t", 1, 0), verdict::unknown);
}

TEST(event_registry, lists_what_never_arrived_except_resumed) {
  event_registry registry;
  const auto session = registry.open_session("s");
  registry.sent(session, 1, "A", 1);
  registry.sent(session, 2, "RESUMED", 2);
  registry.sent(session, 3, "B", 3);
  registry.received("s", 1, 1);
  const auto missing = registry.missing();
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0].seq, 3U);
  EXPECT_EQ(missing[0].type, "B");
  EXPECT_EQ(registry.sent_count(), 3U);
}

TEST(event_registry, measures_the_latency_of_events_that_arrive_for_the_first_time) {
  event_registry registry;
  const auto session = registry.open_session("s");
  registry.sent(session, 1, "X", 1);
  registry.measure_latency();
  registry.sent(session, 2, "GUILD_CREATE", 2);
  registry.sent(session, 3, "X", 3);
  for (const std::uint64_t seq : {1U, 2U, 3U, 3U}) registry.received("s", seq, seq);
  const auto measured = registry.measured();
  EXPECT_EQ(measured.events, 1U);
  EXPECT_LE(measured.median, measured.percentile_99);
  EXPECT_LE(measured.percentile_99, measured.longest);
}

TEST(content_hash, depends_on_every_byte_and_the_length) {
  const std::string text(100, 'a');
  for (std::size_t index = 0; index < text.size(); ++index) {
    auto other = text;
    other[index] = 'b';
    EXPECT_NE(content_hash(text), content_hash(other)) << index;
  }
  EXPECT_NE(content_hash(std::string(1, '\0')), content_hash(std::string(2, '\0')));
}

}  // namespace
}  // namespace gatehouse::sim
