#include <gatehouse/admin/routes_health.hpp>

#include <gtest/gtest.h>

#include <loopback.hpp>
#include <string>
#include <vector>

namespace gatehouse::admin {
namespace {

class routes_health_test : public test::loopback {
 protected:
  routes_health_test() { add_health_routes(rows_, board_); }

  response ask(const std::string& pattern) {
    response result;
    for (const route& row : rows_) {
      if (row.pattern != pattern) continue;
      EXPECT_EQ(row.method, "GET");
      EXPECT_EQ(row.needs, access::open);
      run([&]() -> test::awaitable<void> {
        const request asked;
        result = co_await row.answer(asked);
      });
    }
    return result;
  }

  cluster::status_board board_;
  std::vector<route> rows_;
};

TEST_F(routes_health_test, the_process_is_alive) {
  const auto answer = ask("/healthz");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body, R"({"status":"ok"})");
}

TEST_F(routes_health_test, what_is_missing_is_named) {
  board_.set_phase("waiting for GET /gateway/bot: \"HTTP 502\"");
  auto answer = ask("/readyz");
  EXPECT_EQ(answer.status, 503U);
  EXPECT_EQ(answer.body,
            R"({"ready":false,"missing":["waiting for GET /gateway/bot: \"HTTP 502\""]})");

  board_.expect_shards({0, 1});
  board_.set_state(0, gateway::shard_state::connected);
  answer = ask("/readyz");
  EXPECT_EQ(answer.status, 503U);
  EXPECT_EQ(answer.body, R"({"ready":false,"missing":["1 of 2 shards not connected: 1"]})");
}

TEST_F(routes_health_test, ready_when_every_shard_is_connected) {
  board_.expect_shards({0, 1});
  board_.set_state(0, gateway::shard_state::connected);
  board_.set_state(1, gateway::shard_state::connected);
  const auto answer = ask("/readyz");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body, R"({"ready":true})");
}

}  // namespace
}  // namespace gatehouse::admin
