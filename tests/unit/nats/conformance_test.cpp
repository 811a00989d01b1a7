#include "conformance.hpp"

#include "grounds.hpp"

#include <gmock/gmock.h>

namespace gatehouse::nats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

errc error_of(const auto& got) {
  EXPECT_FALSE(got.has_value());
  return got ? errc::refused : got.error().what;
}

TEST_P(conformance, a_key_is_created_once) {
  ASSERT_TRUE(create(bucket_settings("b", 1)));
  const auto first = set("own.48.3", "mine", 0);
  ASSERT_TRUE(first) << first.error().text;
  EXPECT_EQ(error_of(set("own.48.3", "theirs", 0)), errc::wrong_revision);
  const auto got = get("own.48.3");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->value, "mine");
  EXPECT_EQ(got->revision, *first);
}

TEST_P(conformance, a_key_changes_only_at_its_revision) {
  ASSERT_TRUE(create(bucket_settings("b", 1)));
  const auto first = set("plan", "1", 0);
  ASSERT_TRUE(set("other", "x", 0));
  const auto second = set("plan", "2", *first);
  ASSERT_TRUE(second);
  EXPECT_GT(*second, *first);
  EXPECT_EQ(error_of(set("plan", "3", *first)), errc::wrong_revision);
  EXPECT_EQ(get("plan")->value, "2");
}

TEST_P(conformance, a_value_may_hold_any_bytes) {
  ASSERT_TRUE(create(bucket_settings("b", 1)));
  std::string bytes;
  for (int i = 0; i < 70'000; ++i) bytes += static_cast<char>(i * 7);
  ASSERT_TRUE(set("k", bytes, 0));
  EXPECT_EQ(get("k")->value, bytes);
  ASSERT_TRUE(set("empty", "", 0));
  EXPECT_EQ(get("empty")->value, "");
}

TEST_P(conformance, keys_and_buckets_that_do_not_exist_are_not_found) {
  EXPECT_EQ(error_of(get("k")), errc::not_found);
  EXPECT_EQ(error_of(set("k", "v", 0)), errc::no_responders);
  ASSERT_TRUE(create(bucket_settings("b", 1)));
  EXPECT_EQ(error_of(get("k")), errc::not_found);
}

TEST_P(conformance, keys_are_listed_by_pattern) {
  ASSERT_TRUE(create(bucket_settings("b", 1)));
  for (const auto* key : {"own.48.1", "own.48.2", "own.96.1", "plan"})
    ASSERT_TRUE(set(key, "x", 0));
  using names = std::vector<std::string>;
  const auto own = ask<names>([&](auto done) { client_->keys("b", "own.48.*", done); });
  ASSERT_TRUE(own) << own.error().text;
  EXPECT_THAT(*own, UnorderedElementsAre("own.48.1", "own.48.2"));
  const auto all = ask<names>([&](auto done) { client_->keys("b", ">", done); });
  EXPECT_EQ(all->size(), 4U);
  const auto none = ask<names>([&](auto done) { client_->keys("b", "pos.>", done); });
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST_P(conformance, messages_reach_those_who_listen) {
  std::vector<std::string> heard;
  auto ears = client_->subscribe(
      "n.*.hb", [&](const message& got) { heard.push_back(got.subject + "=" + got.payload); });
  // Until the server knows of the subscription, what is published is heard by nobody.
  ASSERT_TRUE(wait_until([&] {
    client_->publish({"n.0.hb", "?", {}, {}});
    return !heard.empty();
  }));
  client_->publish({"n.1.other", "no", {}, {}});
  client_->publish({"n.1.hb", "yes", {}, {}});
  ASSERT_TRUE(wait_until([&] { return heard.back() == "n.1.hb=yes"; }));
  EXPECT_THAT(heard, ::testing::Not(::testing::Contains("n.1.other=no")));
  ears.reset();
  const auto count = heard.size();
  client_->publish({"n.1.hb", "late", {}, {}});
  (void)append({"nobody", "", {}, {}});  // a round trip
  EXPECT_EQ(heard.size(), count);
}

TEST_P(conformance, a_request_is_answered) {
  auto answers = client_->subscribe("m.1", [&](const message& asked) {
    client_->publish({asked.reply_to, "to " + asked.payload, asked.headers, {}});
  });
  const auto asked = [&] {
    return ask<message>([&](auto done) {
      client_->request({"m.1", "you", {{"A", "b"}}, {}}, std::chrono::seconds{10}, done);
    });
  };
  result<message> got = asked();
  for (int i = 0; !got && i < 100; ++i) got = asked();
  ASSERT_TRUE(got) << got.error().text;
  EXPECT_EQ(got->payload, "to you");
  EXPECT_THAT(got->headers, ElementsAre(header{"A", "b"}));
}

TEST_P(conformance, a_request_without_an_answer_ends) {
  const auto asked = [&] {
    return ask<message>([&](auto done) {
      client_->request({"m.2", "", {}, {}}, std::chrono::milliseconds{50}, done);
    });
  };
  EXPECT_EQ(error_of(asked()), errc::no_responders);
  auto mute = client_->subscribe("m.2", [](const message&) {});
  ASSERT_TRUE(wait_until([&] {
    const auto got = asked();
    return !got && got.error().what == errc::timed_out;
  }));
}

stream_settings spool_settings() {
  stream_settings wanted;
  wanted.name = "spool";
  wanted.subjects = {"spool.>"};
  wanted.duplicate_window = std::chrono::seconds{60};
  return wanted;
}

TEST_P(conformance, a_stream_keeps_what_is_appended_in_order) {
  ASSERT_TRUE(create(spool_settings()));
  for (int i = 1; i <= 3; ++i) {
    const auto kept = append({"spool.1", std::to_string(i), {{"Name", "v"}}, {}});
    ASSERT_TRUE(kept) << kept.error().text;
    EXPECT_EQ(kept->sequence, static_cast<std::uint64_t>(i));
    EXPECT_EQ(kept->stream, "spool");
    EXPECT_FALSE(kept->is_duplicate);
  }
  const auto read = [&](const std::string& subject, std::uint64_t from) {
    return ask<stored_message>(
        [&](auto done) { client_->read_next("spool", subject, from, done); });
  };
  ASSERT_TRUE(append({"spool.2", "4", {}, {}}));
  const auto second = read("spool.1", 2);
  ASSERT_TRUE(second) << second.error().text;
  EXPECT_EQ(second->sequence, 2U);
  EXPECT_EQ(second->content.payload, "2");
  EXPECT_EQ(second->content.subject, "spool.1");
  EXPECT_THAT(second->content.headers, ElementsAre(header{"Name", "v"}));
  EXPECT_EQ(read("spool.>", 4)->content.payload, "4");
  EXPECT_EQ(error_of(read("spool.1", 4)), errc::not_found);

  const auto erase = [&](std::uint64_t sequence) {
    return ask<void>([&](auto done) { client_->erase("spool", sequence, done); });
  };
  EXPECT_TRUE(erase(2));
  const auto again = erase(2);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().what, errc::not_found) << again.error().text << again.error().status;
  EXPECT_EQ(read("spool.1", 2)->sequence, 3U);
}

TEST_P(conformance, a_message_with_a_known_id_is_a_duplicate) {
  ASSERT_TRUE(create(spool_settings()));
  const message sent{"spool.1", "x", {{"Nats-Msg-Id", "s:1"}}, {}};
  EXPECT_EQ(append(sent)->sequence, 1U);
  const auto again = append(sent);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_duplicate);
  EXPECT_EQ(again->sequence, 1U);
}

TEST_P(conformance, a_full_stream_refuses_what_is_new) {
  auto wanted = spool_settings();
  wanted.max_bytes = 2'000;
  ASSERT_TRUE(create(wanted));
  ASSERT_TRUE(append({"spool.1", std::string(1'500, 'x'), {}, {}}));
  EXPECT_EQ(error_of(append({"spool.1", std::string(1'500, 'y'), {}, {}})), errc::full);
  ASSERT_TRUE(ask<void>([&](auto done) { client_->erase("spool", 1, done); }));
  EXPECT_TRUE(append({"spool.1", std::string(1'500, 'z'), {}, {}}));
}

TEST_P(conformance, what_is_larger_than_the_servers_take_is_not_sent) {
  ASSERT_TRUE(create(spool_settings()));
  const auto limit = ground_->process()->status().max_payload_bytes;
  ASSERT_GT(limit, 0);
  const std::string huge(static_cast<std::size_t>(limit) + 1, 'x');
  EXPECT_EQ(error_of(append({"spool.1", huge, {}, {}})), errc::too_large);
  EXPECT_TRUE(append({"spool.1", "small", {}, {}}));
}

TEST_P(conformance, what_no_stream_listens_to_has_no_responders) {
  EXPECT_EQ(error_of(append({"nothing.here", "x", {}, {}})), errc::no_responders);
}

TEST_P(conformance, streams_are_found_by_name_and_subject) {
  const auto describe = [&](const std::string& name) {
    return ask<stream_info>([&](auto done) { client_->describe_stream(name, done); });
  };
  const auto find = [&](const std::string& subject) {
    return ask<stream_info>([&](auto done) { client_->find_stream(subject, done); });
  };
  EXPECT_EQ(error_of(describe("spool")), errc::not_found);
  EXPECT_EQ(error_of(find("spool.1")), errc::not_found);
  const auto made = create(spool_settings());
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_EQ(made->settings, spool_settings());
  ASSERT_TRUE(append({"spool.1", "x", {}, {}}));
  const auto described = describe("spool");
  ASSERT_TRUE(described);
  EXPECT_EQ(described->settings, spool_settings());
  EXPECT_EQ(described->messages, 1U);
  EXPECT_EQ(described->last_sequence, 1U);
  EXPECT_EQ(find("spool.7")->settings.name, "spool");
}

TEST_P(conformance, a_stream_is_never_altered_by_creating_it) {
  ASSERT_TRUE(create(spool_settings()));
  EXPECT_TRUE(create(spool_settings()));
  auto other = spool_settings();
  other.max_bytes = 5'000'000;
  EXPECT_EQ(error_of(create(other)), errc::refused);
}

TEST_P(conformance, calls_take_effect_in_their_order) {
  ASSERT_TRUE(create(spool_settings()));
  std::vector<std::uint64_t> order;
  constexpr std::uint64_t count = 500;
  for (std::uint64_t i = 1; i <= count; ++i) {
    client_->append({"spool.1", std::to_string(i), {}, {}},
                    [&order, i](const result<stored>& kept) {
                      ASSERT_TRUE(kept) << kept.error().text;
                      EXPECT_EQ(kept->sequence, i);
                      order.push_back(i);
                    });
  }
  ASSERT_TRUE(wait_until([&] { return order.size() == count; }));
}

TEST_P(conformance, a_client_that_is_gone_hears_nothing) {
  ASSERT_TRUE(create(spool_settings()));
  auto other = ground_->process()->make_client(io_.get_executor());
  bool was_called = false;
  other->append({"spool.1", "x", {}, {}}, [&](const result<stored>&) { was_called = true; });
  other.reset();
  ASSERT_TRUE(append({"spool.1", "y", {}, {}}));
  EXPECT_FALSE(was_called);
}

INSTANTIATE_TEST_SUITE_P(nats, conformance, ::testing::ValuesIn(grounds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace gatehouse::nats
