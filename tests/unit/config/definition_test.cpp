#include <gatehouse/config/definition.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace gatehouse::config {
namespace {

using ::testing::ElementsAre;

/// Every key and its default. What stands here is promised to users: only ever add to it.
TEST(definition, has_every_key_with_its_default) {
  std::vector<std::string> lines;
  for (const auto& row : definitions()) {
    lines.push_back(std::string(row.key) + " = " + default_text(row));
  }
  EXPECT_THAT(lines,
              ::testing::ElementsAreArray({"discord.token = ",
                                           "discord.token_file = ",
                                           "discord.intents = ",
                                           "discord.api_version = 10",
                                           "discord.compression = \"zstd-stream\"",
                                           "discord.gateway_url = \"\"",
                                           "discord.ca_file = \"\"",
                                           "discord.large_threshold = 50",
                                           "discord.presence = ",
                                           "discord.properties.os = \"linux\"",
                                           "discord.properties.browser = \"gatehouse\"",
                                           "discord.properties.device = \"gatehouse\"",
                                           "rest.url = \"https://discord.com/api\"",
                                           "rest.authorization = ",
                                           "rest.timeout_ms = 10000",
                                           "gateway.total_shards = 0",
                                           "gateway.first_shard_id = 0",
                                           "gateway.last_shard_id = -1",
                                           "gateway.shards_per_worker = 25",
                                           "gateway.total_workers = 4",
                                           "gateway.spread = \"block\"",
                                           "gateway.spawn_shard_delay_ms = 5300",
                                           "gateway.reconnect_deaf = false",
                                           "handlers.urls = ",
                                           "handlers.authorization = ",
                                           "handlers.envelope = \"message\"",
                                           "handlers.ordering = \"guild\"",
                                           "handlers.max_in_flight = 64",
                                           "handlers.batch_max_events = 1",
                                           "handlers.pipeline_depth = 1",
                                           "handlers.timeout_ms = 10000",
                                           "handlers.refused_limit = 20",
                                           "handlers.poison_attempts = 16",
                                           "handlers.signing_secret = ",
                                           "handlers.ca_file = \"\"",
                                           "handlers.certificate_file = ",
                                           "handlers.key_file = ",
                                           "events.only = []",
                                           "events.drop = []",
                                           "events.edited_message_ttl_ms = 10000",
                                           "events.guild_create = \"raw\"",
                                           "events.route.events = ",
                                           "events.route.urls = ",
                                           "nats.servers = ",
                                           "nats.credentials_file = \"\"",
                                           "nats.user = ",
                                           "nats.password = ",
                                           "nats.token = ",
                                           "nats.ca_file = \"\"",
                                           "nats.certificate_file = \"\"",
                                           "nats.key_file = \"\"",
                                           "nats.timeout_ms = 2000",
                                           "nats.replicas = 3",
                                           "nats.create = true",
                                           "nats.events_max_mb = 4096",
                                           "nats.events_max_age_s = 86400",
                                           "nats.duplicate_window_s = 120",
                                           "cluster.enabled = false",
                                           "cluster.name = \"gatehouse\"",
                                           "cluster.member = \"\"",
                                           "cluster.max_shards = 0",
                                           "cluster.expected_members = 1",
                                           "cluster.join_wait_ms = 15000",
                                           "cluster.heartbeat_ms = 500",
                                           "cluster.takeover_ms = 3000",
                                           "cluster.identify_fence_ms = 45000",
                                           "cluster.when_isolated = \"serve\"",
                                           "cluster.isolated_after_ms = 25000",
                                           "cluster.move_batch = 50",
                                           "cluster.rebalance_threshold_percent = 10",
                                           "queue.memory_mb = 64",
                                           "queue.spool_after_ms = 1000",
                                           "queue.spool_mb = 1024",
                                           "queue.shed = [\"TYPING_START\", \"PRESENCE_UPDATE\"]",
                                           "queue.retry_initial_ms = 250",
                                           "queue.retry_max_ms = 1000",
                                           "queue.max_age_s = 0",
                                           "interactions.defer = true",
                                           "interactions.deadline_ms = 2000",
                                           "interactions.ephemeral = false",
                                           "interactions.message = \"\"",
                                           "interactions.invite_code = \"\"",
                                           "state.dir = \"./state\"",
                                           "state.checkpoint_ms = 500",
                                           "state.dead_letters_mb = 256",
                                           "resharding.enabled = true",
                                           "resharding.shards_full_percentage = 80",
                                           "resharding.check_interval_ms = 28800000",
                                           "resharding.keep_identifies = 0",
                                           "resharding.timeout_ms = 1800000",
                                           "admin.listen = \"127.0.0.1:8080\"",
                                           "admin.authorization = ",
                                           "admin.max_connections = 512",
                                           "admin.certificate_file = ",
                                           "admin.key_file = ",
                                           "log.level = \"info\"",
                                           "log.format = \"text\"",
                                           "log.file = \"\"",
                                           "controllers.libraries = []"}));
}

TEST(definition, every_row_is_complete) {
  std::set<std::string_view> seen;
  for (const auto& row : definitions()) {
    EXPECT_TRUE(seen.insert(row.key).second) << row.key;
    EXPECT_TRUE(row.access.store != nullptr && row.access.fetch != nullptr) << row.key;
    EXPECT_TRUE(row.help.ends_with('.')) << row.key;
    EXPECT_EQ(row.choices.empty(), row.type != value_type::choice) << row.key;
    EXPECT_TRUE(row.has_default() || !row.example.empty()) << row.key;
    EXPECT_TRUE(row.type != value_type::integer || row.least < row.most) << row.key;
    EXPECT_EQ(find_definition(row.key), &row);
  }
  EXPECT_EQ(find_definition("discord"), nullptr);
  EXPECT_EQ(find_definition(""), nullptr);
}

TEST(definition, defaults_are_within_their_own_bounds) {
  for (const auto& row : definitions()) {
    const auto standard = row.access.fetch(settings{});
    if (const auto* number = std::get_if<std::int64_t>(&standard)) {
      EXPECT_GE(*number, row.least) << row.key;
      EXPECT_LE(*number, row.most) << row.key;
    }
  }
}

TEST(definition, sections_are_whole) {
  EXPECT_THAT(sections(),
              ElementsAre("discord", "discord.properties", "rest", "gateway", "handlers", "events",
                          "events.route", "nats", "cluster", "queue", "interactions", "state",
                          "resharding", "admin", "log", "controllers"));
}

TEST(definition, says_what_a_reload_changes) {
  for (const auto& row : definitions()) {
    const bool whole_section = row.key.starts_with("handlers.") || row.key.starts_with("events.") ||
                               row.key.starts_with("queue.") ||
                               row.key.starts_with("interactions.") ||
                               row.key.starts_with("resharding.");
    const bool single =
        row.key == "discord.presence" || row.key == "log.level" || row.key == "admin.authorization";
    EXPECT_EQ(row.reloadable, whole_section || single) << row.key;
  }
}

TEST(definition, describes_what_is_allowed) {
  EXPECT_EQ(allowed_text(*find_definition("rest.timeout_ms")), "100 to 600000 ms");
  EXPECT_EQ(allowed_text(*find_definition("log.format")), "\"text\", \"json\"");
  EXPECT_EQ(allowed_text(*find_definition("interactions.defer")), "true, false");
  EXPECT_EQ(allowed_text(*find_definition("interactions.invite_code")),
            "letters, digits and -, 1 to 64 bytes");
  EXPECT_EQ(allowed_text(*find_definition("handlers.signing_secret")), "");
}

TEST(to_toml, writes_every_kind) {
  EXPECT_EQ(to_toml(true), "true");
  EXPECT_EQ(to_toml(std::int64_t{-1}), "-1");
  EXPECT_EQ(to_toml(std::vector<std::string>{"a", "b"}), "[\"a\", \"b\"]");
  EXPECT_EQ(to_toml(std::string("q\" b\\ \n \x7f ${A} $ é")),
            "\"q\\\" b\\\\ \\u000a \\u007f $${A} $ é\"");
}

}  // namespace
}  // namespace gatehouse::config
