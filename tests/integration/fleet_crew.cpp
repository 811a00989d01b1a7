#include "fleet_crew.hpp"

#include <cstdio>

namespace gatehouse::test {

using namespace std::chrono_literals;

void fleet_crew::SetUp() {
  if (!nats_server_binary()) GTEST_SKIP() << nats_server_hint;
  auto options = quick_discord(shards);
  options.max_concurrency = 4;
  discord_.emplace(options);
  handler_.emplace(sim::event_handler_options{.registry = discord_->registry()});
  nats_.emplace();
  servers_ = "[\"nats://127.0.0.1:" + std::to_string(nats_->port()) + "\"]";
}

void fleet_crew::TearDown() {
  if (HasFailure()) std::fputs(logs().c_str(), stderr);
}

void fleet_crew::start(const std::string& name) {
  auto& slot = members_[name];
  if (!slot) slot = std::make_unique<member>();
  config_text config{*discord_, {handler_->url()}};
  config.add("nats", "servers = " + servers_)
      .add("nats", "replicas = " + std::to_string(replicas_))
      .add("cluster", "enabled = true")
      .add("cluster", "name = \"crew\"")
      .add("cluster", "member = \"" + name + '"')
      .add("cluster", "expected_members = " + std::to_string(expected_))
      .add("cluster", "heartbeat_ms = 200")
      .add("cluster", "takeover_ms = " + std::to_string(takeover_ms))
      .add("state", "dir = \"" + slot->state.path().string() + '"')
      .add("state", "checkpoint_ms = 100")
      .add("queue", "spool_after_ms = 200");
  slot->daemon = std::make_unique<daemon_process>(config.str());
}

void fleet_crew::start_all(int count) {
  expected_ = count;
  for (int i = 1; i <= count; ++i) start("m" + std::to_string(i));
  const auto part = shards / static_cast<std::size_t>(count);
  for (const auto& [name, each] : members_) {
    ASSERT_TRUE(wait_until_owned(name, part)) << name << " owns " << owned(name);
  }
  ASSERT_TRUE(wait_until_all_connected());
}

void fleet_crew::kill(const std::string& name) {
  at(name).daemon->send_signal(SIGKILL);
  ASSERT_TRUE(at(name).daemon->wait_for_end(10s));
}

std::size_t fleet_crew::owned(const std::string& name) {
  return static_cast<std::size_t>(
      metric(*at(name).daemon, "gatehouse_cluster_shards", "state=\"owned\""));
}

bool fleet_crew::wait_until_owned(const std::string& name, std::size_t count,
                                  std::chrono::seconds limit) {
  return wait_until([&] { return owned(name) == count; }, limit);
}

bool fleet_crew::wait_until_all_connected() {
  return wait_for_sessions(*discord_, shards);
}

bool fleet_crew::let_flow(std::uint64_t events) {
  const auto before = discord_->statistics().events;
  return discord_->wait_for(
      [&](const sim::statistics& now) { return now.events >= before + events; }, 60s);
}

void fleet_crew::expect_nothing_lost() {
  discord_->set_rate(0);
  EXPECT_TRUE(wait_for_everything(*discord_))
      << discord_->registry()->missing().size() << " are missing";
  const auto got = handler_->statistics();
  EXPECT_EQ(got.gaps, 0U);
  EXPECT_EQ(got.out_of_order, 0U);
  EXPECT_EQ(got.altered + got.unknown + got.malformed_requests, 0U);
  for (const auto& remark : got.remarks) ADD_FAILURE() << remark;
}

void fleet_crew::expect_no_identify_but_the_first() {
  const auto seen = discord_->statistics();
  EXPECT_EQ(seen.identifies.size(), shards);
  EXPECT_EQ(seen.violation_count(sim::violation_kind::identify_rate), 0U);
}

std::string fleet_crew::logs() const {
  std::string text;
  for (const auto& [name, each] : members_) {
    text += "---- " + name + '\n' + (each->daemon ? each->daemon->log() : "");
  }
  return text;
}

}  // namespace gatehouse::test
