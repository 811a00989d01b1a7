#include "received_dispatch.hpp"

#include <gatehouse/events/kept_dispatch.hpp>
#include <gatehouse/gateway/raw_json.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

namespace gatehouse::events {
namespace {

using test::received_dispatch;

constexpr runtime::time_point noon{std::chrono::hours{12}};
constexpr std::string_view text =
    R"({"op":0,"t":"TYPING_START","s":41,"d":{"guild_id":"7","user_id":"5"}})";

session_log_ptr make_session() {
  return session_log_ptr{new session_log{3, "session", 40}};
}

bool lies_within(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void expect_same_facts(const dispatch& kept, const dispatch& original) {
  EXPECT_EQ(kept.type, original.type);
  EXPECT_EQ(kept.seq, original.seq);
  EXPECT_EQ(kept.guild_id, original.guild_id);
  EXPECT_EQ(kept.payload, original.payload);
  EXPECT_EQ(kept.data, original.data);
  EXPECT_EQ(kept.body_prefix, original.body_prefix);
}

void expect_same(const kept_dispatch& kept, const dispatch& original) {
  gateway::padded_parser parser{1'024};
  expect_same_facts(kept.view(parser), original);
}

TEST(kept_dispatch, is_what_was_received_after_that_is_gone) {
  const auto session = make_session();
  auto original = std::make_unique<received_dispatch>(text);
  const kept_dispatch kept{session, original->view(), noon};
  original.reset();
  expect_same(kept, received_dispatch{text}.view());
  EXPECT_EQ(kept.session(), session);
  EXPECT_EQ(kept.received(), noon);
  EXPECT_GE(kept.bytes(), text.size());
}

TEST(kept_dispatch, its_views_lie_within_its_payload_and_can_be_parsed) {
  const received_dispatch original{text};
  const kept_dispatch kept{make_session(), original.view(), noon};
  gateway::padded_parser parser{1'024};
  const auto view = kept.view(parser);
  EXPECT_FALSE(lies_within(view.payload, original.view().payload));
  EXPECT_TRUE(lies_within(view.type, view.payload));
  EXPECT_TRUE(lies_within(view.data, view.payload));
  gateway::envelope parsed;
  ASSERT_EQ(gateway::envelope_parser{}.parse(view.payload, parsed), gateway::envelope_error::none);
  EXPECT_EQ(parsed.seq, 41);
}

TEST(kept_dispatch, can_be_moved) {
  const received_dispatch original{text};
  const received_dispatch tiny{R"({"op":0})"};
  std::vector<kept_dispatch> list;
  for (int i = 0; i < 20; ++i) {  // it grows several times
    list.emplace_back(make_session(), original.view(), noon);
    list.emplace_back(make_session(), tiny.view(), noon);
  }
  const kept_dispatch moved{std::move(list.front())};
  expect_same(moved, original.view());
  expect_same(list.at(1), tiny.view());
  EXPECT_EQ(moved.type(), original.view().type);
}

TEST(kept_dispatch, keeps_its_session_alive) {
  auto session = make_session();
  const kept_dispatch kept{session, received_dispatch{text}.view(), noon};
  session.reset();
  EXPECT_EQ(kept.session()->session_id(), "session");
}

TEST(kept_dispatch, what_is_absent_stays_absent) {
  const received_dispatch bare{R"({"op":0})"};
  const kept_dispatch kept{make_session(), bare.view(), noon};
  expect_same(kept, bare.view());
  EXPECT_TRUE(kept.type().empty());
}

}  // namespace
}  // namespace gatehouse::events
