#include "fleet_crew.hpp"

#include <iostream>

/// Several daemons that hold one bot's shards together. What decides is what Discord has seen
/// (identifies, sessions) and what the handler got (all of it, in order, under the same ids).
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

TEST_F(fleet_crew, cold_start_gives_each_its_part) {
  start_all(3);
  discord_->set_rate(500);
  ASSERT_TRUE(let_flow(1'000));
  expect_nothing_lost();
  expect_flawless(*handler_);
  expect_no_identify_but_the_first();
  EXPECT_TRUE(discord_->statistics().violations.empty());
  const auto status = http_get(at("m1").daemon->admin_port(), "/cluster");
  EXPECT_EQ(status.status, 200);
  EXPECT_NE(status.body.find("\"totalShards\":12"), std::string::npos) << status.body;
}

TEST_F(fleet_crew, shows_itself_on_the_command_line) {
  start_all(2);
  const auto port = std::to_string(at("m1").daemon->admin_port());
  daemon_process asked{{"cluster", "status", "--admin", "http://127.0.0.1:" + port}};
  const auto end = asked.wait_for_end(10s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 0);
  const auto shown = asked.log();
  EXPECT_NE(shown.find("fleet crew, as member m1 sees it: joined"), std::string::npos) << shown;
  EXPECT_NE(shown.find("m2  ready     6 shards"), std::string::npos) << shown;
}

TEST_F(fleet_crew, a_killed_member_is_taken_over_by_resume) {
  start_all(3);
  discord_->set_rate(500);
  ASSERT_TRUE(let_flow(1'000));
  kill("m2");
  const auto killed_at = std::chrono::steady_clock::now();
  ASSERT_TRUE(wait_until_owned("m1", 6));
  ASSERT_TRUE(wait_until_owned("m3", 6));
  ASSERT_TRUE(wait_until_all_connected());
  std::cout << "taken over after "
            << std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::steady_clock::now() - killed_at)
                   .count()
            << " ms, takeover_ms is " << takeover_ms << '\n';
  ASSERT_TRUE(let_flow(1'000));
  expect_nothing_lost();
  expect_no_identify_but_the_first();
  std::cout << repeats() << " repeats\n";
}

/// Nothing of it is anywhere but there: an heir has to begin before it.
TEST_F(fleet_crew, what_was_only_on_a_dead_members_disk_is_asked_for_again) {
  start_all(2);
  discord_->set_rate(400);
  ASSERT_TRUE(let_flow(400));
  handler_->set_default_answer({.status = 503});
  ASSERT_TRUE(let_flow(1'200));  // longer than spool_after_ms, and several checkpoints
  EXPECT_TRUE(
      wait_until([&] { return metric(*at("m2").daemon, "gatehouse_spool_events") > 0; }, 10s));
  kill("m2");
  ASSERT_TRUE(wait_until_owned("m1", shards));
  ASSERT_TRUE(wait_until_all_connected());
  handler_->set_default_answer({});
  ASSERT_TRUE(let_flow(400));
  expect_nothing_lost();
  expect_no_identify_but_the_first();
}

/// Whoever is coordinator: another one plans, and its term is a new one.
TEST_F(fleet_crew, a_killed_coordinator_is_replaced) {
  start_all(2);
  std::string coordinator;
  ASSERT_TRUE(wait_until(
      [&] {
        for (const auto& [name, each] : members_) {
          if (metric(*each->daemon, "gatehouse_cluster_is_coordinator") == 1) coordinator = name;
        }
        return !coordinator.empty();
      },
      10s));
  const std::string other = coordinator == "m1" ? "m2" : "m1";
  discord_->set_rate(500);
  ASSERT_TRUE(let_flow(500));
  kill(coordinator);
  ASSERT_TRUE(wait_until_owned(other, shards));
  ASSERT_TRUE(wait_until_all_connected());
  EXPECT_TRUE(wait_until(
      [&] { return metric(*at(other).daemon, "gatehouse_cluster_is_coordinator") == 1; }, 10s));
  ASSERT_TRUE(let_flow(500));
  expect_nothing_lost();
  expect_no_identify_but_the_first();
}

TEST_F(fleet_crew, a_member_that_is_back_at_once_keeps_its_shards) {
  start_all(3);
  discord_->set_rate(500);
  ASSERT_TRUE(let_flow(1'000));
  kill("m2");
  start("m2");
  ASSERT_TRUE(wait_until_owned("m2", 4));
  ASSERT_TRUE(wait_until_all_connected());
  ASSERT_TRUE(let_flow(1'000));
  for (const auto* other : {"m1", "m3"}) {
    EXPECT_EQ(owned(other), 4U);
    EXPECT_EQ(metric(*at(other).daemon, "gatehouse_cluster_takeovers_total"), 0) << other;
  }
  expect_nothing_lost();
  expect_no_identify_but_the_first();
}

TEST_F(fleet_crew, one_that_is_told_to_end_gives_its_shards_away) {
  start_all(2);
  discord_->set_rate(500);
  ASSERT_TRUE(let_flow(1'000));
  const auto end = at("m1").daemon->stop(30s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 0);
  ASSERT_TRUE(wait_until_owned("m2", shards));
  ASSERT_TRUE(wait_until_all_connected());
  ASSERT_TRUE(let_flow(1'000));
  expect_nothing_lost();
  EXPECT_EQ(repeats(), 0U);
  expect_no_identify_but_the_first();
}

TEST_F(fleet_crew, the_last_one_ends_as_alone_and_resumes_when_it_is_back) {
  start_all(1);
  discord_->set_rate(500);
  ASSERT_TRUE(let_flow(500));
  const auto end = at("m1").daemon->stop(30s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 0);
  start("m1");
  ASSERT_TRUE(wait_until_owned("m1", shards));
  ASSERT_TRUE(wait_until_all_connected());
  ASSERT_TRUE(let_flow(500));
  expect_nothing_lost();
  EXPECT_EQ(repeats(), 0U);
  expect_no_identify_but_the_first();
}

TEST_F(fleet_crew, without_nats_connections_go_on_and_nothing_moves) {
  start_all(2);
  discord_->set_rate(500);
  ASSERT_TRUE(let_flow(500));
  nats_->kill();
  for (const auto& [name, each] : members_) {
    ASSERT_TRUE(each->daemon->wait_for_log("no contact to NATS")) << name;
  }
  for (std::uint32_t id = 0; id < shards; id += 4) {
    discord_->send_payload(id, R"({"op":7,"d":null})");
  }
  ASSERT_TRUE(let_flow(3'000));
  ASSERT_TRUE(wait_until_all_connected());
  nats_->start();
  for (const auto& [name, each] : members_) {
    ASSERT_TRUE(each->daemon->wait_for_log("contact to NATS again")) << name;
  }
  ASSERT_TRUE(let_flow(1'000));
  expect_nothing_lost();
  EXPECT_EQ(repeats(), 0U);
  EXPECT_EQ(owned("m1") + owned("m2"), shards);
  expect_no_identify_but_the_first();
}

TEST_F(fleet_crew, a_member_that_was_frozen_gives_up_what_others_have_taken) {
  start_all(2);
  discord_->set_rate(300);
  ASSERT_TRUE(let_flow(500));
  at("m2").daemon->send_signal(SIGSTOP);
  ASSERT_TRUE(wait_until_owned("m1", shards));
  ASSERT_TRUE(let_flow(500));
  at("m2").daemon->send_signal(SIGCONT);
  ASSERT_TRUE(at("m2").daemon->wait_for_log("this member was declared dead"));
  // It joins anew, and gets its part back by moves.
  ASSERT_TRUE(wait_until_owned("m1", shards / 2));
  ASSERT_TRUE(wait_until_owned("m2", shards / 2));
  ASSERT_TRUE(wait_until_all_connected());
  ASSERT_TRUE(let_flow(500));
  expect_nothing_lost();
  expect_no_identify_but_the_first();
}

TEST_F(fleet_crew, nats_servers_may_restart_one_by_one) {
  nats_cluster three;
  servers_ = three.url_list();
  replicas_ = 3;
  start_all(2);
  discord_->set_rate(300);
  ASSERT_TRUE(let_flow(300));
  for (std::size_t i = 0; i < 3; ++i) {
    three.server(i).kill();
    ASSERT_TRUE(let_flow(300));
    three.server(i).start();
    ASSERT_TRUE(let_flow(900));
  }
  expect_nothing_lost();
  EXPECT_EQ(repeats(), 0U);
  EXPECT_EQ(owned("m1"), shards / 2);
  EXPECT_EQ(owned("m2"), shards / 2);
  expect_no_identify_but_the_first();
}

TEST_F(fleet_crew, is_not_resharded_yet) {
  start_all(1);
  const auto answer =
      http_send(at("m1").daemon->admin_port(), "POST", "/reshard", R"({"totalShards":24})");
  EXPECT_GE(answer.status, 400);
  EXPECT_NE(answer.body.find("cannot be resharded yet"), std::string::npos) << answer.body;
}

}  // namespace
}  // namespace gatehouse::test
