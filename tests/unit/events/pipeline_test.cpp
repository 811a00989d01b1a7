#include "padded.hpp"
#include "pipeline_parts.hpp"

#include <gatehouse/events/pipeline.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace gatehouse::events {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// `{"id":"7"}`, or with `unavailable` as given.
std::string guild(std::uint64_t id, std::string_view unavailable = {}) {
  std::string d = R"({"name":"a guild","id":")" + std::to_string(id) + '"';
  if (!unavailable.empty()) d.append(R"(,"unavailable":)").append(unavailable);
  return d + '}';
}

class pipeline_test : public testing::Test {
 protected:
  pipeline& tested() {
    if (!pipeline_) pipeline_.emplace(settings_, types_, pool_, sink_);
    return *pipeline_;
  }
  /// Hands over the next dispatch; returns its payload.
  std::string send(std::string_view type, std::string_view d, std::uint64_t guild_id = 0) {
    const padded payload{payload_of(type, ++seq_, d)};
    gateway::envelope parsed;
    EXPECT_EQ(parser_.parse(payload.view(), parsed), gateway::envelope_error::none);
    tested().handle(
        session_,
        {parsed.type, seq_, guild_id, payload.view(), parsed.data, prefix, parser_.indexed()},
        now_);
    return std::string{payload.view()};
  }
  void send_guild(std::string_view type, std::uint64_t id, std::string_view unavailable = {}) {
    send(type, guild(id, unavailable), id);
  }
  void send_ready() {
    send("READY", R"({"v":10,"guilds":[{"id":"7"},{"unavailable":true,"id":"8"}]})");
  }

  std::vector<std::string> names() const {
    std::vector<std::string> list;
    for (const auto& sent : sink_.events) list.emplace_back(types_.name(sent->type));
    return list;
  }
  std::uint64_t filtered(std::string_view name) {
    const auto index = static_cast<std::size_t>(types_.intern(name));
    const auto& counts = tested().counters().filtered;
    return index < counts.size() ? counts[index] : 0;
  }

  std::uint64_t forwarded(std::string_view name) {
    const auto index = static_cast<std::size_t>(types_.intern(name));
    const auto& counts = tested().counters().forwarded;
    return index < counts.size() ? counts[index] : 0;
  }

  config::event_settings settings_;
  event_type_registry types_;
  event_pool pool_;
  collecting_sink sink_;
  session_log_ptr session_{new session_log{3, "session", 0}};
  gateway::envelope_parser parser_;
  std::int64_t seq_ = 0;
  runtime::time_point now_{std::chrono::hours{5}};

 private:
  std::optional<pipeline> pipeline_;
};

TEST_F(pipeline_test, forwards_the_payload_as_it_came) {
  const auto payload = send("TYPING_START", R"({"guild_id":"7"})", 7);
  ASSERT_EQ(sink_.events.size(), 1U);
  const event& sent = *sink_.events.front();
  EXPECT_EQ(sent.body(), std::string{prefix} + payload + '}');
  EXPECT_EQ(sent.payload(), payload);
  EXPECT_EQ(sent.session, session_);
  EXPECT_EQ(sent.seq, 1);
  EXPECT_EQ(sent.guild_id, 7U);
  EXPECT_EQ(sent.received, now_);
  EXPECT_FALSE(sent.is_barrier);
  EXPECT_EQ(session_->open_events(), 1U);
}

TEST_F(pipeline_test, ready_is_a_barrier) {
  send_ready();
  ASSERT_EQ(sink_.events.size(), 1U);
  EXPECT_TRUE(sink_.events.front()->is_barrier);
}

TEST_F(pipeline_test, what_is_not_forwarded_is_settled_and_counted) {
  settings_.drop = {"TYPING_START"};
  send("TYPING_START", "{}");
  send("INVITE_CREATE", "{}");
  EXPECT_THAT(names(), ElementsAre("INVITE_CREATE"));
  EXPECT_EQ(session_->safe_seq(), 1);
  EXPECT_EQ(filtered("TYPING_START"), 1U);
  EXPECT_EQ(forwarded("TYPING_START"), 0U);
  EXPECT_EQ(forwarded("INVITE_CREATE"), 1U);
}

TEST_F(pipeline_test, only_named_events_are_forwarded) {
  settings_.only = {"INVITE_CREATE"};
  send("TYPING_START", "{}");
  send("NEVER_HEARD_OF", "{}");
  send("INVITE_CREATE", "{}");
  EXPECT_THAT(names(), ElementsAre("INVITE_CREATE"));
  EXPECT_EQ(session_->safe_seq(), 2);
}

TEST_F(pipeline_test, passes_on_whether_the_sink_is_congested) {
  EXPECT_FALSE(tested().congested(0));
  sink_.is_congested = true;
  EXPECT_TRUE(tested().congested(0));
}

TEST_F(pipeline_test, keeps_the_guilds_of_the_session) {
  send_ready();
  EXPECT_THAT(session_->guilds().loading_guild_ids(), ElementsAre(7, 8));
  send_guild("GUILD_CREATE", 7);
  send_guild("GUILD_CREATE", 8, "false");
  send_guild("GUILD_CREATE", 9, "true");
  EXPECT_THAT(session_->guilds().guild_ids(), ElementsAre(7, 8));
  send_guild("GUILD_DELETE", 7, "true");
  send_guild("GUILD_DELETE", 8);
  EXPECT_THAT(session_->guilds().guild_ids(), ElementsAre(7));
}

TEST_F(pipeline_test, keeps_the_guilds_of_filtered_events_too) {
  settings_.only = {"INVITE_CREATE"};
  send_ready();
  send_guild("GUILD_CREATE", 7);
  EXPECT_THAT(sink_.events, IsEmpty());
  EXPECT_THAT(session_->guilds().guild_ids(), ElementsAre(7));
  EXPECT_EQ(session_->guilds().take_changes(1).guilds.size(), 2U) << "READY's seq is 1";
}

TEST_F(pipeline_test, an_odd_ready_leaves_no_guilds) {
  send("READY", R"({"v":10})");
  send("READY", R"({"guilds":null})");
  send("READY", R"({"guilds":[5]})");
  EXPECT_EQ(sink_.events.size(), 3U);
  EXPECT_EQ(session_->guilds().known(), 0U);
}

TEST_F(pipeline_test, a_guild_event_without_an_id_is_forwarded) {
  settings_.guild_create = config::guild_create_mode::loaded_dd;
  send("GUILD_CREATE", "{}");
  send("GUILD_DELETE", "{}");
  EXPECT_THAT(names(), ElementsAre("GUILD_CREATE", "GUILD_DELETE"));
  EXPECT_EQ(session_->guilds().known(), 0U);
}

TEST_F(pipeline_test, raw_guilds_pass_unchanged) {
  send_ready();
  const auto payload = send("GUILD_CREATE", guild(7), 7);
  send_guild("GUILD_CREATE", 7);
  send_guild("GUILD_CREATE", 8, "true");
  send_guild("GUILD_CREATE", 9);
  EXPECT_THAT(names(),
              ElementsAre("READY", "GUILD_CREATE", "GUILD_CREATE", "GUILD_CREATE", "GUILD_CREATE"));
  EXPECT_EQ(sink_.events[1]->payload(), payload);
}

class loaded_guilds : public pipeline_test {
 protected:
  loaded_guilds() { settings_.guild_create = config::guild_create_mode::loaded_dd; }
};

TEST_F(loaded_guilds, only_a_real_join_is_guild_create) {
  send_ready();
  send_guild("GUILD_CREATE", 7);           // announced
  send_guild("GUILD_CREATE", 9);           // joined
  send_guild("GUILD_DELETE", 7, "true");   // an outage
  send_guild("GUILD_CREATE", 7);           // and back
  send_guild("GUILD_CREATE", 8, "true");   // cannot be loaded
  send_guild("GUILD_CREATE", 8, "false");  // can
  send_guild("GUILD_CREATE", 10, "true");  // joined, with an outage
  send_guild("GUILD_CREATE", 10);
  send_guild("GUILD_DELETE", 9);  // left
  EXPECT_THAT(names(), ElementsAre("READY", "GUILD_LOADED_DD", "GUILD_CREATE", "GUILD_DELETE",
                                   "GUILD_LOADED_DD", "GUILD_CREATE", "GUILD_DELETE"));
  EXPECT_EQ(filtered("GUILD_CREATE"), 3U);
  EXPECT_EQ(session_->open_events(), 7U);
}

TEST_F(loaded_guilds, only_the_name_is_replaced) {
  send_ready();
  auto expected = send("GUILD_CREATE", R"({"id":"7","t":"GUILD_CREATE"})", 7);
  expected.replace(expected.find("GUILD_CREATE"), 12, "GUILD_LOADED_DD");
  const event& sent = *sink_.events.back();
  EXPECT_EQ(sent.payload(), expected);
  EXPECT_EQ(sent.body(), std::string{prefix} + expected + '}');
  EXPECT_EQ(sent.seq, 2);
  EXPECT_EQ(sent.guild_id, 7U);
}

TEST_F(loaded_guilds, the_guilds_saved_with_a_session_are_known_after_a_restart) {
  session_ = new session_log{3, "session", 5, guild_cache{saved_guilds{{7}, {8}}}};
  seq_ = 5;
  send_guild("GUILD_CREATE", 7);
  send_guild("GUILD_CREATE", 8);
  send_guild("GUILD_CREATE", 9);
  EXPECT_THAT(names(), ElementsAre("GUILD_LOADED_DD", "GUILD_CREATE"));
}

struct filter_case {
  std::vector<std::string> only;
  std::vector<std::string> drop;
  std::vector<std::string> forwarded;
};

TEST_F(loaded_guilds, filters_hold_for_the_name_that_goes_out) {
  const filter_case cases[] = {
      {{"GUILD_CREATE"}, {}, {"GUILD_LOADED_DD", "GUILD_CREATE"}},
      {{"GUILD_LOADED_DD"}, {}, {"GUILD_LOADED_DD"}},
      {{"GUILD_CREATE"}, {"GUILD_LOADED_DD"}, {"GUILD_CREATE"}},
      {{"INVITE_CREATE"}, {}, {}},
      {{}, {"READY", "GUILD_CREATE"}, {}},
      {{}, {"READY", "GUILD_LOADED_DD"}, {"GUILD_CREATE"}},
      {{"GUILD_LOADED_DD"}, {"GUILD_CREATE"}, {"GUILD_LOADED_DD"}},
  };
  for (const auto& [only, drop, forwarded] : cases) {
    settings_.only = only;
    settings_.drop = drop;
    sink_.events.clear();
    session_ = new session_log{3, "session", 0};
    pipeline filtering{settings_, types_, pool_, sink_};
    const auto hand_over = [&](std::int64_t seq, std::string_view type, std::uint64_t id,
                               std::string_view d) {
      const padded payload{payload_of(type, seq, d)};
      gateway::envelope parsed;
      ASSERT_EQ(parser_.parse(payload.view(), parsed), gateway::envelope_error::none);
      filtering.handle(
          session_, {parsed.type, seq, id, payload.view(), parsed.data, prefix, parser_.indexed()},
          now_);
    };
    hand_over(1, "READY", 0, R"({"guilds":[{"id":"7"}]})");
    hand_over(2, "GUILD_CREATE", 7, guild(7));
    hand_over(3, "GUILD_CREATE", 9, guild(9));
    EXPECT_EQ(names(), forwarded) << testing::PrintToString(only) << testing::PrintToString(drop);
    EXPECT_EQ(session_->open_events(), forwarded.size());
  }
}

const std::string message =
    R"({"id":"55","content":"a","edited_timestamp":null,"flags":0,"pinned":false,)"
    R"("attachments":[],"components":[],"embeds":[]})";

TEST_F(pipeline_test, an_unfurl_is_not_forwarded) {
  send("MESSAGE_CREATE", message);
  send("MESSAGE_UPDATE", message);
  EXPECT_THAT(names(), ElementsAre("MESSAGE_CREATE"));
  EXPECT_EQ(filtered("MESSAGE_UPDATE"), 1U);
  EXPECT_EQ(session_->open_events(), 1U);
  now_ += settings_.edited_message_ttl + runtime::milliseconds{1};
  send("MESSAGE_UPDATE", message);
  EXPECT_THAT(names(), ElementsAre("MESSAGE_CREATE", "MESSAGE_UPDATE"));
}

TEST_F(pipeline_test, a_created_message_that_is_filtered_counts_as_seen) {
  settings_.drop = {"MESSAGE_CREATE"};
  send("MESSAGE_CREATE", message);
  send("MESSAGE_UPDATE", message);
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(filtered("MESSAGE_UPDATE"), 1U);
}

TEST_F(pipeline_test, without_a_ttl_every_update_is_forwarded) {
  settings_.edited_message_ttl = runtime::milliseconds{0};
  send("MESSAGE_CREATE", message);
  send("MESSAGE_UPDATE", message);
  EXPECT_THAT(names(), ElementsAre("MESSAGE_CREATE", "MESSAGE_UPDATE"));
}

}  // namespace
}  // namespace gatehouse::events
