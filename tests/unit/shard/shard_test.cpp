#include "scripted_gateway.hpp"

#include <gatehouse/net/ws_frame.hpp>
#include <gatehouse/shard/shard.hpp>

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include <functional>
#include <log_capture.hpp>
#include <loopback.hpp>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::shard {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using testing::ElementsAre;
using testing::HasSubstr;

/// Keeps events, and may fail instead.
class failing_sink final : public events::event_sink {
 public:
  void accept(events::event_ptr accepted) override {
    if (accepted->seq == fails_at) {
      fails_at = 0;
      throw std::bad_alloc{};
    }
    seqs.push_back(accepted->seq);
    accepted->session->settle(accepted->seq);
  }
  [[nodiscard]] bool congested(int /*shard_id*/) noexcept override {
    if (is_congested) ++pauses;
    return is_congested;
  }

  std::vector<std::int64_t> seqs;
  std::int64_t fails_at = 0;
  bool is_congested = false;
  int pauses = 0;
};

/// Gives leave to identify at once, as soon as it can be asked for.
class granting_observer final : public shard_observer {
 public:
  void on_request_identify(gateway::shard_key) override { wants_leave = true; }
  void on_identify_sent(gateway::shard_key) override {}
  void on_identify_abandoned(gateway::shard_key) override {}
  void on_state(gateway::shard_key, gateway::shard_state) override {}
  void on_refused(gateway::shard_key, std::uint16_t) override {}
  void on_session_started(gateway::shard_key) override {}
  void on_request_ended(gateway::shard_key, gateway::request_ended) override {}

  bool wants_leave = false;
};

class shard_test : public test::loopback {
 protected:
  shard_test() {
    gateway::session_config config;
    config.token = "MTIz.token";
    config.gateway_url = discord_.url();
    shard_ = std::make_unique<shard>(config, 0, "message", services_, observer_);
    shard_->start({});
    EXPECT_TRUE(observer_.wants_leave);
    shard_->allow_identify();
  }
  ~shard_test() override {
    shard_->stop(4000);
    discord_.drop();
    until([&] { return !shard_->has_connections(); });
    shard_.reset();
    settle();
  }

  template <class Condition>
  void until(Condition holds) {
    run([&]() -> awaitable<void> {
      while (!holds()) co_await asio::post(loop(), asio::use_awaitable);
    });
  }
  awaitable<void> become_ready(int heartbeat_interval_ms) {
    co_await discord_.accept(heartbeat_interval_ms);
    co_await discord_.hear(2);
    co_await discord_.ready("abc");
  }

  test::scripted_gateway discord_{loop()};
  test::log_capture log_;
  net::tls_context tls_{std::string{}};
  failing_sink sink_;
  events::event_pool pool_;
  events::event_type_registry types_;
  config::event_settings settings_;
  events::pipeline pipeline_{settings_, types_, pool_, sink_};
  shard_services services_{loop().get_executor(),
                           pipeline_,
                           tls_,
                           gateway::transport_compression::none,
                           log_.log(),
                           [] { return 0.0; },
                           {},
                           {},
                           {}};
  granting_observer observer_;
  std::unique_ptr<shard> shard_;
};

TEST_F(shard_test, an_event_that_finds_no_memory_is_asked_for_again) {
  sink_.fails_at = 3;
  run([&]() -> awaitable<void> {
    co_await become_ready(40'000);
    co_await discord_.dispatch("A", 2);
    co_await discord_.dispatch("B", 3);
    co_await discord_.dispatch("C", 4);
    co_await discord_.accept(40'000);
    const auto resume = co_await discord_.hear(6);
    EXPECT_THAT(resume, HasSubstr(R"("seq":2)"));
    co_await discord_.dispatch("B", 3);
    co_await discord_.dispatch("C", 4);
    co_await discord_.dispatch("RESUMED", 5);
  });
  until([&] { return sink_.seqs.size() == 5; });
  EXPECT_THAT(sink_.seqs, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(shard_->status().safe_seq, 5) << "nothing holds the position back";
}

TEST_F(shard_test, ready_that_finds_no_memory_is_asked_for_again) {
  sink_.fails_at = 1;
  run([&]() -> awaitable<void> {
    co_await become_ready(40'000);
    co_await discord_.accept(40'000);
    const auto resume = co_await discord_.hear(6);
    EXPECT_THAT(resume, HasSubstr(R"("seq":0)"));
    co_await discord_.ready("abc");
    co_await discord_.dispatch("RESUMED", 2);
  });
  until([&] { return sink_.seqs.size() == 2; });
  EXPECT_EQ(shard_->status().safe_seq, 2);
}

/// By a gap in its place, and with its number: the safe position waits for that one, too.
TEST_F(shard_test, an_event_that_cannot_be_read_is_passed_over_and_told) {
  run([&]() -> awaitable<void> {
    co_await become_ready(40'000);
    co_await discord_.say(R"({"op":0,"t":"A","s":2,"d":{"cut":)");
    co_await discord_.say("neither");
    co_await discord_.dispatch("B", 3);
    co_await discord_.dispatch("C", 4);
  });
  until([&] { return sink_.seqs.size() == 4; });
  EXPECT_THAT(sink_.seqs, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(discord_.accepted(), 1) << "the connection goes on";
  EXPECT_EQ(shard_->status().safe_seq, 4);
  EXPECT_EQ(shard_->status().unreadable_payloads, 2U);
  EXPECT_EQ(shard_->status().gaps, 0U) << "no session was lost";
}

/// A piece for each heartbeat, so never silence between two; an ACK cannot come before the end.
TEST_F(shard_test, an_event_that_arrives_over_several_heartbeats_is_waited_for) {
  std::string event = R"({"op":0,"t":"A","s":2,"d":")" + std::string(400'000, 'x') + "\"}";
  std::string bytes;
  net::append_ws_frame(bytes, net::ws_opcode::text, event, std::nullopt);
  run([&]() -> awaitable<void> {
    co_await become_ready(150);
    constexpr std::size_t pieces = 6;
    const std::size_t size = bytes.size() / pieces + 1;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      co_await discord_.hear(1);
      co_await discord_.write_raw(bytes.substr(at, size));
    }
  });
  until([&] { return sink_.seqs.size() == 2; });
  EXPECT_EQ(discord_.accepted(), 1);
}

TEST_F(shard_test, says_in_its_log_what_was_wrong_with_a_connection) {
  run([&]() -> awaitable<void> {
    co_await become_ready(40'000);
    co_await discord_.write_raw("\x83garbage");
    co_await discord_.accept(40'000);
    co_await discord_.hear(6);
  });
  EXPECT_THAT(log_.lines(), testing::Contains(HasSubstr("info: shard 0: connection lost: protocol "
                                                        "violation: unknown opcode")));
}

TEST_F(shard_test, reads_on_once_it_is_told_to) {
  run([&]() -> awaitable<void> { co_await become_ready(40'000); });
  until([&] { return sink_.seqs.size() == 1; });
  settle();
  sink_.is_congested = true;
  run([&]() -> awaitable<void> { co_await discord_.dispatch("A", 2); });
  until([&] { return sink_.pauses > 0; });
  sink_.is_congested = false;
  shard_->resume_reading();
  settle();
  EXPECT_EQ(sink_.seqs.back(), 2);
}

}  // namespace
}  // namespace gatehouse::shard
