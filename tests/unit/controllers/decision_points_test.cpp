#include <gatehouse/controllers/decision_points.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <log_capture.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace gatehouse::controllers {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Controllers own_functions() {
  Controllers own;
  own.worker_id = [](const worker_question&) { return 1; };
  own.total_shards = [](const total_shards_question&) { return 16; };
  own.request_identify = [](const identify_question&) {
    return std::optional<std::chrono::milliseconds>{};
  };
  own.tell_worker_to_identify = [](const identify_question&) { return true; };
  own.presence = [](const presence_question& asked) { return std::string{asked.presence}; };
  return own;
}

class decision_points_test : public testing::Test {
 protected:
  void replace(const std::function<void(Controllers&)>& enter, const std::string& name = "a.so") {
    tested.add(name, enter);
  }
  /// Failures of the only hook that is replaced.
  std::uint64_t failures() {
    const auto all = tested.failures();
    return all.size() == 1 ? all.front().failures : 999;
  }

  test::log_capture log;
  decision_points tested{own_functions(), log.log()};
};

TEST_F(decision_points_test, hold_the_daemons_own_functions) {
  EXPECT_FALSE(tested.decides_payload() || tested.decides_url() || tested.decides_guild() ||
               tested.decides_message() || tested.decides_interaction() ||
               tested.decides_heartbeat() || tested.decides_total_shards());
  EXPECT_EQ(tested.worker_id({5, 4}), 1);
  EXPECT_EQ(tested.total_shards({}), 16);
  EXPECT_EQ(tested.request_identify({}), std::nullopt);
  EXPECT_TRUE(tested.tell_worker_to_identify({}));
  EXPECT_EQ(tested.presence({.presence = "{}"}), "{}");
  EXPECT_THAT(tested.failures(), IsEmpty());
}

TEST_F(decision_points_test, libraries_wrap_each_other_and_the_last_is_named) {
  replace([](auto& c) { c.worker_id = [](const worker_question&) { return 2; }; }, "a.so");
  replace(
      [](auto& c) {
        c.worker_id = [former = c.worker_id](const worker_question& asked) {
          return former(asked) + 1;
        };
      },
      "b.so");
  EXPECT_EQ(tested.worker_id({5, 4}), 3);
  EXPECT_EQ(tested.failures().front().library, "b.so");
  EXPECT_THAT(log.lines(), ElementsAre("info: controllers: a.so replaces worker_id",
                                       "info: controllers: b.so replaces worker_id"));
}

TEST_F(decision_points_test, an_emptied_hook_is_the_daemons_again) {
  replace([](auto& c) { c.worker_id = {}; });
  EXPECT_EQ(tested.worker_id({5, 4}), 1);
}

TEST_F(decision_points_test, a_registration_that_throws_is_reported) {
  EXPECT_THROW(replace([](auto&) { throw std::runtime_error("no"); }), std::runtime_error);
  EXPECT_THROW(replace([](auto&) { throw 5; }), std::runtime_error);
}

TEST_F(decision_points_test, a_missing_library_is_named) {
  try {
    const decision_points other{own_functions(), log.log(), {"/absent/x.so"}};
    FAIL();
  } catch (const std::runtime_error& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("controllers.libraries: /absent/x.so: "));
  }
}

TEST_F(decision_points_test, failures_are_counted_and_written_once_a_minute) {
  replace([](auto& c) {
    c.worker_id = [](const worker_question&) -> int { throw std::runtime_error("no idea"); };
  });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(tested.worker_id({5, 4}), 1);
  EXPECT_EQ(failures(), 3U);
  EXPECT_EQ(log.lines().size(), 2U);
  EXPECT_THAT(log.lines().back(), HasSubstr("worker_id of a.so failed"));
  EXPECT_THAT(log.lines().back(), HasSubstr("no idea"));
}

TEST_F(decision_points_test, what_is_no_exception_object_is_contained_too) {
  replace([](auto& c) {
    c.tell_worker_to_identify = [](const identify_question&) -> bool { throw 5; };
  });
  EXPECT_TRUE(tested.tell_worker_to_identify({}));
  EXPECT_EQ(failures(), 1U);
}

TEST_F(decision_points_test, handle_payload) {
  payload_decision next;
  replace([&](auto& c) { c.handle_payload = [&](const payload_question&) { return next; }; });
  ASSERT_TRUE(tested.decides_payload());
  next.forward = false;
  EXPECT_FALSE(tested.handle_payload({}).forward);
  next = {.payload = R"({"op":0})"};
  EXPECT_EQ(tested.handle_payload({}).payload, R"({"op":0})");
  for (const auto* wrong : {"", "{", "[]", "5", "{}x"}) {
    next = {.forward = false, .payload = wrong};
    const auto decided = tested.handle_payload({});
    EXPECT_TRUE(decided.forward) << wrong;
    EXPECT_EQ(decided.payload, std::nullopt) << wrong;
  }
  EXPECT_EQ(failures(), 5U);
}

TEST_F(decision_points_test, handler_url) {
  std::size_t next = 0;
  replace([&](auto& c) { c.handler_url = [&](const url_question&) { return next; }; });
  const std::vector<std::string> urls{"http://a", "http://b"};
  EXPECT_EQ(tested.handler_url({.urls = urls, .proposed = 1}), 0U);
  next = 2;
  EXPECT_EQ(tested.handler_url({.urls = urls, .proposed = 1}), 1U);
  EXPECT_EQ(failures(), 1U);
}

TEST_F(decision_points_test, guild_create_and_message_update_fall_back_to_the_proposal) {
  replace([](auto& c) {
    c.guild_create = [](const guild_question&) -> guild_decision { throw 1; };
    c.message_update = [](const message_question&) -> bool { throw 1; };
  });
  EXPECT_EQ(tested.guild_create({.proposed = guild_decision::as_guild_loaded}),
            guild_decision::as_guild_loaded);
  EXPECT_FALSE(tested.message_update({.is_same_content = true}));
  EXPECT_TRUE(tested.message_update({.is_same_content = false}));
}

TEST_F(decision_points_test, queue_interaction) {
  interaction_decision next;
  replace(
      [&](auto& c) { c.queue_interaction = [&](const interaction_question&) { return next; }; });
  int type = 5;
  next.body = R"({"type":4,"data":{}})";
  next.delivers_later = true;
  EXPECT_EQ(tested.queue_interaction({}, type).body, next.body);
  EXPECT_EQ(type, 4);
  for (const auto* wrong : {"", "{}", R"({"type":9})", R"({"type":1})", R"({"type":"4"})"}) {
    next.body = wrong;
    type = 5;
    EXPECT_EQ(tested.queue_interaction({}, type).body, std::nullopt) << wrong;
    EXPECT_EQ(type, 5);
  }
  EXPECT_EQ(failures(), 5U);
}

TEST_F(decision_points_test, heartbeat) {
  heartbeat_decision next;
  replace([&](auto& c) { c.heartbeat = [&](const heartbeat_question&) { return next; }; });
  const heartbeat_question asked{0, 5, 9, 40s};
  next = {9, 1s};
  EXPECT_EQ(tested.heartbeat(asked).seq, 9);
  EXPECT_EQ(tested.heartbeat(asked).next, 1s);
  for (const heartbeat_decision wrong :
       {heartbeat_decision{9, 0s}, {9, 999ms}, {9, 40'001ms}, {10, 1s}, {-1, 1s}}) {
    next = wrong;
    EXPECT_EQ(tested.heartbeat(asked).seq, 5);
    EXPECT_EQ(tested.heartbeat(asked).next, 40s);
  }
  EXPECT_EQ(failures(), 10U) << "asked twice each";
  next = {std::nullopt, 200ms};
  EXPECT_EQ(tested.heartbeat({0, {}, {}, 200ms}).next, 200ms);
}

TEST_F(decision_points_test, worker_id_and_total_shards_are_within_their_bounds) {
  int next = 4;
  replace([&](auto& c) {
    c.worker_id = [&](const worker_question&) { return next; };
    c.total_shards = [&](const total_shards_question&) { return next; };
  });
  EXPECT_TRUE(tested.decides_total_shards());
  EXPECT_EQ(tested.worker_id({0, 4}), 1);
  EXPECT_EQ(tested.worker_id({0, 5}), 4);
  EXPECT_EQ(tested.total_shards({}), 4);
  next = 0;
  EXPECT_EQ(tested.total_shards({}), 16);
  next = -1;
  EXPECT_EQ(tested.worker_id({0, 4}), 1);
}

TEST_F(decision_points_test, request_identify) {
  std::optional<std::chrono::milliseconds> next = 5s;
  replace([&](auto& c) { c.request_identify = [&](const identify_question&) { return next; }; });
  EXPECT_EQ(tested.request_identify({}), 5'000ms);
  next.reset();
  EXPECT_EQ(tested.request_identify({}), std::nullopt);
  next = -1ms;
  EXPECT_EQ(tested.request_identify({}), std::nullopt);
  EXPECT_EQ(failures(), 1U);
}

}  // namespace
}  // namespace gatehouse::controllers
