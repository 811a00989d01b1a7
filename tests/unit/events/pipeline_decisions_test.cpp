#include "padded.hpp"
#include "pipeline_parts.hpp"

#include <gatehouse/events/pipeline.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <log_capture.hpp>
#include <string>
#include <utility>
#include <vector>

/// Where a library decides what becomes of an event.
namespace gatehouse::events {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class pipeline_decisions : public testing::Test {
 protected:
  void decide(const std::function<void(Controllers&)>& enter) {
    decisions_.add("a.so", enter);
    pipeline_.emplace(settings_, types_, pool_, sink_, &decisions_);
  }
  void send(std::string_view type, std::string_view d, std::uint64_t guild_id = 7) {
    const padded payload{payload_of(type, ++seq_, d)};
    gateway::envelope parsed;
    ASSERT_EQ(parser_.parse(payload.view(), parsed), gateway::envelope_error::none);
    pipeline_->handle(
        session_,
        {parsed.type, seq_, guild_id, payload.view(), parsed.data, prefix, parser_.indexed()}, {});
  }
  std::vector<std::string> names() const {
    std::vector<std::string> list;
    for (const auto& sent : sink_.events) list.emplace_back(types_.name(sent->type));
    return list;
  }
  std::uint64_t failures() { return decisions_.failures().front().failures; }

  config::event_settings settings_;
  test::log_capture log_;
  controllers::decision_points decisions_{{}, log_.log()};
  event_type_registry types_;
  event_pool pool_;
  collecting_sink sink_;
  session_log_ptr session_ = new session_log(3, "session", 0, {});
  gateway::envelope_parser parser_;
  std::optional<pipeline> pipeline_;
  std::int64_t seq_ = 0;
};

TEST_F(pipeline_decisions, a_dropped_payload_is_filtered_and_settled) {
  decide([](Controllers& hooks) {
    hooks.handle_payload = [](const payload_question& asked) {
      EXPECT_EQ(asked.shard_id, 3);
      EXPECT_EQ(asked.guild_id, 7U);
      EXPECT_EQ(asked.seq, 1);
      EXPECT_EQ(asked.type, "A");
      EXPECT_EQ(asked.payload, R"({"t":"A","s":1,"op":0,"d":{}})");
      return payload_decision{.forward = false};
    };
  });
  send("A", "{}");
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(session_->safe_seq(), 1);
  EXPECT_EQ(pipeline_->counters().filtered.at(static_cast<std::size_t>(types_.intern("A"))), 1U);
}

TEST_F(pipeline_decisions, a_rewritten_payload_keeps_its_place) {
  decide([](Controllers& hooks) {
    hooks.handle_payload = [](const payload_question&) {
      return payload_decision{.payload = R"({"op":0,"d":5})"};
    };
  });
  send("A", "{}");
  ASSERT_THAT(names(), ElementsAre("A"));
  const auto& sent = *sink_.events.front();
  EXPECT_EQ(sent.body(), std::string{prefix} + R"({"op":0,"d":5}})");
  EXPECT_EQ(sent.seq, 1);
  EXPECT_EQ(sent.guild_id, 7U);
  EXPECT_EQ(sent.shard_id(), 3);
  EXPECT_EQ(sent.wanted_url, nullptr);
}

TEST_F(pipeline_decisions, a_payload_goes_to_configured_urls_only) {
  std::string next = "http://known";
  decide([&](Controllers& hooks) {
    hooks.handle_payload = [&](const payload_question&) { return payload_decision{.url = next}; };
  });
  send("A", "{}");
  next = "http://unknown";
  send("A", "{}");
  ASSERT_EQ(sink_.events.size(), 2U);
  ASSERT_NE(sink_.events.front()->wanted_url, nullptr);
  EXPECT_EQ(*sink_.events.front()->wanted_url, "http://known");
  EXPECT_EQ(sink_.events.back()->wanted_url, nullptr);
  EXPECT_EQ(failures(), 1U);
}

TEST_F(pipeline_decisions, what_the_configuration_filters_is_not_asked_about) {
  settings_.drop = {"A"};
  decide([](Controllers& hooks) {
    hooks.handle_payload = [](const payload_question&) -> payload_decision { throw 1; };
  });
  send("A", "{}");
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(failures(), 0U);
}

TEST_F(pipeline_decisions, guild_create) {
  std::vector<std::pair<guild_meaning, guild_decision>> asked_about;
  guild_decision next = guild_decision::as_guild_loaded;
  settings_.guild_create = config::guild_create_mode::loaded_dd;
  decide([&](Controllers& hooks) {
    hooks.guild_create = [&](const guild_question& asked) {
      asked_about.emplace_back(asked.meaning, asked.proposed);
      return next;
    };
  });
  send("READY", R"({"guilds":[{"id":"8"}]})", 0);
  send("GUILD_CREATE", R"({"id":"7"})");
  next = guild_decision::drop;
  send("GUILD_CREATE", R"({"id":"8"})", 8);
  EXPECT_THAT(names(), ElementsAre("READY", "GUILD_LOADED_DD"));
  EXPECT_THAT(asked_about,
              ElementsAre(std::pair{guild_meaning::join, guild_decision::forward},
                          std::pair{guild_meaning::initial_load, guild_decision::as_guild_loaded}));
}

TEST_F(pipeline_decisions, message_update) {
  settings_.edited_message_ttl = runtime::milliseconds{60'000};
  std::vector<bool> verdicts;
  decide([&](Controllers& hooks) {
    hooks.message_update = [&](const message_question& asked) {
      verdicts.push_back(asked.is_same_content);
      return asked.is_same_content;  // the other way round
    };
  });
  const std::string start = R"({"id":"1","channel_id":"2","guild_id":"7","attachments":[],)"
                            R"("components":[],"flags":0,"pinned":false,)";
  send("MESSAGE_CREATE", start + R"("content":"a","edited_timestamp":null,"embeds":[]})");
  send("MESSAGE_UPDATE", start + R"("content":"a","edited_timestamp":null,"embeds":[{}]})");
  send("MESSAGE_UPDATE",
       start + R"("content":"b","edited_timestamp":"2026-01-31T12:00:00+00:00","embeds":[]})");
  EXPECT_THAT(verdicts, ElementsAre(true, false));
  EXPECT_THAT(names(), ElementsAre("MESSAGE_CREATE", "MESSAGE_UPDATE"));
}

}  // namespace
}  // namespace gatehouse::events
