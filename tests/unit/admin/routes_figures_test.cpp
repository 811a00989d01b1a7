#include "control_fixture.hpp"

#include <gmock/gmock.h>

namespace gatehouse::admin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class routes_figures_test : public test::control_fixture {
 protected:
  static cluster::worker_metrics busy_worker() {
    cluster::worker_metrics worker;
    worker.worker_id = 1;
    worker.events = {{"MESSAGE_CREATE", 10, 4}, {"TYPING_START", 5, 1}};
    worker.delivery.dropped = {{"TYPING_START", delivery::drop_reason::queue_full, 3}};
    worker.delivery.bytes = 100;
    worker.delivery.limit_bytes = 1'000;
    worker.delivery.spooled = 7;
    worker.delivery.congested = true;
    delivery::target_status target;
    target.url = "http://bot/";
    target.state = delivery::health_state::down;
    target.since = runtime::seconds{2};
    target.last_error = "HTTP \"500\"";
    target.next_probe = runtime::milliseconds{250};
    target.queued = 8;
    target.in_flight = 2;
    target.bytes = 90;
    target.oldest_age = runtime::milliseconds{1'500};
    target.connections = 1;
    target.delivered = 42;
    target.retried = 6;
    target.refused = 5;
    worker.delivery.targets = {target};
    worker.shards = {shard_of(0), shard_of(1)};
    worker.shards[1].state = gateway::shard_state::resuming;
    worker.shards[1].gaps = 2;
    return worker;
  }
};

TEST_F(routes_figures_test, shards_have_every_figure) {
  cluster::worker_metrics worker;
  worker.worker_id = 1;
  auto shard = shard_of(3);
  shard.rtt = runtime::milliseconds{41};
  shard.session_id = "abc";
  shard.received_seq = 812;
  shard.safe_seq = 810;
  shard.guilds = 120;
  shard.dispatches = 9'000;
  shard.stale_dispatches = 1;
  shard.connections = 2;
  shard.gaps = 4;
  shard.outgoing = 5;
  worker.shards = {shard};
  metrics_.publish(worker);
  const std::string expected =
      R"({"workerId":1,"shardId":3,"rtt":41,"state":0,"stateName":"connected","generation":0,)"
      R"("totalShards":4,"sessionId":"abc","seq":812,"safeSeq":810,"guilds":120,)"
      R"("dispatches":9000,"staleDispatches":1,"connections":2,"gaps":4,"outgoing":5})";
  EXPECT_EQ(ask("GET", "/shards").body, '[' + expected + ']');
  EXPECT_EQ(needs_, access::authorized);
  EXPECT_EQ(ask("GET", "/shards/3").body, expected);
}

TEST_F(routes_figures_test, a_shards_newest_state_is_shown) {
  cluster::worker_metrics worker;
  worker.shards = {shard_of(0)};
  metrics_.publish(worker);
  status_.expect_shards({0});
  status_.set_state(0, gateway::shard_state::disconnected);
  EXPECT_THAT(ask("GET", "/shards/0").body,
              AllOf(HasSubstr(R"("rtt":-1,"state":2,"stateName":"disconnected")")));
}

TEST_F(routes_figures_test, serving_shards_stand_before_those_of_a_reshard) {
  cluster::worker_metrics worker;
  worker.shards = {shard_of(1, 0), shard_of(0, 1), shard_of(0, 0)};
  worker.shards[1].total_shards = 8;
  worker.shards[1].serves = false;
  metrics_.publish(worker);
  const auto order = [this] {
    std::string seen;
    std::string text = ask("GET", "/shards").body;
    for (auto at = text.find("shardId"); at != std::string::npos; at = text.find("shardId", at)) {
      at += 9;
      seen += text[at];
      seen += text[text.find("generation", at) + 12];
      seen += ' ';
    }
    return seen;
  };
  EXPECT_EQ(order(), "00 10 01 ");
  for (auto& shard : worker.shards) shard.serves = !shard.serves;
  metrics_.publish(worker);
  EXPECT_EQ(order(), "01 00 10 ");
  EXPECT_THAT(ask("GET", "/shards/0").body, HasSubstr(R"("totalShards":8)"));
}

TEST_F(routes_figures_test, a_shard_that_is_not_here_is_named) {
  const auto unknown = ask("GET", "/shards/99");
  EXPECT_EQ(unknown.status, 404U);
  EXPECT_EQ(unknown.body, R"({"error":"shard 99 is not held by this process"})");
  for (const auto* id : {"x", "1x", "-1", "99999999999"}) {
    EXPECT_EQ(ask("GET", std::string{"/shards/"} + id).status, 400U) << id;
  }
}

TEST_F(routes_figures_test, workers_add_up_their_handlers) {
  metrics_.publish(busy_worker());
  EXPECT_EQ(ask("GET", "/workers").body,
            R"([{"workerId":1,"shards":2,"connected":1,"queued":8,"inFlight":2,"bytes":100,)"
            R"("limitBytes":1000,"spooled":7,"congested":true,"oldestAgeMs":1500,"received":15,)"
            R"("filtered":5,"delivered":42,"dropped":3}])");
}

TEST_F(routes_figures_test, the_queue_is_shown_by_worker_and_handler) {
  metrics_.publish(busy_worker());
  EXPECT_THAT(
      ask("GET", "/queue").body,
      StartsWith(
          R"({"workers":[{"workerId":1,"bytes":100,"limitBytes":1000,"spooled":7,"congested":true,)"
          R"("handlers":[{"url":"http://bot/","state":"down","sinceMs":2000,)"
          R"("lastError":"HTTP \"500\"","nextProbeMs":250,"queued":8,"inFlight":2,"bytes":90,)"
          R"("oldestAgeMs":1500,"connections":1,"delivered":42,"retried":6,"refused":5}],)"
          R"("dropped":[{"event":"TYPING_START","reason":"queue_full","count":3}]}],)"
          R"("spool":{"bytes":)"));
  EXPECT_THAT(ask("GET", "/queue").body,
              HasSubstr(R"("deadLetters":{"onDisk":0,"bytes":0,"limitBytes":268435456,)"
                        R"("written":0,"lost":0}})"));
}

TEST_F(routes_figures_test, status_is_the_whole_at_a_glance) {
  metrics_.publish(busy_worker());
  cluster::manager_metrics manager;
  manager.revision = 3;
  manager.gate.identifies_left = 990;
  manager.gate.identifies_total = 1'000;
  manager.gate.waiting = 2;
  manager.gate.resets_in = runtime::seconds{60};
  metrics_.publish(manager);
  status_.expect_shards({0, 1});
  status_.set_state(0, gateway::shard_state::connected);
  const auto text = ask("GET", "/status").body;
  EXPECT_THAT(text, StartsWith(R"({"version":"1.2.3","uptimeMs":)"));
  EXPECT_THAT(text, HasSubstr(R"("revision":3,"ready":false,"missing":["1 of 2 shards not conn)"));
  EXPECT_THAT(text, HasSubstr(R"("totalShards":4,"shards":2,"connected":1,"gate":{)"
                              R"("identifiesLeft":990,"identifiesTotal":1000,"maxConcurrency":1,)"
                              R"("waiting":2,"resetsInMs":60000},"reshard":{"phase":"idle",)"));
  EXPECT_THAT(text, HasSubstr(R"("events":{"received":15,"filtered":5,"delivered":42,"retried":6,)"
                              R"("refused":5,"dropped":3},"gaps":2,"queued":8,"inFlight":2,)"
                              R"("spooled":7,"deadLetters":{"onDisk":0,)"));
}

TEST_F(routes_figures_test, an_unknown_identify_budget_is_null) {
  EXPECT_THAT(ask("GET", "/status").body,
              HasSubstr(R"("gate":{"identifiesLeft":null,"identifiesTotal":0,"maxConcurrency":1,)"
                        R"("waiting":0,"resetsInMs":null})"));
}

TEST_F(routes_figures_test, the_log_goes_on_where_the_last_answer_ended) {
  using std::chrono::system_clock;
  const auto time = system_clock::time_point{std::chrono::milliseconds{1'500}};
  recent_.add({time, config::log_level::info, "shard", "one"});
  recent_.add({time, config::log_level::debug, "shard", "too small"});
  recent_.add({time, config::log_level::warn, "shard", "\"two\"", R"(,"shard":3)"});
  EXPECT_EQ(ask("GET", "/log").body,
            R"({"next":3,"lines":[)"
            R"({"number":1,"unixMs":1500,"level":"info","text":"[shard] one","fields":{}},)"
            R"({"number":2,"unixMs":1500,"level":"warn","text":"[shard] \"two\"",)"
            R"("fields":{"shard":3}}]})");
  EXPECT_EQ(ask("GET", "/log?after=3").body, R"({"next":3,"lines":[]})");
  recent_.add({time, config::log_level::error, "shard", "three"});
  EXPECT_THAT(ask("GET", "/log?after=3").body, StartsWith(R"({"next":4,"lines":[{"number":3,)"));
  EXPECT_EQ(ask("GET", "/log?after=x").status, 400U);
}

}  // namespace
}  // namespace gatehouse::admin
