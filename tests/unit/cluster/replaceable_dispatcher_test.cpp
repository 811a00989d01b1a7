#include "log_capture.hpp"

#include <gatehouse/cluster/delivery_log.hpp>
#include <gatehouse/cluster/replaceable_dispatcher.hpp>
#include <gatehouse/sim/event_handler.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <numeric>

namespace gatehouse::cluster {
namespace {

class replaceable_dispatcher_test : public ::testing::Test {
 protected:
  replaceable_dispatcher_test() {
    tested_ = std::make_unique<replaceable_dispatcher>(
        io_, nullptr, [this](std::int64_t last_position) { return make(last_position); },
        [](const std::string& problem) { ADD_FAILURE() << problem; });
  }

  std::unique_ptr<delivery::dispatcher> make(std::int64_t last_position) {
    ++made_;
    delivery::dispatcher::options chosen;
    chosen.handlers.urls = {handler_.url()};
    chosen.last_position = last_position;
    return std::make_unique<delivery::dispatcher>(
        io_, std::move(chosen), types_, pool_, [] { return 0.5; }, told_);
  }

  void send() {
    auto event = pool_.make(R"({"shardId":0,"message":)", R"({"op":0})");
    event->session = session_;
    event->seq = ++seq_;
    event->type = types_.intern("MESSAGE_CREATE");
    event->received = runtime::clock::now();
    session_->open(seq_);
    tested_->accept(std::move(event));
  }

  /// Runs until the condition holds; false when that takes far too long.
  template <class Condition>
  bool reach(Condition&& holds) {
    const auto deadline = runtime::clock::now() + runtime::seconds{10};
    while (!holds()) {
      if (runtime::clock::now() > deadline) return false;
      io_.restart();
      io_.run_one_for(runtime::milliseconds{20});
    }
    return true;
  }
  bool reach_delivered(std::uint64_t count) {
    return reach([&] {
      const auto now = tested_->snapshot();
      return !now.targets.empty() && now.targets.front().delivered == count;
    });
  }

  boost::asio::io_context io_;
  sim::event_handler handler_;
  test::log_capture log_;
  delivery_log told_{0, log_.log()};
  events::event_type_registry types_;
  events::event_pool pool_;
  events::session_log_ptr session_{new events::session_log{0, "session", 0}};
  std::int64_t seq_ = 0;
  int made_ = 0;
  std::unique_ptr<replaceable_dispatcher> tested_;
};

TEST_F(replaceable_dispatcher_test, counters_run_on_over_a_replacement) {
  send();
  ASSERT_TRUE(reach_delivered(1));
  tested_->replace([](int, const std::string&) { return 0; });
  ASSERT_TRUE(reach([&] { return made_ == 2; }));
  send();
  ASSERT_TRUE(reach_delivered(2));
  const auto latency = tested_->snapshot().targets.front().latency;
  const auto& counts = latency.by_bucket();
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}), 2U);
}

}  // namespace
}  // namespace gatehouse::cluster
