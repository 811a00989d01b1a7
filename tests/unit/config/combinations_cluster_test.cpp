#include "config_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string with_nats = "[nats]\nservers = ['nats://127.0.0.1:4222']\n";

std::vector<std::string> problems(const std::string& text) {
  return testing::problems(testing::handler_start + text);
}

TEST(cluster, needs_servers) {
  EXPECT_THAT(problems("[cluster]\nenabled = true"),
              ElementsAre(HasSubstr("f.toml:4:11: cluster.enabled: needs NATS, and nats.servers is "
                                    "not set")));
  EXPECT_THAT(problems(with_nats + "[cluster]\nenabled = true"), IsEmpty());
  EXPECT_THAT(problems("[cluster]\nenabled = false\nname = 'x'"), IsEmpty());
}

TEST(cluster, settles_itself_which_shards_are_whose) {
  EXPECT_THAT(problems(with_nats + "[gateway]\nfirst_shard_id = 0\n[cluster]\nenabled = true"),
              ElementsAre("f.toml:6:18: gateway.first_shard_id: is set besides cluster.enabled; "
                          "allowed: one of the two"));
  EXPECT_THAT(problems(with_nats + "[gateway]\nlast_shard_id = 3\n[cluster]\nenabled = true"),
              ElementsAre(HasSubstr("gateway.last_shard_id: is set besides cluster.enabled")));
}

TEST(cluster, judges_silence_by_more_than_a_beat_or_two) {
  EXPECT_THAT(problems(with_nats + "[cluster]\nenabled = true\ntakeover_ms = 1999"),
              ElementsAre("f.toml:7:15: cluster.takeover_ms: is 1999; allowed: at least four times "
                          "cluster.heartbeat_ms, which is 500"));
  EXPECT_THAT(problems(with_nats + "[cluster]\nenabled = true\nheartbeat_ms = 1000"),
              ElementsAre(HasSubstr("f.toml:7:16: cluster.takeover_ms: is 3000")));
}

TEST(cluster, identifies_only_after_an_isolated_member_has_stopped) {
  EXPECT_THAT(problems(with_nats + "[cluster]\nenabled = true\nidentify_fence_ms = 25000"),
              ElementsAre(HasSubstr("is 25000; allowed: more than cluster.isolated_after_ms, which "
                                    "is 25000")));
}

TEST(cluster, names_are_parts_of_keys_and_subjects) {
  EXPECT_THAT(
      problems("[cluster]\nmember = 'gw.1'"),
      ElementsAre(HasSubstr("cluster.member: is part of keys and subjects of NATS; allowed: "
                            "letters, digits, _ and -")));
  EXPECT_THAT(problems("[cluster]\nname = ''"), ElementsAre(HasSubstr("cluster.name: is empty")));
  EXPECT_THAT(problems("[cluster]\nmember = 'gw_1-A'"), IsEmpty());
}

}  // namespace
}  // namespace gatehouse::config
