#include "daemon_process.hpp"
#include "setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

/// Events that the daemon understands before it forwards them: guilds that load, join and come
/// back, and messages that are edited or only unfurled.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr std::uint32_t guilds = 8;

/// One shard whose events arrive in Discord's order.
class understood_events : public testing::Test {
 protected:
  void start(const std::string& events_line) {
    daemon_ = std::make_unique<daemon_process>(config_text{discord_, {handler_.url()}}
                                                   .add("handlers", "ordering = \"shard\"")
                                                   .add("events", events_line)
                                                   .str());
    ASSERT_TRUE(wait_for_start(*daemon_, 1)) << daemon_->log();
    // The guilds follow READY.
    ASSERT_TRUE(handler_.wait_until([](const auto& got) { return got.events > guilds; }, 30s))
        << daemon_->log();
    already_ = handler_.events().size();
  }

  /// What has arrived since the start, up to an event that is sent now.
  std::vector<sim::received_event> arrived() {
    discord_.emit_raw(0, "TEST_END", "{}");
    EXPECT_TRUE(
        handler_.wait_until([](const auto& got) { return got.by_type.contains("TEST_END"); }, 30s))
        << daemon_->log();
    auto events = handler_.events();
    events.pop_back();
    events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(already_));
    return events;
  }

  static std::vector<std::string> types(const std::vector<sim::received_event>& events) {
    std::vector<std::string> list;
    for (const auto& event : events) list.push_back(event.type);
    return list;
  }

  void send_guild(std::string_view type, std::uint64_t id, const std::string& more) {
    discord_.emit_to_guild(id, type, R"({"id":")" + std::to_string(id) + '"' + more + '}');
  }
  void send_message(std::string_view type, const std::string& keys) {
    const auto guild = discord_.guild_ids().front();
    discord_.emit_to_guild(guild, type,
                           R"({"id":"1400000000000000000","channel_id":"1300000000000000000",)"
                           R"("attachments":[],"components":[],"flags":0,"pinned":false,)" +
                               keys + R"(,"guild_id":")" + std::to_string(guild) + R"("})");
  }
  /// A message with a link, its unfurl, and a real edit.
  void send_an_edited_message() {
    send_message("MESSAGE_CREATE", R"("content":"a link","edited_timestamp":null,"embeds":[])");
    send_message("MESSAGE_UPDATE",
                 R"("content":"a link","edited_timestamp":null,"embeds":[{"type":"link"}])");
    send_message("MESSAGE_UPDATE",
                 R"("content":"no link","edited_timestamp":"2026-01-31T12:00:00.766195+00:00",)"
                 R"("embeds":[])");
  }

  sim::simulator discord_{quick_discord(1)};
  sim::event_handler handler_{{.registry = discord_.registry(), .keep_events = 1'000}};
  std::unique_ptr<daemon_process> daemon_;
  std::size_t already_ = 0;
};

TEST_F(understood_events, loaded_guilds_are_told_from_joined_ones) {
  start("guild_create = \"loaded_dd\"");
  const auto at_start = handler_.statistics();
  EXPECT_EQ(at_start.by_type.at("GUILD_LOADED_DD"), guilds);
  EXPECT_FALSE(at_start.by_type.contains("GUILD_CREATE"));

  const auto known = discord_.guild_ids().front();
  send_guild("GUILD_DELETE", known, R"(,"unavailable":true)");
  send_guild("GUILD_CREATE", known, R"(,"name":"back from an outage")");
  const auto joined = discord_.add_guild();
  send_guild("GUILD_DELETE", joined, "");
  const auto events = arrived();
  EXPECT_THAT(types(events), ElementsAre("GUILD_DELETE", "GUILD_CREATE", "GUILD_DELETE"));
  EXPECT_NE(events.at(1).message.find('"' + std::to_string(joined) + '"'), std::string::npos);
}

TEST_F(understood_events, raw_guilds_arrive_as_discord_sent_them) {
  start("guild_create = \"raw\"");
  EXPECT_EQ(handler_.statistics().by_type.at("GUILD_CREATE"), guilds);
  send_guild("GUILD_CREATE", discord_.guild_ids().front(), R"(,"name":"back from an outage")");
  EXPECT_THAT(types(arrived()), ElementsAre("GUILD_CREATE"));
  expect_flawless(handler_);
}

TEST_F(understood_events, an_unfurl_is_not_forwarded_and_an_edit_is) {
  start("edited_message_ttl_ms = 600000");
  send_an_edited_message();
  const auto events = arrived();
  EXPECT_THAT(types(events), ElementsAre("MESSAGE_CREATE", "MESSAGE_UPDATE"));
  EXPECT_NE(events.back().message.find("no link"), std::string::npos);
}

TEST_F(understood_events, without_a_ttl_every_update_is_forwarded) {
  start("edited_message_ttl_ms = 0");
  send_an_edited_message();
  EXPECT_THAT(types(arrived()), ElementsAre("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_UPDATE"));
  expect_flawless(handler_);
}

}  // namespace
}  // namespace gatehouse::test
