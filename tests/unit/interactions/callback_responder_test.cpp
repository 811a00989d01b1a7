#include <gatehouse/events/event.hpp>
#include <gatehouse/interactions/callback_responder.hpp>
#include <gatehouse/sim/simulator.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <log_capture.hpp>
#include <loopback.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::interactions {
namespace {

using delivery::responder_answer;
using runtime::milliseconds;
using runtime::seconds;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr int command = 2;
constexpr int component = 3;
constexpr int autocomplete = 4;
constexpr int modal = 5;

/// A server that reads requests and never answers.
class silent_server {
 public:
  explicit silent_server(boost::asio::io_context& loop) : loop_(loop), peer_(loop) {
    boost::asio::co_spawn(loop_, accept(), boost::asio::detached);
  }

  [[nodiscard]] std::string origin() const { return peer_.origin(); }
  void run_until_requests(int count) { run_until(requests_, count); }
  void run_until_closed(int count) { run_until(closed_, count); }

 private:
  void run_until(const int& counter, int wanted) {
    loop_.restart();
    while (counter < wanted) loop_.run_one();
  }
  test::awaitable<void> accept() {
    for (;;) {
      auto socket = co_await peer_.accept();
      boost::asio::co_spawn(loop_, read(std::move(socket)), boost::asio::detached);
    }
  }
  test::awaitable<void> read(test::tcp::socket socket) {
    co_await test::http_peer::read_request(socket);
    ++requests_;
    co_await test::http_peer::read_request(socket);
    ++closed_;
  }

  boost::asio::io_context& loop_;
  test::http_peer peer_;
  int requests_ = 0;
  int closed_ = 0;
};

/// The simulated Discord's REST, and a responder on the test's own loop.
class callback_responder_test : public testing::Test {
 protected:
  callback_responder_test() { use_discord({}); }

  void use_discord(const sim::sim_options& options) {
    discord_ = std::make_unique<sim::simulator>(options);
    chosen_.rest.url = discord_->rest_url();
  }

  callback_responder& responder() {
    if (!responder_) {
      responder_ = std::make_unique<callback_responder>(loop_.get_executor(), chosen_, log_.log(),
                                                        [] { return 0.0; });
    }
    return *responder_;
  }

  /// An interaction, which Discord knows if it `sent` it.
  events::event_ptr make(int type, bool sent = true, runtime::duration age = {}) {
    const auto id = std::to_string(++last_id_);
    const auto data = R"({"id":")" + id + R"(","token":"secret-)" + id + R"(","type":)" +
                      std::to_string(type) + "}";
    if (sent) discord_->emit_raw(0, "INTERACTION_CREATE", data);
    auto made = pool_.make(R"({"shardId":0,"message":)",
                           R"({"t":"INTERACTION_CREATE","s":1,"op":0,"d":)" + data + "}");
    made->session = new events::session_log(0, "session", 0, {});
    made->received = runtime::clock::now() - age;
    return made;
  }

  bool answer(const events::event_ptr& interaction) {
    return responder().answer(
        *interaction, "http://bot/events",
        [this](const responder_answer& answer) { answers_.push_back(answer); });
  }

  /// Runs the loop until there are so many answers.
  void run_until(std::size_t answers) {
    loop_.restart();
    while (answers_.size() < answers) {
      if (loop_.run_one() == 0) throw std::logic_error("nothing is left that could answer");
    }
  }
  responder_answer answer_to(const events::event_ptr& interaction) {
    EXPECT_TRUE(answer(interaction));
    run_until(answers_.size() + 1);
    return answers_.back();
  }
  responder_answer answer_to(int type) { return answer_to(make(type)); }

  const interactions::statistics& counted() { return responder().statistics(); }
  std::vector<sim::callback_record> callbacks() { return discord_->statistics().callbacks; }

  std::unique_ptr<sim::simulator> discord_;
  boost::asio::io_context loop_;
  test::log_capture log_;
  callback_responder::options chosen_;
  events::event_pool pool_;
  std::uint64_t last_id_ = 1'000;
  std::vector<responder_answer> answers_;
  std::unique_ptr<callback_responder> responder_;
};

TEST_F(callback_responder_test, defers_commands_and_components) {
  const auto to_command = answer_to(command);
  EXPECT_EQ(to_command.deferred, 5);
  EXPECT_FALSE(to_command.is_final);
  const auto to_component = answer_to(component);
  EXPECT_EQ(to_component.deferred, 6);
  EXPECT_FALSE(to_component.is_final);

  const auto seen = callbacks();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].body, R"({"type":5})");
  EXPECT_EQ(seen[0].token, "secret-1001");
  EXPECT_EQ(seen[0].status, 204U);
  EXPECT_EQ(seen[1].body, R"({"type":6})");
  EXPECT_EQ(counted().answered[5], 1U);
  EXPECT_EQ(counted().answered[6], 1U);
  EXPECT_EQ(counted().under_way, 0U);
  EXPECT_GT(counted().age_max, runtime::duration{});
  EXPECT_GE(counted().age_sum, counted().age_max);
}

TEST_F(callback_responder_test, answers_autocomplete_and_modals_for_good) {
  chosen_.interactions.message = "later";
  for (const int type : {autocomplete, modal}) {
    const auto given = answer_to(type);
    EXPECT_EQ(given.deferred, 0);
    EXPECT_TRUE(given.is_final);
  }
  const auto seen = callbacks();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_THAT(seen[0].body, HasSubstr(R"("name":"later")"));
  EXPECT_THAT(seen[1].body, HasSubstr(R"("content":"later")"));
  EXPECT_EQ(counted().answered[8], 1U);
  EXPECT_EQ(counted().answered[4], 1U);
}

TEST_F(callback_responder_test, a_library_decides_how) {
  controllers::decision_points decisions{{}, log_.log()};
  interaction_decision next;
  decisions.add("a.so", [&](Controllers& hooks) {
    hooks.queue_interaction = [&](const interaction_question& asked) {
      EXPECT_EQ(asked.shard_id, 0);
      EXPECT_EQ(asked.body, R"({"type":5})");
      EXPECT_TRUE(asked.delivers_later);
      return next;
    };
  });
  chosen_.decisions = &decisions;
  EXPECT_EQ(answer_to(command).deferred, 5);
  next = {.delivers_later = false};
  EXPECT_TRUE(answer_to(command).is_final);
  next = {.body = R"({"type":4,"data":{"content":"closed"}})"};
  EXPECT_TRUE(answer_to(command).is_final);
  EXPECT_THAT(callbacks().back().body, HasSubstr("closed"));
  next.delivers_later = true;
  EXPECT_FALSE(answer_to(command).is_final);
  next = {.answer = false};
  EXPECT_FALSE(answer(make(command)));
  EXPECT_THAT(callbacks(), SizeIs(4));
}

TEST_F(callback_responder_test, the_event_may_be_gone_before_the_answer) {
  auto interaction = make(command);
  ASSERT_TRUE(answer(interaction));
  interaction.reset();
  EXPECT_THAT(answers_, IsEmpty());
  run_until(1);
  EXPECT_EQ(answers_.at(0).deferred, 5);
}

TEST_F(callback_responder_test, a_handler_that_was_faster_is_no_failure) {
  const auto interaction = make(autocomplete);
  EXPECT_TRUE(answer_to(interaction).is_final);
  const auto second = answer_to(interaction);
  EXPECT_EQ(second.deferred, 0);
  EXPECT_FALSE(second.is_final);
  EXPECT_EQ(counted().already_acknowledged, 1U);
  EXPECT_EQ(counted().failed, 0U);
}

TEST_F(callback_responder_test, an_interaction_that_discord_does_not_know_is_no_failure) {
  EXPECT_EQ(answer_to(make(command, false)).deferred, 0);
  EXPECT_EQ(counted().unknown, 1U);
  EXPECT_EQ(counted().failed, 0U);
}

TEST_F(callback_responder_test, tries_again_after_trouble) {
  discord_->inject(sim::rest_fault{.status = 502});
  discord_->inject(sim::rest_fault{.kind = sim::rest_fault_kind::reset});
  discord_->inject(sim::rest_fault{.status = 429, .retry_after_seconds = 0});
  EXPECT_EQ(answer_to(command).deferred, 5);
  EXPECT_EQ(counted().failed, 0U);
}

TEST_F(callback_responder_test, a_long_rate_limit_is_a_failure) {
  discord_->inject(sim::rest_fault{.status = 429, .retry_after_seconds = 60});
  EXPECT_EQ(answer_to(command).deferred, 0);
  EXPECT_EQ(counted().failed, 1U);
  EXPECT_THAT(callbacks(), IsEmpty());
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("/interactions/1001/…/callback: rate limited")));
}

TEST_F(callback_responder_test, nothing_is_sent_for_an_interaction_past_its_time) {
  EXPECT_EQ(answer_to(make(command, true, seconds{4})).deferred, 0);
  EXPECT_EQ(counted().failed, 1U);
  EXPECT_THAT(callbacks(), IsEmpty());
}

TEST_F(callback_responder_test, gives_up_on_a_server_that_never_answers) {
  chosen_.window = {milliseconds{40}, milliseconds{40}, milliseconds{50}};
  discord_->inject(sim::rest_fault{.kind = sim::rest_fault_kind::hang});
  EXPECT_EQ(answer_to(command).deferred, 0);
  EXPECT_EQ(counted().failed, 1U);
}

TEST_F(callback_responder_test, answers_hundreds_at_once_through_a_slow_proxy) {
  constexpr std::size_t many = 500;
  use_discord({.callback_latency = milliseconds{200}});
  std::vector<events::event_ptr> interactions;
  for (std::size_t i = 0; i < many; ++i) {
    interactions.push_back(make(command));
  }
  // What is older than three seconds is not started any more: 40 connections would not do.
  for (auto& interaction : interactions) {
    interaction->received = runtime::clock::now() - seconds{1};
    ASSERT_TRUE(answer(interaction));
  }
  EXPECT_EQ(counted().under_way, many);
  run_until(many);
  EXPECT_EQ(counted().answered[5], many);
  EXPECT_EQ(callbacks().size(), many);
}

TEST_F(callback_responder_test, one_that_gets_no_connection_in_time_fails) {
  chosen_.window = {milliseconds{50}, milliseconds{50}, milliseconds{200}};
  constexpr auto occupied = callback_responder::most_at_once;
  discord_->inject(sim::rest_fault{.kind = sim::rest_fault_kind::hang, .times = occupied + 1});
  for (std::size_t i = 0; i < occupied; ++i) {
    auto interaction = make(command, false);
    interaction->received += seconds{30};
    ASSERT_TRUE(answer(interaction));
  }
  EXPECT_EQ(answer_to(command).deferred, 0);
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("no connection became free in time")));
  responder().stop();
  run_until(occupied + 1);
}

TEST_F(callback_responder_test, declines_what_is_none_of_its_business) {
  EXPECT_FALSE(answer(make(1)));
  EXPECT_FALSE(answer(make(77)));
  EXPECT_FALSE(answer(pool_.make("{\"shardId\":0,\"message\":", R"({"t":"READY","d":{}})")));
  config::interaction_settings off;
  off.defer = false;
  responder().set_settings(off);
  EXPECT_FALSE(answer(make(command)));
  responder().set_settings({});
  EXPECT_TRUE(answer(make(command)));
  run_until(1);
}

TEST_F(callback_responder_test, a_change_of_settings_holds_from_the_next_on) {
  answer_to(command);
  config::interaction_settings changed;
  changed.ephemeral = true;
  responder().set_settings(changed);
  answer_to(command);
  const auto seen = callbacks();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].body, R"({"type":5})");
  EXPECT_EQ(seen[1].body, R"({"type":5,"data":{"flags":64}})");
}

TEST_F(callback_responder_test, a_stop_ends_what_is_under_way) {
  silent_server server{loop_};
  chosen_.rest.url = server.origin();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(answer(make(command, false)));
  server.run_until_requests(3);
  ASSERT_TRUE(answer(make(command, false)));  // has not begun when the stop comes
  EXPECT_FALSE(responder().is_quiet());
  responder().stop();
  EXPECT_THAT(answers_, IsEmpty());
  run_until(4);
  EXPECT_THAT(answers_, AllOf(SizeIs(4), Each(testing::Field(&responder_answer::deferred, 0))));
  loop_.poll();
  EXPECT_TRUE(responder().is_quiet());
  EXPECT_EQ(counted().failed, 4U);
  EXPECT_FALSE(answer(make(command, false)));
}

TEST_F(callback_responder_test, a_stop_leaves_no_timer_behind) {
  answer_to(command);
  EXPECT_FALSE(responder().is_quiet());
  responder().stop();
  loop_.restart();
  loop_.run();
  EXPECT_TRUE(responder().is_quiet());
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("place: 1 (1 commands")));
}

TEST_F(callback_responder_test, may_be_destroyed_while_it_answers) {
  silent_server server{loop_};
  chosen_.rest.url = server.origin();
  ASSERT_TRUE(answer(make(command, false)));
  server.run_until_requests(1);
  ASSERT_TRUE(answer(make(command, false)));
  responder_.reset();
  server.run_until_closed(1);
  EXPECT_THAT(answers_, IsEmpty());
}

TEST_F(callback_responder_test, may_be_destroyed_with_its_loop) {
  boost::asio::io_context loop;
  silent_server server{loop};
  chosen_.rest.url = server.origin();
  callback_responder doomed{loop.get_executor(), chosen_, log_.log(), [] { return 0.0; }};
  const auto note = [this](const responder_answer& given) { answers_.push_back(given); };
  ASSERT_TRUE(doomed.answer(*make(command, false), "http://bot/events", note));
  server.run_until_requests(1);
  ASSERT_TRUE(doomed.answer(*make(command, false), "http://bot/events", note));
  EXPECT_THAT(answers_, IsEmpty());
}

TEST_F(callback_responder_test, the_log_holds_no_token) {
  discord_->inject(sim::rest_fault{.times = 2, .status = 403});
  answer_to(command);
  answer_to(command);
  answer_to(command);
  responder().stop();
  EXPECT_THAT(log_.lines(), AllOf(SizeIs(4), Each(Not(HasSubstr("secret")))));
  EXPECT_EQ(counted().failed, 2U);
}

}  // namespace
}  // namespace gatehouse::interactions
