#include "request_fixture.hpp"

namespace gatehouse::gateway {
namespace {

using namespace std::chrono_literals;
using begun = member_requests::begun::outcome;

const std::string everybody = R"({"query":"","limit":0})";

class member_requests_test : public request_fixture {
 public:
  member_requests::begun begin(request_id id, const std::string& body = everybody) {
    return requests.members().begin(id, guild, body, now);
  }
  void send(request_id id, const std::string& body = everybody) {
    ASSERT_EQ(begin(id, body).what, begun::begun);
    requests.on_sent(id, now);
  }
  void chunk(int index, int count, const std::string& nonce, const std::string& rest) {
    dispatch("GUILD_MEMBERS_CHUNK", R"({"guild_id":"41","chunk_index":)" + std::to_string(index) +
                                        R"(,"chunk_count":)" + std::to_string(count) + "," + rest +
                                        R"(,"nonce":")" + nonce + R"("})");
  }
  void limited(double seconds, const std::string& nonce) {
    dispatch("RATE_LIMITED", R"({"opcode":8,"retry_after":)" + std::to_string(seconds) +
                                 R"(,"meta":{"guild_id":"41","nonce":")" + nonce + R"("}})");
  }
};

TEST_F(member_requests_test, builds_the_frame_with_a_nonce_of_its_own) {
  EXPECT_EQ(begin(1).text,
            R"({"op":8,"d":{"guild_id":"41","nonce":"own-1","query":"","limit":0}})");
  EXPECT_NE(begin(2).text.find(R"("nonce":"own-2")"), std::string::npos);
}

TEST_F(member_requests_test, takes_the_callers_nonce) {
  const std::string body = R"({"user_ids":["5"],"nonce":"mine"})";
  EXPECT_EQ(begin(1, body).text,
            R"({"op":8,"d":{"guild_id":"41","user_ids":["5"],"nonce":"mine"}})");
  EXPECT_EQ(begin(2, body).what, begun::name_taken);
  requests.forget(1);
  EXPECT_EQ(begin(3, body).what, begun::begun);
}

TEST_F(member_requests_test, refuses_what_discord_would_not_take) {
  for (const std::string body :
       {"", "[]", "{", R"({})", R"({"user_ids":["x"]})", R"({"query":"","limit":0,"guild_id":"9"})",
        R"({"query":"","limit":0,"nonce":""})", R"({"query":"","limit":0,"nonce":5})",
        R"({"query":"","limit":0},"op":2,"x":{})",
        R"({"query":"","limit":0,"nonce":"123456789012345678901234567890123"})"}) {
    const auto result = begin(1, body);
    EXPECT_EQ(result.what, begun::invalid) << body;
    EXPECT_NE(result.error, "") << body;
  }
  EXPECT_TRUE(requests.empty());
}

TEST_F(member_requests_test, joins_chunks_in_whatever_order_as_they_came) {
  send(1);
  chunk(2, 3, "own-1", R"("members":[],"not_found":["9"])");
  chunk(0, 3, "own-1", R"("members":[ {"user":{"id":"1"}} , {"a":"]\"" } ],"presences":[{"p":1}])");
  EXPECT_TRUE(done.empty());
  chunk(1, 3, "own-1", R"("presences":[{"p":2}],"members":[{"user":{"id":"3"}}])");
  const auto joined = answer();
  EXPECT_EQ(joined.id, 1U);
  EXPECT_EQ(joined.what, outcome::answered);
  EXPECT_EQ(joined.text, R"({"members":[{"user":{"id":"1"}} , {"a":"]\"" },{"user":{"id":"3"}}],)"
                         R"("presences":[{"p":1},{"p":2}],"not_found":["9"]})");
  EXPECT_TRUE(requests.empty());
  EXPECT_EQ(budget.used(), 0U);
}

TEST_F(member_requests_test, ignores_what_belongs_to_nobody) {
  send(1);
  chunk(0, 1, "other", R"("members":[{"a":1}])");
  chunk(5, 3, "own-1", R"("members":[{"a":1}])");
  chunk(-1, 3, "own-1", R"("members":[{"a":1}])");
  chunk(0, 2'000'000, "own-1", R"("members":[{"a":1}])");
  chunk(0, 2, "own-1", R"("members":{"a":1})");
  dispatch("GUILD_MEMBERS_CHUNK", R"({"guild_id":"41","chunk_index":0,"chunk_count":1})");
  dispatch("GUILD_MEMBERS_CHUNK",
           R"({"guild_id":"42","chunk_index":0,"chunk_count":1,"nonce":"own-1"})");
  dispatch("GUILD_MEMBERS_CHUNK", "7");
  EXPECT_TRUE(done.empty());
  chunk(0, 2, "own-1", R"("members":[{"a":1}])");
  chunk(0, 2, "own-1", R"("members":[{"twice":1}])");
  chunk(1, 2, "own-1", R"("members":[{"b":1}])");
  EXPECT_EQ(answer().text, R"({"members":[{"a":1},{"b":1}],"presences":[],"not_found":[]})");
}

TEST_F(member_requests_test, gives_up_when_discord_is_silent) {
  begin(1);
  pass(60s);  // it still waits for the send limit
  EXPECT_TRUE(done.empty());
  requests.on_sent(1, now);
  EXPECT_EQ(requests.deadline(), now + 10s);
  pass(9s);
  chunk(0, 2, "own-1", R"("members":[])");
  pass(9s);
  EXPECT_TRUE(done.empty());
  pass(1s);
  EXPECT_EQ(answer().what, outcome::no_answer);
  EXPECT_EQ(requests.deadline(), std::nullopt);
}

TEST_F(member_requests_test, gives_up_after_all_however_long_the_queue) {
  begin(1);
  EXPECT_EQ(requests.deadline(), now + 300s);
  pass(300s);
  EXPECT_EQ(answer().what, outcome::no_answer);
}

TEST_F(member_requests_test, sends_again_when_discord_allows_it) {
  send(1);
  limited(29.457, "own-1");
  EXPECT_EQ(requests.deadline(), now + 29'707ms);
  pass(29s);
  EXPECT_TRUE(done.empty());
  pass(1s);
  const auto again = repeated();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].id, 1U);
  EXPECT_EQ(again[0].op, opcode::request_guild_members);
  EXPECT_NE(again[0].text.find("own-1"), std::string::npos);
  pass(20s);
  EXPECT_TRUE(done.empty());  // not sent yet
  requests.on_sent(1, now);
  chunk(0, 1, "own-1", R"("members":[])");
  EXPECT_EQ(answer().what, outcome::answered);
}

TEST_F(member_requests_test, says_so_when_the_limit_is_beyond_its_life) {
  send(1);
  limited(301, "own-1");
  const auto refused = answer();
  EXPECT_EQ(refused.what, outcome::limited);
  EXPECT_EQ(refused.again_in, 301'250ms);
}

TEST_F(member_requests_test, ignores_limits_of_others) {
  send(1);
  limited(5, "other");
  dispatch("RATE_LIMITED", R"({"opcode":31,"retry_after":5,"meta":{"nonce":"own-1"}})");
  dispatch("RATE_LIMITED", R"({"opcode":8,"retry_after":5})");
  dispatch("RATE_LIMITED", R"({"opcode":8,"retry_after":"soon","meta":{"nonce":"own-1"}})");
  EXPECT_EQ(requests.deadline(), now + 10s);
}

TEST_F(member_requests_test, takes_the_replayed_answer_after_a_resume) {
  send(1);
  chunk(0, 3, "own-1", R"("members":[{"a":1}])");
  requests.on_connection_lost();
  pass(60s);
  EXPECT_TRUE(done.empty());
  chunk(1, 3, "own-1", R"("members":[{"b":1}])");  // replayed, before RESUMED
  requests.on_resumed(now);
  pass(2s);
  chunk(2, 3, "own-1", R"("members":[{"c":1}])");
  EXPECT_EQ(answer().what, outcome::answered);
  EXPECT_TRUE(repeated().empty());
}

TEST_F(member_requests_test, asks_again_when_nothing_is_replayed) {
  send(1);
  chunk(0, 2, "own-1", R"("members":[{"old":1}])");
  requests.on_connection_lost();
  requests.on_resumed(now);
  pass(2s);
  EXPECT_TRUE(repeated().empty());
  pass(1s);
  EXPECT_EQ(repeated().size(), 1U);
  EXPECT_EQ(budget.used(), 0U);
  requests.on_sent(1, now);
  chunk(1, 2, "own-1", R"("members":[{"b":1}])");
  EXPECT_TRUE(done.empty());
  chunk(0, 2, "own-1", R"("members":[{"a":1}])");
  EXPECT_EQ(answer().text, R"({"members":[{"a":1},{"b":1}],"presences":[],"not_found":[]})");
}

TEST_F(member_requests_test, asks_again_at_once_in_a_new_session) {
  send(1);
  begin(2);  // still in the queue, which outlives the session
  requests.on_connection_lost();
  requests.on_new_session(done);
  const auto again = repeated();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].id, 1U);
}

TEST_F(member_requests_test, never_sends_again_what_closed_the_connection) {
  send(1);
  send(2);
  begin(3);
  chunk(0, 2, "own-2", R"("members":[])");
  requests.on_closed(4000, done);
  EXPECT_TRUE(done.empty());
  requests.on_closed(4002, done);
  const auto refused = answer();
  EXPECT_EQ(refused.id, 1U);
  EXPECT_EQ(refused.what, outcome::refused);
  EXPECT_EQ(refused.text,
            "Discord closed the connection with 4002 (decode error) after it was sent");
  requests.on_connection_lost();
  requests.on_new_session(done);
  EXPECT_EQ(repeated().size(), 1U);  // the second: it was answered in part, so it was fine
}

TEST_F(member_requests_test, bounds_the_memory_of_all_answers) {
  send(1);
  send(2);
  const std::string large = R"("members":[")" + std::string(600, 'x') + R"("])";
  chunk(0, 2, "own-1", large);
  chunk(0, 2, "own-2", large);
  const auto failed = answer();
  EXPECT_EQ(failed.id, 2U);
  EXPECT_EQ(failed.what, outcome::too_large);
  EXPECT_EQ(budget.used(), 602U);
  requests.stop(done);
  EXPECT_EQ(answer().what, outcome::stopped);
  EXPECT_EQ(budget.used(), 0U);
}

TEST_F(member_requests_test, serves_many_at_once) {
  for (request_id id = 1; id <= member_requests::most_pending; ++id) send(id);
  EXPECT_EQ(begin(5'000).what, begun::too_many);
  for (request_id id = member_requests::most_pending; id >= 1; --id) {
    chunk(0, 1, "own-" + std::to_string(id), R"("members":[)" + std::to_string(id) + "]");
  }
  const auto all = ended();
  ASSERT_EQ(all.size(), member_requests::most_pending);
  for (const auto& each : all) {
    EXPECT_EQ(each.text,
              R"({"members":[)" + std::to_string(each.id) + R"(],"presences":[],"not_found":[]})");
  }
}

}  // namespace
}  // namespace gatehouse::gateway
