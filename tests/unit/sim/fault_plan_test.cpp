#include "fault_plan.hpp"

#include "fault_syntax.hpp"

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

using namespace std::chrono_literals;

fault made(std::string_view text) {
  return std::get<fault>(parse_fault(text));
}

TEST(fault_plan, waiting_faults_are_used_up) {
  fault_plan plan;
  plan.add(made("refuse-connection:times=2"));
  EXPECT_TRUE(plan.take_waiting(fault_kind::refuse_connection, {}));
  EXPECT_FALSE(plan.take_waiting(fault_kind::slow_hello, {}));
  EXPECT_TRUE(plan.take_waiting(fault_kind::refuse_connection, {}));
  EXPECT_FALSE(plan.take_waiting(fault_kind::refuse_connection, {}));
}

TEST(fault_plan, waiting_faults_may_name_a_shard) {
  fault_plan plan;
  plan.add(made("refuse-resume:shard=3"));
  EXPECT_FALSE(plan.take_waiting(fault_kind::refuse_resume, 2U));
  EXPECT_TRUE(plan.take_waiting(fault_kind::refuse_resume, 3U));
}

TEST(fault_plan, strikes_at_a_time) {
  fault_plan plan;
  plan.add(made("reset:at-ms=500"));
  EXPECT_TRUE(plan.take_due(499ms).empty());
  EXPECT_EQ(plan.take_due(500ms).size(), 1U);
  EXPECT_TRUE(plan.take_due(501ms).empty());
}

TEST(fault_plan, strikes_each_shard_once_at_a_number_of_events) {
  fault_plan plan;
  EXPECT_EQ(plan.next_event(), fault_plan::never);
  plan.add(made("close:at-event=10"));
  EXPECT_EQ(plan.next_event(), 10U);
  EXPECT_TRUE(plan.take_reached(0, 9).empty());
  EXPECT_EQ(plan.take_reached(0, 10).size(), 1U);
  EXPECT_TRUE(plan.take_reached(0, 11).empty());
  EXPECT_EQ(plan.take_reached(1, 12).size(), 1U);
}

TEST(fault_plan, a_fault_for_one_shard_is_gone_after_it) {
  fault_plan plan;
  plan.add(made("reset:at-event=5,shard=1"));
  EXPECT_TRUE(plan.take_reached(0, 7).empty());
  EXPECT_EQ(plan.take_reached(1, 7).size(), 1U);
  EXPECT_EQ(plan.next_event(), fault_plan::never);
}

TEST(fault_plan, rest_faults_choose_their_route) {
  fault_plan plan;
  plan.add(rest_fault{.route = rest_route::callback});
  EXPECT_FALSE(plan.take_rest(rest_route::gateway_bot));
  EXPECT_TRUE(plan.take_rest(rest_route::callback));
}

TEST(fault_syntax, reads_every_setting) {
  const auto what = made("close:code=4009,shard=2,at-event=7,at-ms=80,delay-ms=5,resumable=true");
  EXPECT_EQ(what.kind, fault_kind::close);
  EXPECT_EQ(what.close_code, 4009);
  EXPECT_EQ(what.shard, 2U);
  EXPECT_EQ(what.at_event, 7U);
  EXPECT_EQ(what.at_time, 80ms);
  EXPECT_EQ(what.delay, 5ms);
  EXPECT_TRUE(what.resumable);
}

TEST(fault_syntax, explains_what_it_does_not_know) {
  for (const auto* const text : {"explode", "close:code=x", "close:colour=red", "close:code",
                                 "reset:resumable=maybe", "reset:at-ms=-1"}) {
    const auto result = parse_fault(text);
    const auto* const error = std::get_if<fault_syntax_error>(&result);
    ASSERT_NE(error, nullptr) << text;
    EXPECT_NE(error->text.find(text), std::string::npos);
  }
}

TEST(fault_syntax, reads_rest_faults) {
  const auto limited =
      std::get<rest_fault>(parse_rest_fault("429:route=gateway-bot,times=2,retry-after=1.5"));
  EXPECT_EQ(limited.status, 429U);
  EXPECT_EQ(limited.route, rest_route::gateway_bot);
  EXPECT_EQ(limited.times, 2U);
  EXPECT_DOUBLE_EQ(limited.retry_after_seconds, 1.5);
  EXPECT_EQ(std::get<rest_fault>(parse_rest_fault("hang")).kind, rest_fault_kind::hang);
  EXPECT_TRUE(std::holds_alternative<fault_syntax_error>(parse_rest_fault("200")));
}

}  // namespace
}  // namespace gatehouse::sim
