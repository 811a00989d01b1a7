#include "generation_switch_fixture.hpp"

#include <gmock/gmock.h>

/// Events that mean something to the pipeline, seen by two generations.
namespace gatehouse::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// ---- guilds ----

class guilds_of_a_switch : public generation_switch_test {
 protected:
  guilds_of_a_switch() {
    settings_.guild_create = config::guild_create_mode::loaded_dd;
    receive(old_shard, "READY", ready);
    receive(old_shard, "GUILD_CREATE", guild);
    receive(new_shard, "READY", ready);
    sink_.events.clear();
  }
};

constexpr auto joined = R"({"id":"9","name":"another"})";

TEST_F(guilds_of_a_switch, a_real_join_is_forwarded_once_as_such) {
  new_receives("GUILD_CREATE", guild);
  compare_for_long();
  new_receives("GUILD_CREATE", joined);
  old_receives("GUILD_CREATE", joined);
  EXPECT_THAT(sent(), ElementsAre("old:GUILD_CREATE"));
  stop();
  new_receives("GUILD_CREATE", R"({"id":"10"})");
  old_receives("GUILD_CREATE", R"({"id":"10"})");
  serve();
  EXPECT_THAT(sent(), ElementsAre("old:GUILD_CREATE", "new:GUILD_CREATE"));
  EXPECT_THAT(new_.log->guilds().guild_ids(), ElementsAre(7U, 9U, 10U));
}

TEST_F(guilds_of_a_switch, a_join_set_aside_is_one_when_the_old_generation_goes_on) {
  compare_for_long();
  stop();
  old_receives("GUILD_CREATE", joined);
  tested().go_on();
  EXPECT_THAT(sent(), ElementsAre("old:GUILD_CREATE"));
}

TEST_F(guilds_of_a_switch, a_guild_that_was_slow_to_load_is_no_news) {
  compare_for_long();
  new_receives("GUILD_CREATE", guild);
  EXPECT_EQ(new_.log->open_events(), 1U);
  pass(1);
  stop();
  serve();
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(new_.log->open_events(), 0U);
  EXPECT_THAT(new_.log->guilds().guild_ids(), ElementsAre(7U));
}

TEST_F(guilds_of_a_switch, a_return_from_an_outage_is_paired_though_the_new_one_calls_it_a_load) {
  compare_for_long();
  old_receives("GUILD_CREATE", guild);  // an outage has ended; filtered in this mode
  new_receives("GUILD_CREATE", guild);  // for this session it is the first time
  EXPECT_EQ(new_.log->open_events(), 0U);
  EXPECT_EQ(tested().matched(), 1U);
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(generation_switch_test, a_return_that_only_the_new_generation_has_seen_is_forwarded) {
  new_receives("READY", ready);
  new_receives("GUILD_CREATE", guild);
  compare_for_long();
  stop();
  new_receives("GUILD_CREATE", guild);
  old_receives("GUILD_CREATE", guild);
  serve();
  EXPECT_THAT(sent(), ElementsAre("new:GUILD_CREATE")) << "raw mode";
}

// ---- unfurls ----

constexpr auto created =
    R"({"id":"55","guild_id":"7","content":"a","edited_timestamp":null,"flags":0,"pinned":false,)"
    R"("attachments":[],"components":[],"embeds":[]})";
constexpr auto edited =
    R"({"id":"55","guild_id":"7","content":"b","edited_timestamp":"2024-01-01T00:00:00.123+00:00",)"
    R"("flags":0,"pinned":false,"attachments":[],"components":[],"embeds":[]})";

TEST_F(generation_switch_test, an_edit_is_no_unfurl_because_its_copy_came_first) {
  compare_for_long();
  old_receives("MESSAGE_CREATE", created);
  new_receives("MESSAGE_CREATE", created);
  new_receives("MESSAGE_UPDATE", edited);
  old_receives("MESSAGE_UPDATE", edited);
  EXPECT_THAT(sent(), ElementsAre("old:MESSAGE_CREATE", "old:MESSAGE_UPDATE"));
  EXPECT_EQ(new_.log->open_events(), 0U);
}

TEST_F(generation_switch_test, an_edit_that_was_set_aside_is_none_for_the_new_generation) {
  compare_for_long();
  old_receives("MESSAGE_CREATE", created);
  new_receives("MESSAGE_CREATE", created);
  stop();
  old_receives("MESSAGE_UPDATE", edited);
  new_receives("MESSAGE_UPDATE", edited);
  serve();
  EXPECT_THAT(sent(), ElementsAre("old:MESSAGE_CREATE", "new:MESSAGE_UPDATE"));
}

TEST_F(generation_switch_test, unfurls_are_still_recognised_after_the_switch) {
  compare_for_long();
  old_receives("MESSAGE_CREATE", created);
  new_receives("MESSAGE_CREATE", created);
  stop();
  serve();
  new_receives("MESSAGE_UPDATE", created);
  EXPECT_THAT(sent(), ElementsAre("old:MESSAGE_CREATE"));
}

}  // namespace
}  // namespace gatehouse::cluster
