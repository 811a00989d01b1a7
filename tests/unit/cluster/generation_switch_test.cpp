#include "generation_switch_fixture.hpp"

#include <gmock/gmock.h>

namespace gatehouse::cluster {
namespace {

using runtime::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto a = R"({"guild_id":"7","n":1})";
constexpr auto b = R"({"guild_id":"7","n":2})";
constexpr auto c = R"({"guild_id":"7","n":3})";

TEST_F(generation_switch_test, while_it_loads_the_new_generation_learns_and_is_not_heard) {
  old_receives("A", a);
  new_receives("READY", ready);
  new_receives("GUILD_CREATE", guild);
  new_receives("A", a);
  EXPECT_THAT(sent(), ElementsAre("old:A"));
  EXPECT_THAT(new_.log->guilds().guild_ids(), ElementsAre(7U));
  EXPECT_EQ(new_.log->safe_seq(), 3) << "nothing of it is to be repeated";
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(generation_switch_test, compared_copies_are_settled_whichever_comes_first) {
  compare();
  new_receives("A", a);
  EXPECT_EQ(new_.log->safe_seq(), 0) << "held: should the process end now, it is repeated";
  EXPECT_GT(tested().held_bytes(), 0U);
  pass(30);
  old_receives("A", a);
  EXPECT_EQ(new_.log->safe_seq(), 1);
  EXPECT_EQ(tested().held_bytes(), 0U);
  old_receives("B", b);
  pass(50);
  new_receives("B", b);
  EXPECT_EQ(new_.log->safe_seq(), 2);
  EXPECT_THAT(sent(), ElementsAre("old:A", "old:B"));
  EXPECT_EQ(old_.log->open_events(), 2U) << "they are delivered as ever";
  EXPECT_EQ(tested().matched(), 2U);
  EXPECT_EQ(tested().longest_lag(), milliseconds{50});
}

TEST_F(generation_switch_test, tells_the_others_what_was_forwarded_here) {
  compare();
  old_receives("A", a);
  old_receives("B", b);
  EXPECT_EQ(flushes_wanted_, 1) << "one call for all that comes until then";
  EXPECT_THAT(told_, IsEmpty());
  tested().flush();
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_EQ(told_[0].at, now_);
  EXPECT_NE(told_[0].key, told_[1].key);
  tested().flush();
  EXPECT_EQ(told_.size(), 2U);
  old_receives("C", c);
  EXPECT_EQ(flushes_wanted_, 2);
  stop();
  EXPECT_EQ(told_.size(), 3U) << "at the stop at the latest";
}

TEST_F(generation_switch_test, knows_what_was_forwarded_elsewhere) {
  compare();
  new_receives("A", a);
  const test::received_dispatch elsewhere{"A", 90, a};
  const events::forwarded_copy copy{events::content_key_of(elsewhere.view()), now_};
  tested().on_forwarded_elsewhere({&copy, 1});
  EXPECT_EQ(new_.log->safe_seq(), 1);
  EXPECT_THAT(told_, IsEmpty()) << "it is not told back";
}

TEST_F(generation_switch_test, remembers_only_what_its_own_new_shards_may_receive) {
  constexpr auto ours = R"({"guild_id":"8388608"})";       // shard 0 of 2
  constexpr auto of_others = R"({"guild_id":"4194304"})";  // shard 1 of 2
  tested().expect(new_shard, 2);
  compare();
  old_receives("A", of_others);
  EXPECT_EQ(tested().remembered(), 0U);
  tested().flush();
  ASSERT_EQ(told_.size(), 1U) << "the others may need it";
  tested().on_forwarded_elsewhere(told_);
  EXPECT_EQ(tested().remembered(), 0U);
  old_receives("A", ours);
  const auto own = tested().remembered();
  EXPECT_GT(own, 0U);
  old_receives("INTERACTION_CREATE", R"({"id":"1","guild_id":"4194304"})");
  EXPECT_GT(tested().remembered(), own) << "any shard may receive it";
}

TEST_F(generation_switch_test, gives_up_what_waits_for_longer_than_a_window) {
  compare();
  pass(1'500);
  new_receives("A", a);
  old_receives("B", b);
  pass(1'001);
  tested().expire(now_);
  EXPECT_EQ(tested().remembered(), 0U);
  EXPECT_EQ(tested().unmatched().held, 1U);
  EXPECT_EQ(tested().unmatched().forwarded, 1U);
  EXPECT_EQ(new_.log->open_events(), 0U) << "the serving generation is the one that is heard";
  compare();
  EXPECT_EQ(tested().unmatched().count(), 0U);
  EXPECT_EQ(tested().comparisons(), 2);
}

TEST_F(generation_switch_test, before_a_comparison_news_from_elsewhere_is_of_no_use) {
  const events::forwarded_copy copy{1, now_};
  tested().on_forwarded_elsewhere({&copy, 1});
  EXPECT_EQ(tested().matched(), 0U);
  EXPECT_EQ(tested().held_bytes(), 0U);
  EXPECT_EQ(tested().longest_lag(), milliseconds{0});
}

TEST_F(generation_switch_test, the_switch_forwards_each_event_once) {
  compare_for_long();
  old_receives("A", a);
  stop();
  EXPECT_TRUE(tested().is_stopped());
  old_receives("B", b);  // set aside
  new_receives("A", a);
  new_receives("B", b);
  EXPECT_THAT(sent(), ElementsAre("old:A"));
  serve();
  EXPECT_FALSE(tested().is_stopped());
  EXPECT_THAT(sent(), ElementsAre("old:A", "new:B"));
  old_receives("C", c);
  EXPECT_EQ(sent().size(), 2U) << "it is not heard any more";
  new_receives("C", c);
  EXPECT_THAT(sent(), ElementsAre("old:A", "new:B", "new:C"));
}

TEST_F(generation_switch_test, a_copy_that_comes_after_the_switch_is_recognised) {
  compare_for_long();
  old_receives("A", a);
  stop();
  serve();
  new_receives("A", a);
  EXPECT_THAT(sent(), ElementsAre("old:A"));
  EXPECT_EQ(new_.log->safe_seq(), 1);
  new_receives("A", a);
  EXPECT_THAT(sent(), ElementsAre("old:A", "new:A")) << "it has happened again";
}

TEST_F(generation_switch_test, what_is_set_aside_stays_open_in_its_session) {
  compare_for_long();
  stop();
  old_receives("A", a);
  EXPECT_EQ(old_.log->open_events(), 1U);
  EXPECT_EQ(old_.log->safe_seq(), 0) << "killed now, Discord has to repeat it";
  new_receives("A", a);
  EXPECT_EQ(new_.log->open_events(), 1U);
  serve();
  EXPECT_EQ(old_.log->open_events(), 1U);
  EXPECT_EQ(new_.log->open_events(), 1U) << "in delivery";
  EXPECT_EQ(sink_.events.front()->seq, 1);
}

TEST_F(generation_switch_test, after_a_stop_that_comes_to_nothing_nothing_has_happened) {
  compare_for_long();
  stop();
  old_receives("A", a);
  new_receives("A", a);
  old_receives("B", b);
  const auto received = now_;
  pass(900);
  tested().go_on();
  EXPECT_THAT(sent(), ElementsAre("old:A", "old:B"));
  EXPECT_EQ(sink_.events.front()->received, received);
  EXPECT_EQ(new_.log->safe_seq(), 1);
  EXPECT_EQ(old_.log->open_events(), 2U);
  tested().flush();
  EXPECT_EQ(told_.size(), 2U);
  new_receives("B", b);
  old_receives("C", c);
  new_receives("C", c);
  EXPECT_EQ(new_.log->open_events(), 0U);
  stop();
  serve();
  EXPECT_THAT(sent(), ElementsAre("old:A", "old:B", "old:C"));
}

TEST_F(generation_switch_test, steps_out_of_turn_change_nothing) {
  serve();
  stop();
  tested().go_on();
  old_receives("A", a);
  new_receives("A", a);
  EXPECT_THAT(sent(), ElementsAre("old:A"));
  EXPECT_FALSE(tested().is_stopped());
  compare();
  serve();
  old_receives("B", b);
  EXPECT_THAT(sent(), ElementsAre("old:A", "old:B"));
}

TEST_F(generation_switch_test, a_comparison_begun_anew_knows_nothing_of_the_one_before) {
  compare_for_long();
  new_receives("A", a);
  old_receives("B", b);
  EXPECT_GT(tested().held_bytes(), 0U);
  compare();
  EXPECT_EQ(tested().held_bytes(), 0U);
  EXPECT_EQ(tested().matched(), 0U);
  EXPECT_EQ(new_.log->safe_seq(), 1) << "the serving generation delivers it";
  pass(2'000);
  new_receives("B", b);
  EXPECT_EQ(new_.log->open_events(), 1U);
  stop();
  serve();
  EXPECT_THAT(sent(), ElementsAre("old:B", "new:B"));
}

TEST_F(generation_switch_test, what_is_filtered_is_neither_compared_nor_held) {
  settings_.drop = {"A"};
  compare();
  old_receives("A", a);
  new_receives("A", a);
  new_receives("A", b);
  EXPECT_EQ(flushes_wanted_, 0);
  EXPECT_EQ(new_.log->safe_seq(), 2);
  pass(2'000);
  stop();
  old_receives("A", c);
  tested().go_on();
  EXPECT_EQ(old_.log->safe_seq(), 2);
  stop();
  serve();
  new_receives("A", c);
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(new_.log->safe_seq(), 3);
}

TEST_F(generation_switch_test, what_concerns_one_session_alone_is_no_copy) {
  compare_for_long();
  for (const auto type : {"READY", "RESUMED", "RATE_LIMITED", "GUILD_MEMBERS_CHUNK", "CHANNEL_INFO",
                          "SOUNDBOARD_SOUNDS"}) {
    old_receives(type, R"({"guild_id":"7"})");
    new_receives(type, R"({"guild_id":"7"})");
  }
  EXPECT_EQ(sent().size(), 6U);
  EXPECT_EQ(flushes_wanted_, 0);
  EXPECT_EQ(new_.log->safe_seq(), 6);
  stop();
  old_receives("GUILD_MEMBERS_CHUNK", a);
  EXPECT_EQ(sent().size(), 7U) << "somebody waits for it";
  serve();
  old_receives("GUILD_MEMBERS_CHUNK", b);
  new_receives("GUILD_MEMBERS_CHUNK", b);
  EXPECT_EQ(sent().at(7), "old:GUILD_MEMBERS_CHUNK");
  EXPECT_EQ(sent().at(8), "new:GUILD_MEMBERS_CHUNK");
}

TEST_F(generation_switch_test, only_the_serving_generation_may_be_heard) {
  EXPECT_FALSE(tested().is_silent(old_shard));
  EXPECT_TRUE(tested().is_silent(new_shard));
  compare_for_long();
  stop();
  EXPECT_FALSE(tested().is_silent(old_shard));
  EXPECT_TRUE(tested().is_silent(new_shard));
  serve();
  EXPECT_TRUE(tested().is_silent(old_shard));
  EXPECT_FALSE(tested().is_silent(new_shard));
}

/// A bot that has asked for a voice server waits for this event, and nobody sends it again.
TEST_F(generation_switch_test, a_voice_server_is_never_lost_in_the_stop) {
  constexpr auto server = R"({"guild_id":"7","token":"t","endpoint":"voice.test"})";
  compare_for_long();
  old_receives("VOICE_SERVER_UPDATE", server);
  stop();
  old_receives("VOICE_SERVER_UPDATE", server);
  serve();
  old_receives("VOICE_SERVER_UPDATE", server);
  new_receives("VOICE_SERVER_UPDATE", server);
  EXPECT_THAT(sent(), ElementsAre("old:VOICE_SERVER_UPDATE", "old:VOICE_SERVER_UPDATE",
                                  "old:VOICE_SERVER_UPDATE", "new:VOICE_SERVER_UPDATE"));
}

}  // namespace
}  // namespace gatehouse::cluster
