#include "config_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> problems(const std::string& text) {
  return testing::problems(testing::handler_start + text);
}

TEST(shard_range, first_must_not_follow_last) {
  EXPECT_THAT(problems("[gateway]\nfirst_shard_id = 5\nlast_shard_id = 4"),
              ElementsAre("f.toml:5:17: gateway.last_shard_id: is 4; allowed: -1, or at least "
                          "gateway.first_shard_id, which is 5"));
  EXPECT_THAT(problems("[gateway]\nfirst_shard_id = 5\nlast_shard_id = 5"), IsEmpty());
  EXPECT_THAT(problems("[gateway]\nfirst_shard_id = 5"), IsEmpty());
}

TEST(shard_range, both_must_be_below_a_known_total) {
  EXPECT_THAT(problems("[gateway]\ntotal_shards = 4\nfirst_shard_id = 4\nlast_shard_id = 4"),
              ElementsAre("f.toml:5:18: gateway.first_shard_id: is 4; allowed: less than "
                          "gateway.total_shards, which is 4",
                          "f.toml:6:17: gateway.last_shard_id: is 4; allowed: -1, or less than "
                          "gateway.total_shards, which is 4"));
  EXPECT_THAT(problems("[gateway]\ntotal_shards = 4\nfirst_shard_id = 3\nlast_shard_id = 3"),
              IsEmpty());
  EXPECT_THAT(problems("[gateway]\nfirst_shard_id = 40\nlast_shard_id = 50"), IsEmpty());
}

TEST(shard_range, a_key_with_a_mistake_of_its_own_is_left_alone) {
  EXPECT_THAT(problems("[gateway]\ntotal_shards = 4\nfirst_shard_id = -9\nlast_shard_id = 3"),
              ElementsAre("f.toml:5:18: gateway.first_shard_id: is -9; allowed: 0 to 99999"));
  EXPECT_THAT(problems("[gateway]\ntotal_shards = 'x'\nlast_shard_id = 99"),
              ElementsAre("f.toml:4:16: gateway.total_shards: must be an integer, not a string"));
}

TEST(event_filter, an_event_is_in_one_list_only) {
  EXPECT_THAT(problems("[events]\nonly = ['A', 'B']\ndrop = ['C', 'B']"),
              ElementsAre("f.toml:5:14: events.drop: names an event that events.only names too "
                          "(line 4); allowed: one of the two"));
  EXPECT_THAT(problems("[events]\nonly = ['A', 'B']\ndrop = ['C']"), IsEmpty());
}

TEST(event_route, an_event_has_one_route_only) {
  EXPECT_THAT(problems("[[events.route]]\nevents = ['A', 'A']\nurls = ['http://h']\n"
                       "[[events.route]]\nevents = ['B', 'A']\nurls = ['http://h']\n"),
              ElementsAre("f.toml:7:16: events.route.events: names an event that another route "
                          "names too (line 4); allowed: one route per event"));
}

TEST(event_route, with_a_mistake_in_one_the_others_are_not_compared) {
  EXPECT_THAT(problems("[[events.route]]\nevents = ['a']\nurls = ['http://h']\n"
                       "[[events.route]]\nevents = ['B']\nurls = ['http://h']\n"
                       "[[events.route]]\nevents = ['B']\nurls = ['http://h']\n")
                  .size(),
              1U);
}

TEST(retry_waits, the_first_is_not_longer_than_the_longest) {
  EXPECT_THAT(problems("[queue]\nretry_initial_ms = 300\nretry_max_ms = 200"),
              ElementsAre("f.toml:5:16: queue.retry_max_ms: is 200; allowed: at least "
                          "queue.retry_initial_ms, which is 300"));
  EXPECT_THAT(problems("[queue]\nretry_initial_ms = 2000"),
              ElementsAre("f.toml:4:20: queue.retry_initial_ms: is 2000; allowed: at most "
                          "queue.retry_max_ms, which is 1000"));
  EXPECT_THAT(problems("[queue]\nretry_max_ms = 100"),
              ElementsAre("f.toml:4:16: queue.retry_max_ms: is 100; allowed: at least "
                          "queue.retry_initial_ms, which is 250"));
  EXPECT_THAT(problems("[queue]\nretry_initial_ms = 1000"), IsEmpty());
  EXPECT_THAT(problems("[queue]\nretry_initial_ms = 0\nretry_max_ms = 1").size(), 1U);
}

TEST(admin, must_be_protected_unless_it_is_local) {
  EXPECT_THAT(problems("admin.listen = '0.0.0.0:80'"),
              ElementsAre("f.toml:3:16: admin.listen: is not a loopback address, and "
                          "admin.authorization is not set; allowed: set it, or listen on "
                          "127.0.0.1, [::1] or localhost"));
  EXPECT_THAT(problems("[admin]\nlisten = '[::]:80'\nauthorization = 'x'"), IsEmpty());
  EXPECT_THAT(problems("admin.listen = '[::1]:80'"), IsEmpty());
  EXPECT_THAT(problems("admin.listen = 'localhost:80'"), IsEmpty());
  EXPECT_THAT(problems("admin.listen = ''"), IsEmpty());
}

TEST(admin, has_a_certificate_and_its_key_or_neither) {
  EXPECT_THAT(problems("admin.certificate_file = 'a.pem'"),
              ElementsAre("f.toml:3:26: admin.certificate_file: is set without admin.key_file; "
                          "allowed: both, or neither"));
  EXPECT_THAT(problems("admin.key_file = 'a.key'"),
              ElementsAre("f.toml:3:18: admin.key_file: is set without admin.certificate_file; "
                          "allowed: both, or neither"));
  EXPECT_THAT(problems("[admin]\ncertificate_file = 'a.pem'\nkey_file = 'a.key'"), IsEmpty());
  EXPECT_THAT(problems("handlers.key_file = 'a.key'"),
              ElementsAre("f.toml:3:21: handlers.key_file: is set without "
                          "handlers.certificate_file; allowed: both, or neither"));
}

TEST(batching, combines_with_pipelining) {
  EXPECT_THAT(problems("handlers.batch_max_events = 10\nhandlers.pipeline_depth = 4"), IsEmpty());
}

}  // namespace
}  // namespace gatehouse::config
