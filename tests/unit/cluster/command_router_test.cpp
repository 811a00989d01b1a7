#include "manager_parts.hpp"

#include <gatehouse/cluster/command_router.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::cluster {
namespace {

using namespace std::chrono_literals;
using outcome = command_result::outcome;
using testing::IsEmpty;
using testing::SizeIs;

const std::string soundboards = R"({"op":31,"d":{"guild_ids":["5"]}})";

class command_router_test : public manager_parts, public testing::Test {
 public:
  command_router_test() {
    serving.total_shards = 2;
    serving.generation = 3;
    serving.ids = {0, 1};
    workers.known = {0, 1};
  }
  /// Begins a question; its answer comes with `finish`.
  template <class T>
  std::shared_ptr<std::optional<T>> begin(boost::asio::awaitable<T> todo) {
    auto result = std::make_shared<std::optional<T>>();
    boost::asio::co_spawn(context, std::move(todo), [result](const std::exception_ptr&, T value) {
      result->emplace(std::move(value));
    });
    context.restart();
    context.poll();
    return result;
  }
  template <class T>
  T finish(const std::shared_ptr<std::optional<T>>& result) {
    run_until([&] { return result->has_value(); });
    return std::move(result->value());
  }

  command_router router{context, workers, serving};
};

TEST_F(command_router_test, asks_the_worker_of_the_shard) {
  const auto asked = begin(router.send_payload(1, soundboards));
  ASSERT_THAT(workers.said, SizeIs(1));
  EXPECT_EQ(workers.said.front().first, 1);
  const auto message = workers.all<shard_payload>().at(0);
  EXPECT_EQ(message.shard, (gateway::shard_key{1, 3}));
  router.handle(shard_payload_result{message.nonce + 7, {.what = outcome::limited}});
  router.handle(shard_payload_result{message.nonce, {.what = outcome::sent, .shard_id = 1}});
  EXPECT_EQ(finish(asked).what, outcome::sent);
  router.handle(shard_payload_result{message.nonce, {.what = outcome::limited}});  // too late
}

TEST_F(command_router_test, asks_nobody_for_a_shard_that_is_not_ours) {
  EXPECT_EQ(run(router.send_payload(2, soundboards)).what, outcome::unknown_shard);
  router.close();
  EXPECT_EQ(run(router.send_payload(1, soundboards)).what, outcome::not_connected);
  EXPECT_THAT(workers.said, IsEmpty());
}

TEST_F(command_router_test, finds_the_shard_of_a_guild) {
  EXPECT_EQ(router.find_shard(std::uint64_t{5} << 22U), 1);
  EXPECT_EQ(router.find_shard(std::nullopt), 0);
  serving.ids.erase(1);
  EXPECT_EQ(router.find_shard(std::uint64_t{5} << 22U), std::nullopt);
}

/// A shard that a worker knows of and nobody serves was once taken for one that is started.
TEST_F(command_router_test, a_question_to_all_changes_nothing) {
  const auto asked = begin(router.do_workers_answer(runtime::clock::now() + 20s));
  const auto pings = workers.all<ping>();
  ASSERT_THAT(pings, SizeIs(2));
  for (const auto& each : pings) router.handle(pong{each.nonce});
  EXPECT_TRUE(finish(asked));
  EXPECT_EQ(serving.ids, (std::set<int>{0, 1}));
}

TEST_F(command_router_test, a_silent_worker_is_noticed) {
  EXPECT_FALSE(run(router.do_workers_answer(runtime::clock::now() + 5ms)));
}

TEST_F(command_router_test, a_request_waits_for_discord_after_its_worker) {
  const auto asked = begin(router.request_members(std::uint64_t{4} << 22U, "{}"));
  const auto message = workers.all<request_members>().at(0);
  router.handle(request_under_way{message.nonce});
  context.restart();
  context.poll();
  EXPECT_FALSE(asked->has_value());
  router.handle(
      request_done{message.nonce, {.what = request_result::outcome::answered, .body = "[]"}});
  EXPECT_EQ(finish(asked).body, "[]");
}

TEST_F(command_router_test, a_presence_has_one_result_for_each_shard) {
  const auto asked = begin(router.set_presence(R"({"status":"idle"})"));
  const auto messages = workers.all<set_presence>();
  ASSERT_THAT(messages, SizeIs(2));
  router.handle(presence_result{messages[0].nonce, {{.what = outcome::sent, .shard_id = 0}}});
  router.abandon_questions();
  const auto results = finish(asked);
  ASSERT_THAT(results, SizeIs(2));
  EXPECT_EQ(results[0].what, outcome::sent);
  EXPECT_EQ(results[1].what, outcome::no_answer);
  EXPECT_TRUE(router.presence().has_value()) << "for workers that come later";
}

TEST_F(command_router_test, a_released_shard_comes_with_its_session) {
  const auto asked = begin(router.release(0, runtime::clock::now() + 20s));
  const auto message = workers.all<release_shard>().at(0);
  storage::stored_session session{0, {2, 1, "abc", "wss://resume.test", 12}, {5}, {}};
  router.handle(shard_released{message.nonce, message.shard, session});
  const auto got = finish(asked);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->position.seq, 12);
}

}  // namespace
}  // namespace gatehouse::cluster
