#include "request_fixture.hpp"

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;

TEST(user_id_of_token, reads_the_first_part) {
  EXPECT_EQ(user_id_of_token("ODAzNTEwMDAwMDAwMDAwMDAx.X.y"), 803510000000000001U);
  EXPECT_EQ(user_id_of_token("MTIzNDU2Nzg5MA==.X.y"), 1234567890U);
  EXPECT_EQ(user_id_of_token("sim-token"), 0U);
  EXPECT_EQ(user_id_of_token("!.x.y"), 0U);
  EXPECT_EQ(user_id_of_token(""), 0U);
}

TEST(answer_budget, is_given_back_at_the_end) {
  answer_budget budget{10};
  {
    answer_budget::share first{budget};
    EXPECT_TRUE(first.take(6));
    answer_budget::share second{budget};
    EXPECT_FALSE(second.take(5));
    EXPECT_TRUE(second.take(4));
    answer_budget::share moved{std::move(first)};
    EXPECT_EQ(budget.used(), 10U);
  }
  EXPECT_EQ(budget.used(), 0U);
}

class pending_requests_test : public request_fixture {};

TEST_F(pending_requests_test, looks_at_the_sooner_deadline_of_both_kinds) {
  EXPECT_EQ(requests.deadline(), std::nullopt);
  requests.members().begin(1, guild, R"({"user_ids":"5"})", now);
  EXPECT_EQ(requests.deadline(), now + 300s);
  requests.voices().begin(2, guild, 5, false, false, now);
  requests.on_sent(2, now);
  EXPECT_EQ(requests.deadline(), now + 10s);
  requests.forget(2);
  EXPECT_EQ(requests.deadline(), now + 300s);
  EXPECT_FALSE(requests.empty());
}

TEST_F(pending_requests_test, ends_all_when_the_shard_is_stopped) {
  requests.members().begin(1, guild, R"({"user_ids":"5"})", now);
  requests.voices().begin(2, guild, 5, false, false, now);
  requests.stop(done);
  const auto all = ended();
  ASSERT_EQ(all.size(), 2U);
  for (const auto& each : all) EXPECT_EQ(each.what, outcome::stopped);
  EXPECT_TRUE(requests.empty());
}

TEST_F(pending_requests_test, keeps_to_its_end_across_any_number_of_reconnects) {
  requests.members().begin(1, guild, R"({"user_ids":"5"})", now);
  for (int i = 0; i < 100 && !requests.empty(); ++i) {
    requests.on_sent(1, now);
    requests.on_connection_lost();
    requests.on_resumed(now);
    pass(5s);
  }
  const auto all = ended();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].what, outcome::no_answer);
  EXPECT_EQ(repeated().size(), 59U);
}

}  // namespace
}  // namespace gatehouse::gateway
