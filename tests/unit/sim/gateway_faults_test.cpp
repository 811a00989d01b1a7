#include "test_client.hpp"

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

using test::patience;
using test::test_client;
using namespace std::chrono_literals;

fault of_kind(fault_kind kind) {
  fault what;
  what.kind = kind;
  return what;
}

/// Of connections that are still to come: none is under way, or it would be hit first.
class connection_faults : public testing::Test {
 protected:
  simulator discord_{{.max_concurrency = 8, .guilds = 1}};
};

class gateway_faults : public connection_faults {
 protected:
  test_client client_{discord_.gateway_port()};
};

TEST_F(gateway_faults, reset_ends_without_a_close_frame) {
  client_.identify();
  discord_.inject(of_kind(fault_kind::reset));
  EXPECT_EQ(client_.wait_for_close(), std::nullopt);
  EXPECT_TRUE(discord_.wait_for([](const statistics& now) { return now.connected_sessions() == 0; },
                                patience));
  EXPECT_EQ(discord_.statistics().sessions.size(), 1U);  // it may be resumed
}

TEST_F(gateway_faults, close_carries_the_code) {
  client_.identify();
  auto what = of_kind(fault_kind::close);
  what.close_code = 4008;
  discord_.inject(what);
  EXPECT_EQ(client_.wait_for_close(), 4008);
}

TEST_F(gateway_faults, reconnect_asks_with_op_7) {
  client_.identify();
  discord_.inject(of_kind(fault_kind::reconnect));
  EXPECT_NE(client_.next_with(R"("op":7)"), "");
}

TEST_F(gateway_faults, invalid_session_false_ends_the_session) {
  client_.identify();
  discord_.inject(of_kind(fault_kind::invalid_session));
  EXPECT_NE(client_.next_with(R"("op":9,"d":false)"), "");
  EXPECT_TRUE(discord_.statistics().sessions.empty());
}

TEST_F(gateway_faults, invalid_session_true_keeps_it_for_a_resume_on_the_same_connection) {
  const auto session = test::session_id_of(client_.identify());
  auto what = of_kind(fault_kind::invalid_session);
  what.resumable = true;
  discord_.inject(what);
  EXPECT_NE(client_.next_with(R"("op":9,"d":true)"), "");
  client_.send(R"({"op":6,"d":{"token":"sim-token","seq":1,"session_id":")" + session + "\"}}");
  EXPECT_NE(client_.next_with("RESUMED"), "");
}

TEST_F(gateway_faults, a_zombie_sends_events_but_no_acks) {
  client_.identify();
  discord_.inject(of_kind(fault_kind::stop_acks));
  client_.send(R"({"op":1,"d":1})");
  EXPECT_TRUE(
      discord_.wait_for([](const statistics& now) { return now.heartbeats == 1; }, patience));
  discord_.emit(discord_.guild_ids()[0], "MESSAGE_CREATE");
  client_.next_with("GUILD_CREATE");
  EXPECT_NE(client_.next().find("MESSAGE_CREATE"), std::string::npos);
}

TEST_F(gateway_faults, a_corrupt_frame_is_no_zlib) {
  test_client compressed(discord_.gateway_port(), "v=10&encoding=json&compress=zlib-stream");
  compressed.identify(1, 8);
  discord_.inject(of_kind(fault_kind::corrupt_frame));
  EXPECT_NE(compressed.next_with("not zlib"), "");
}

TEST_F(gateway_faults, strikes_one_shard_at_its_event) {
  client_.identify(0, 2);
  test_client other(discord_.gateway_port());
  other.identify(1, 2);
  auto what = of_kind(fault_kind::close);
  what.shard = 1;
  what.at_event = discord_.statistics().sessions.at(0).shard_id == 1
                      ? discord_.statistics().sessions.at(0).events + 1
                      : discord_.statistics().sessions.at(1).events + 1;
  discord_.inject(what);
  discord_.emit_raw(1, "X", "{}");
  EXPECT_EQ(other.wait_for_close(), 4000);
  EXPECT_EQ(discord_.statistics().connected_sessions(), 1U);
}

TEST_F(connection_faults, refuses_connections_a_number_of_times) {
  auto what = of_kind(fault_kind::refuse_connection);
  what.times = 2;
  discord_.inject(what);
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_ANY_THROW(test_client client(discord_.gateway_port()));
  }
  test_client admitted(discord_.gateway_port());
  EXPECT_NE(admitted.next(), "");
}

TEST_F(connection_faults, closes_and_reopens_its_port) {
  discord_.set_gateway_listening(false);
  EXPECT_THROW(test_client client(discord_.gateway_port()), boost::system::system_error);
  discord_.set_gateway_listening(true);
  test_client admitted(discord_.gateway_port());
  EXPECT_NE(admitted.next(), "");
}

TEST_F(connection_faults, delays_hello) {
  auto what = of_kind(fault_kind::slow_hello);
  what.delay = 20ms;
  discord_.inject(what);
  test_client slow(discord_.gateway_port());
  EXPECT_NE(slow.next().find(R"("op":10)"), std::string::npos);
}

TEST_F(connection_faults, sends_op_7_instead_of_hello) {
  discord_.inject(of_kind(fault_kind::reconnect_instead_of_hello));
  test_client client(discord_.gateway_port());
  EXPECT_NE(client.next().find(R"("op":7)"), std::string::npos);
}

TEST_F(gateway_faults, refuses_resumes) {
  const auto session = test::session_id_of(client_.identify());
  client_.drop();
  auto what = of_kind(fault_kind::refuse_resume);
  what.resumable = true;
  discord_.inject(what);
  test_client refused(discord_.gateway_port());
  refused.resume(session, 1);
  EXPECT_NE(refused.next().find(R"("op":9,"d":true)"), std::string::npos);
  test_client accepted(discord_.gateway_port());
  accepted.resume(session, 1);
  EXPECT_NE(accepted.next_with("RESUMED"), "");
}

TEST_F(gateway_faults, asks_for_a_heartbeat) {
  client_.identify();
  discord_.inject(of_kind(fault_kind::request_heartbeat));
  EXPECT_NE(client_.next_with(R"("op":1,)"), "");
}

TEST(gateway_chaos, strikes_by_itself) {
  const simulator discord({.guilds = 1, .chaos_interval = 1ms});
  test_client client(discord.gateway_port());
  EXPECT_TRUE(
      discord.wait_for([](const statistics& now) { return now.faults_struck > 0; }, patience));
}

}  // namespace
}  // namespace gatehouse::sim
