#include "config_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

using ::testing::HasSubstr;
using testing::problems;

std::string problem_of(const std::string& text) {
  const auto lines = problems(testing::handler_start + text);
  return lines.size() == 1 ? lines[0] : std::to_string(lines.size()) + " problems";
}

TEST(unknown_key, a_typing_mistake_gets_a_suggestion) {
  EXPECT_EQ(problem_of("gateway.totl_shards = 1"),
            "f.toml:3:9: gateway.totl_shards: is not a known key; did you mean "
            "gateway.total_shards?");
}

TEST(unknown_key, a_missing_unit_gets_a_suggestion) {
  EXPECT_EQ(problem_of("[queue]\nspool_after = 1"),
            "f.toml:4:1: queue.spool_after: is not a known key; did you mean "
            "queue.spool_after_ms?");
}

TEST(unknown_key, a_key_of_another_table_gets_a_suggestion) {
  EXPECT_EQ(problem_of("rest.compression = 'none'"),
            "f.toml:3:6: rest.compression: is not a known key; did you mean discord.compression?");
}

TEST(unknown_key, a_mistaken_table_is_reported_once) {
  EXPECT_EQ(problem_of("[handler]\nurls = []\ntimeout_ms = 1"),
            "f.toml:3:2: handler: is not a known key; did you mean handlers?");
  EXPECT_EQ(problem_of("[[events.routes]]\nurls = []"),
            "f.toml:3:10: events.routes: is not a known key; did you mean events.route?");
}

TEST(unknown_key, without_a_near_one_the_known_ones_are_listed) {
  EXPECT_EQ(problem_of("state.wombat = 1"),
            "f.toml:3:7: state.wombat: is not a known key; allowed: state.dir, "
            "state.checkpoint_ms, state.dead_letters_mb");
}

TEST(unknown_key, a_table_in_the_place_of_a_key_is_a_wrong_type) {
  EXPECT_EQ(problem_of("[log.level]\nx = 1"),
            "f.toml:3:1: log.level: must be a string, not a table");
}

TEST(unknown_key, a_value_in_the_place_of_a_table_is_a_wrong_type) {
  EXPECT_EQ(problem_of("queue = 5"), "f.toml:3:9: queue: must be a table, not an integer");
  EXPECT_EQ(problem_of("events.route = 5"),
            "f.toml:3:16: events.route: must be an array of tables, [[events.route]], not an "
            "integer");
  EXPECT_EQ(problem_of("events.route = [5]"),
            "f.toml:3:17: events.route: must be a table, not an integer");
}

TEST(unknown_key, a_quoted_dot_does_not_make_a_path) {
  EXPECT_THAT(problem_of("\"log.level\" = 'info'"), HasSubstr("f.toml:3:1: log.level: is not a"));
}

TEST(unknown_key, its_name_cannot_disturb_the_message) {
  EXPECT_THAT(problem_of("\"a\\nb c\" = 1"), HasSubstr("f.toml:3:1: a?b?c: is not a known key"));
  EXPECT_THAT(problem_of("\"" + std::string(500, 'k') + "\" = 1"),
              HasSubstr(": " + std::string(64, 'k') + "...: is not a known key"));
}

TEST(unknown_key, inside_a_route_it_is_reported_too) {
  EXPECT_EQ(problem_of("[[events.route]]\nevents = ['A']\nurls = ['http://h']\nurl = 1"),
            "f.toml:6:1: events.route.url: is not a known key; did you mean events.route.urls?");
}

}  // namespace
}  // namespace gatehouse::config
