#include "request_fixture.hpp"

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;
using begun = voice_requests::begun::outcome;

class voice_requests_test : public request_fixture {
 public:
  void join(request_id id = 1, std::uint64_t channel = 5) {
    ASSERT_EQ(requests.voices().begin(id, guild, channel, false, true, now).what, begun::begun);
    requests.on_sent(id, now);
  }
  void state(int user, const std::string& channel = R"("5")", const std::string& session = "abc") {
    dispatch("VOICE_STATE_UPDATE", R"({"guild_id":"41","member":{"x":[]},"user_id":")" +
                                       std::to_string(user) + R"(","channel_id":)" + channel +
                                       R"(,"session_id":")" + session + R"("})");
  }
  void server(const std::string& endpoint = R"("v.example:443")") {
    dispatch("VOICE_SERVER_UPDATE",
             R"({"token":"t\"k","guild_id":"41","endpoint":)" + endpoint + "}");
  }
};

TEST_F(voice_requests_test, answers_when_both_events_have_come) {
  join();
  state(7);
  EXPECT_TRUE(done.empty());
  server();
  const auto joined = answer();
  EXPECT_EQ(joined.what, outcome::answered);
  EXPECT_EQ(joined.text, R"({"session_id":"abc","token":"t\"k","endpoint":"v.example:443"})");
}

TEST_F(voice_requests_test, answers_in_the_other_order_too) {
  join();
  server();
  EXPECT_TRUE(done.empty());
  state(7);
  EXPECT_EQ(answer().what, outcome::answered);
}

TEST_F(voice_requests_test, builds_the_frame) {
  EXPECT_EQ(
      requests.voices().begin(1, 41, 5, false, true, now).text,
      R"({"op":4,"d":{"guild_id":"41","channel_id":"5","self_mute":false,"self_deaf":true}})");
  EXPECT_EQ(requests.voices().begin(2, 41, 6, false, true, now).what, begun::name_taken);
  EXPECT_EQ(requests.voices().begin(3, 42, 0, false, true, now).what, begun::invalid);
}

TEST_F(voice_requests_test, looks_at_its_own_state_in_that_channel_only) {
  join();
  server();
  state(8);
  state(7, R"("6")");
  state(7, "null");
  dispatch("VOICE_STATE_UPDATE",
           R"({"guild_id":"42","user_id":"7","channel_id":"5","session_id":"abc"})");
  dispatch("VOICE_STATE_UPDATE", R"({"guild_id":"41","user_id":"7","channel_id":"5"})");
  EXPECT_TRUE(done.empty());
  state(7);
  EXPECT_EQ(answer().what, outcome::answered);
}

TEST_F(voice_requests_test, waits_for_an_endpoint) {
  join();
  state(7);
  server("null");
  pass(9s);
  EXPECT_TRUE(done.empty());
  server();
  EXPECT_EQ(answer().what, outcome::answered);
}

TEST_F(voice_requests_test, gives_up_when_the_channel_is_full) {
  join();
  pass(10s);
  EXPECT_EQ(answer().what, outcome::no_answer);
}

TEST_F(voice_requests_test, joins_again_in_a_new_session_and_forgets_the_old_one) {
  join();
  state(7, R"("5")", "old");
  requests.on_connection_lost();
  requests.on_new_session(done);
  EXPECT_EQ(repeated().size(), 1U);
  requests.on_sent(1, now);
  server();
  EXPECT_TRUE(done.empty());
  state(7, R"("5")", "new");
  EXPECT_NE(answer().text.find(R"("session_id":"new")"), std::string::npos);
}

TEST_F(voice_requests_test, knows_its_own_user_from_ready) {
  std::string ready = R"({"v":10,"user":{"username":"b","id":"99"},"session_id":"s"})";
  const std::size_t size = ready.size();
  ready.append(parse_padding, ' ');
  requests.on_ready({ready.data(), size});
  join();
  server();
  state(7);
  EXPECT_TRUE(done.empty());
  state(99);
  EXPECT_EQ(answer().what, outcome::answered);
}

}  // namespace
}  // namespace gatehouse::gateway
