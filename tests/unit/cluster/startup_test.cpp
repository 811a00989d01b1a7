#include "manager_parts.hpp"

#include <gatehouse/cluster/startup.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::cluster {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t intents = 513;

storage::stored_session session_of(int shard_id, int total, std::uint64_t with = intents) {
  return {shard_id, {total, with, "session", "wss://resume.test", 5}, {}, {}};
}

storage::stored_state stored(std::vector<storage::stored_session> sessions) {
  storage::stored_state state;
  state.sessions = std::move(sessions);
  return state;
}

class startup_test : public manager_parts, public testing::Test {
 public:
  startup_test() {
    change([](config::settings& changed) { changed.discord.intents = intents; });
  }
  /// Of the stored sessions; those that are to be ended end at once.
  void resume(storage::stored_state state) {
    bool is_done = false;
    boost::asio::co_spawn(context, tested.resume(std::move(state)),
                          [&](const std::exception_ptr&) { is_done = true; });
    run_until([&] {
      for (const auto& each : workers.all<end_session>()) {
        tested.on_ended({each.from.shard_id, 0});
      }
      return is_done;
    });
  }
  static gateway_answer recommending(int shards) {
    return {rest::gateway_bot{.url = "wss://gateway.test", .shards = shards}, {}};
  }
  std::vector<int> started() const {
    std::vector<int> ids;
    for (const auto& each : workers.all<start_shard>()) ids.push_back(each.shard.shard_id);
    return ids;
  }

  configured_shards ours{config::gateway_settings{}};
  startup tested{parts(), ours};
};

TEST_F(startup_test, brings_up_what_discord_recommends) {
  EXPECT_TRUE(tested.is_incomplete());
  EXPECT_EQ(tested.start_rest(recommending(3)), std::nullopt);
  EXPECT_THAT(started(), ElementsAre(0, 1, 2));
  EXPECT_EQ(serving.total_shards, 3);
  EXPECT_FALSE(tested.is_incomplete());
}

TEST_F(startup_test, resumes_what_is_stored_and_adds_what_is_missing) {
  resume(stored({session_of(0, 3), session_of(2, 3)}));
  EXPECT_THAT(started(), ElementsAre(0, 2));
  EXPECT_TRUE(workers.all<start_shard>().front().from);
  EXPECT_TRUE(tested.is_incomplete());
  EXPECT_EQ(tested.start_rest(recommending(8)), std::nullopt);
  EXPECT_THAT(started(), ElementsAre(0, 2, 1)) << "the number of the sessions goes on";
  EXPECT_FALSE(workers.all<start_shard>().back().from);
}

TEST_F(startup_test, ends_sessions_with_other_intents_and_starts_their_shards) {
  resume(stored({session_of(0, 2, 1), session_of(1, 2)}));
  EXPECT_THAT(workers.all<end_session>(), SizeIs(1));
  EXPECT_THAT(started(), ElementsAre(1));
  EXPECT_EQ(tested.start_rest(recommending(2)), std::nullopt);
  EXPECT_THAT(started(), ElementsAre(1, 0));
}

TEST_F(startup_test, a_reshard_of_before_goes_on) {
  auto state = stored({session_of(0, 4)});
  state.reshard = storage::stored_reshard{4, 0};
  resume(std::move(state));
  EXPECT_EQ(tested.start_rest(recommending(2)), std::nullopt);
  EXPECT_EQ(serving.total_shards, 4);
  EXPECT_THAT(started(), ElementsAre(0, 1, 2, 3));
}

TEST_F(startup_test, forgets_sessions_of_shards_that_are_not_ours) {
  config::gateway_settings range;
  range.first_shard_id = 1;
  const configured_shards upper{range};
  startup partial{parts(), upper};
  bool is_done = false;
  boost::asio::co_spawn(context, partial.resume(stored({session_of(0, 2), session_of(1, 2)})),
                        [&](const std::exception_ptr&) { is_done = true; });
  ASSERT_TRUE(run_until([&] { return is_done; }));
  EXPECT_THAT(started(), ElementsAre(1));
  ASSERT_THAT(sessions.saved, SizeIs(1));
  EXPECT_EQ(sessions.saved.front().shard_id, 0);
  EXPECT_FALSE(sessions.saved.front().position);
}

TEST_F(startup_test, says_why_there_can_be_no_shards) {
  config::gateway_settings range;
  range.last_shard_id = 7;
  const configured_shards beyond{range};
  startup impossible{parts(), beyond};
  EXPECT_THAT(impossible.start_rest(recommending(2)).value_or(""),
              HasSubstr("gateway.last_shard_id is 7"));
  EXPECT_THAT(started(), IsEmpty());
}

TEST_F(startup_test, does_not_wait_for_old_sessions_when_it_is_to_stop) {
  bool is_done = false;
  boost::asio::co_spawn(context, tested.resume(stored({session_of(0, 2, 1)})),
                        [&](const std::exception_ptr&) { is_done = true; });
  ASSERT_TRUE(run_until([&] { return !workers.all<end_session>().empty(); }));
  tested.stop();
  EXPECT_TRUE(run_until([&] { return is_done; }));
  EXPECT_THAT(started(), IsEmpty());
}

}  // namespace
}  // namespace gatehouse::cluster
