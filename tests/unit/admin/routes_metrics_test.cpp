#include "metric_names.hpp"

#include <gatehouse/admin/routes_metrics.hpp>
#include <gatehouse/cluster/placement.hpp>
#include <gatehouse/controllers/decision_points.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <log_capture.hpp>
#include <loopback.hpp>
#include <memory>
#include <nats_double.hpp>
#include <regex>
#include <set>
#include <string>
#include <temporary_folder.hpp>
#include <vector>

namespace gatehouse::admin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

config::settings settings_in(const test::temporary_folder& folder) {
  config::settings settings;
  settings.state.dir = (folder.path() / "state").string();
  return settings;
}

class routes_metrics_test : public test::loopback {
 protected:
  routes_metrics_test() {
    add_metrics_route(
        rows_, {board_, persistence_, "1.2.3", &decisions_, [this] { return daemon_; }, &streams_});
  }

  std::string scrape() {
    response result;
    run([&]() -> test::awaitable<void> {
      const request asked;
      result = co_await rows_.front().answer(asked);
    });
    EXPECT_EQ(result.status, 200U);
    EXPECT_EQ(result.content_type, "text/plain; version=0.0.4; charset=utf-8");
    return result.body;
  }

  static cluster::worker_metrics some_figures(int worker_id) {
    cluster::worker_metrics figures;
    figures.worker_id = worker_id;
    delivery::target_status target;
    target.url = "http://bot/";
    target.delivered = 42;
    target.latency.add(runtime::milliseconds{20});
    target.latency.add(runtime::seconds{90});
    target.request_time.add(runtime::milliseconds{3});
    target.answers = {1, 0, 5, 0, 2, 0};
    figures.delivery.targets.push_back(target);
    figures.delivery.dropped.push_back({"TYPING_START", delivery::drop_reason::queue_full, 3});
    figures.events.push_back({"MESSAGE_CREATE", 10, 4, 6});
    figures.delivery.answered_finally = 1;
    figures.interactions.answered[5] = 2;
    figures.totals.reconnects[static_cast<std::size_t>(gateway::reconnect_cause::zombie)] = 2;
    figures.totals.reconnects[static_cast<std::size_t>(gateway::reconnect_cause::close_4008)] = 3;
    figures.totals.repeats = 5;
    figures.totals.bytes_received = 1000;
    figures.totals.bytes_sent = 10;
    figures.cpu_seconds = 1.5;
    figures.rest.add(200, runtime::milliseconds{250});
    figures.rest.add(0, runtime::milliseconds{250});
    figures.totals.unreadable_payloads = 4;
    figures.totals.commands_sent = 6;
    figures.totals.commands_dropped = 7;
    shard::shard_status shard;
    shard.shard_id = worker_id;
    shard.state = gateway::shard_state::connected;
    shard.rtt = runtime::milliseconds{250};
    shard.gaps = 1;
    shard.deaf_alarms = 2;
    figures.shards.push_back(shard);
    return figures;
  }

  static cluster::manager_metrics a_manager() {
    cluster::manager_metrics manager;
    manager.gate = {.identifies_left = 990, .identifies_total = 1'000, .max_concurrency = 16};
    manager.gate.waiting = 3;
    manager.fleet = std::make_shared<const fleet::fleet_view>();
    manager.reshard.now_in = cluster::reshard_progress::phase::loading;
    manager.reshard.to_shards = 8;
    manager.reshard.connected = 8;
    manager.reshard.loaded = 2;
    manager.revision = 2;
    manager.rest.add(200, runtime::seconds{1});
    return manager;
  }

  test::temporary_folder folder_;
  test::log_capture log_;
  storage::persistence persistence_{settings_in(folder_), log_.log()};
  const controllers::decision_points decisions_{cluster::own_decisions(config::gateway_settings{}),
                                                log_.log()};
  nats::nats_double servers_;
  const std::unique_ptr<nats::engine> engine_ = servers_.make_process();
  delivery::event_streams streams_{*engine_, config::nats_settings{}, log_.log()};
  cluster::metrics_board board_;
  daemon_figures daemon_{.log_lines_dropped = 3,
                         .reloads_refused = 2,
                         .is_last_reload_applied = false,
                         .last_reload_unix_seconds = 1'700'000'000};
  std::vector<route> rows_;
};

TEST_F(routes_metrics_test, is_open) {
  EXPECT_EQ(rows_.front().pattern, "/metrics");
  EXPECT_EQ(rows_.front().needs, access::open);
}

TEST_F(routes_metrics_test, shows_what_the_workers_have_counted) {
  board_.publish(some_figures(0));
  board_.publish(some_figures(1));
  const auto text = scrape();
  EXPECT_THAT(text, HasSubstr("gatehouse_build_info{version=\"1.2.3\",compiler=\""));
  EXPECT_THAT(text, HasSubstr("gatehouse_shards{state=\"connected\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_shard_rtt_seconds{shard=\"1\"} 0.25\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_shard_gaps_total{shard=\"0\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_events_received_total{event=\"MESSAGE_CREATE\"} 20\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_events_filtered_total{event=\"MESSAGE_CREATE\"} 8\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_events_forwarded_total{event=\"MESSAGE_CREATE\"} 12\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_events_dropped_total{event=\"TYPING_START\","
                              "reason=\"queue_full\"} 6\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_handler_delivered_total{worker=\"1\","
                              "url=\"http://bot/\"} 42\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_interactions_answered_total{callback_type=\"5\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_spool_working 1\n"));
}

TEST_F(routes_metrics_test, shows_what_the_shards_have_counted) {
  board_.publish(some_figures(0));
  board_.publish(some_figures(1));
  const auto text = scrape();
  EXPECT_THAT(text, HasSubstr("gatehouse_shard_state{shard=\"1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_shard_deaf_alarms_total{shard=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_shard_reconnects_total{cause=\"zombie\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_shard_reconnects_total{cause=\"close_4008\"} 6\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_shard_reconnects_total{cause=\"close_other\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_shard_repeats_total 10\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_shard_unreadable_payloads_total 8\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_commands_sent_total 12\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_commands_dropped_total 14\n"));
}

TEST_F(routes_metrics_test, tells_a_slow_handler_from_a_long_queue) {
  board_.publish(some_figures(0));
  board_.publish(some_figures(1));
  const auto text = scrape();
  const std::string name = "gatehouse_handler_request_seconds";
  EXPECT_THAT(text, HasSubstr(name + "_bucket{url=\"http://bot/\",le=\"0.0025\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{url=\"http://bot/\",le=\"0.005\"} 2\n"));
  EXPECT_THAT(text,
              HasSubstr("gatehouse_handler_answers_total{url=\"http://bot/\",code=\"2xx\"} 10\n"));
  EXPECT_THAT(text,
              HasSubstr("gatehouse_handler_answers_total{url=\"http://bot/\",code=\"4xx\"} 4\n"));
  EXPECT_THAT(text,
              HasSubstr("gatehouse_handler_answers_total{url=\"http://bot/\",code=\"none\"} 2\n"));
}

TEST_F(routes_metrics_test, shows_what_the_network_and_the_machine_had_to_do) {
  board_.publish(some_figures(0));
  board_.publish(some_figures(1));
  board_.publish(a_manager());
  const auto text = scrape();
  EXPECT_THAT(text, HasSubstr("gatehouse_discord_received_bytes_total 2000\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_discord_sent_bytes_total 20\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_worker_cpu_seconds_total{worker=\"1\"} 1.5\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_rest_requests_total{code=\"200\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_rest_requests_total{code=\"none\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_rest_request_seconds_total 2\n"));
}

TEST_F(routes_metrics_test, shows_how_log_and_reloads_have_gone) {
  const auto text = scrape();
  EXPECT_THAT(text, HasSubstr("gatehouse_log_lines_dropped_total 3\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_config_reloads_refused_total 2\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_config_last_reload_successful 0\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_config_last_reload_timestamp_seconds 1700000000\n"));
}

TEST_F(routes_metrics_test, sums_latency_up_by_url) {
  board_.publish(some_figures(0));
  board_.publish(some_figures(1));
  const auto text = scrape();
  const std::string name = "gatehouse_delivery_latency_seconds";
  const std::string url = "{url=\"http://bot/\"";
  EXPECT_THAT(text, HasSubstr(name + "_bucket" + url + ",le=\"0.01\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket" + url + ",le=\"0.025\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket" + url + ",le=\"60\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket" + url + ",le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr(name + "_sum" + url + "} 180.04\n"));
  EXPECT_THAT(text, HasSubstr(name + "_count" + url + "} 4\n"));
}

/// While resharding: each number once, and of the generation that is heard.
TEST_F(routes_metrics_test, names_serving_shards_only) {
  auto figures = some_figures(0);
  auto coming = figures.shards.front();
  coming.generation = 1;
  coming.serves = false;
  coming.gaps = 9;
  figures.shards.push_back(coming);
  board_.publish(figures);
  EXPECT_THAT(scrape(), HasSubstr("gatehouse_shards{state=\"connected\"} 1\n"));
  EXPECT_THAT(scrape(), HasSubstr("gatehouse_shard_gaps_total{shard=\"0\"} 1\n"));
  EXPECT_THAT(scrape(), Not(HasSubstr("gatehouse_shard_gaps_total{shard=\"0\"} 9\n")));

  // Another worker already serves it, this one does not know yet.
  auto ahead = some_figures(1);
  ahead.shards = {coming};
  ahead.shards.front().serves = true;
  board_.publish(ahead);
  EXPECT_THAT(scrape(), HasSubstr("gatehouse_shards{state=\"connected\"} 1\n"));
  EXPECT_THAT(scrape(), HasSubstr("gatehouse_shard_gaps_total{shard=\"0\"} 9\n"));
  EXPECT_THAT(scrape(), Not(HasSubstr("gatehouse_shard_gaps_total{shard=\"0\"} 1\n")));
}

/// What a scrape of a very large bot weighs: docs/metrics.md says so.
TEST_F(routes_metrics_test, stays_small_with_two_thousand_shards) {
  for (int worker_id = 0; worker_id < 125; ++worker_id) {
    auto figures = some_figures(worker_id);
    auto shard = figures.shards.front();
    shard.dispatches = 123'456'789;
    shard.connections = 12;
    shard.guilds = 1'000;
    figures.shards.clear();
    for (int i = 0; i < 16; ++i) {
      shard.shard_id = worker_id * 16 + i;
      figures.shards.push_back(shard);
    }
    board_.publish(std::move(figures));
  }
  const auto text = scrape();
  EXPECT_LT(text.size(), 1'000'000U);
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 20'000);
  RecordProperty("bytes", std::to_string(text.size()));
  RecordProperty("lines", std::to_string(std::count(text.begin(), text.end(), '\n')));
}

TEST_F(routes_metrics_test, shows_the_newest_figures_of_a_worker) {
  board_.publish(some_figures(0));
  auto newer = some_figures(0);
  newer.delivery.targets.front().delivered = 50;
  board_.publish(newer);
  const auto text = scrape();
  EXPECT_THAT(text, HasSubstr("} 50\n"));
  EXPECT_THAT(text, Not(HasSubstr("} 42\n")));
}

TEST_F(routes_metrics_test, shows_what_the_manager_knows) {
  board_.publish(a_manager());
  const auto text = scrape();
  EXPECT_THAT(text, HasSubstr("gatehouse_identifies_left 990\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_identifies_limit 1000\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_identifies_waiting 3\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_identify_max_concurrency 16\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_reshard_phase{phase=\"loading\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_reshard_phase{phase=\"idle\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_reshard_shards{state=\"loaded\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_config_revision 2\n"));
}

TEST_F(routes_metrics_test, an_unknown_identify_budget_is_left_out) {
  EXPECT_THAT(scrape(), Not(HasSubstr("gatehouse_identifies_left")));
}

TEST_F(routes_metrics_test, shows_what_the_process_takes) {
  const auto text = scrape();
  for (const auto* name : {"process_resident_memory_bytes", "process_open_fds", "process_threads",
                           "process_start_time_seconds", "process_max_fds"}) {
    const std::regex positive{"\n" + std::string{name} + " [1-9]"};
    EXPECT_TRUE(std::regex_search(text, positive)) << name;
  }
}

TEST_F(routes_metrics_test, shows_what_streams_have_stored) {
  auto figures = some_figures(0);
  figures.delivery.targets[0].url = "jetstream:discord.events";
  board_.publish(figures);
  streams_.counters().stored = 7;
  streams_.counters().duplicates = 2;
  streams_.counters().failed = 3;
  streams_.counters().refused = 4;
  streams_.counters().oversize = 1;
  const auto text = scrape();
  EXPECT_THAT(text, HasSubstr("gatehouse_nats_published_total{result=\"stored\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_nats_published_total{result=\"failed\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_nats_published_total{result=\"refused\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_nats_duplicates_total 2\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_nats_oversize_total 1\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_nats_ack_seconds_count{url=\"jetstream:discord.events\"} "
                              "1\n"));
}

/// Dashboards and alerts are built on these names.
TEST_F(routes_metrics_test, keeps_its_names) {
  board_.publish(some_figures(0));
  board_.publish(a_manager());
  const auto text = scrape();
  std::set<std::string> names;
  const std::regex head{"# TYPE ([a-z_]+) (counter|gauge|histogram)\n"};
  for (std::sregex_iterator found{text.begin(), text.end(), head}, end; found != end; ++found) {
    EXPECT_TRUE(names.insert((*found)[1]).second) << (*found)[1] << " twice";
    EXPECT_EQ((*found)[1].str().ends_with("_total"), (*found)[2] == "counter") << (*found)[1];
  }
  EXPECT_EQ(names, metric_names());
}

}  // namespace
}  // namespace gatehouse::admin
