#include <gatehouse/events/event_type.hpp>

#include <gtest/gtest.h>

namespace gatehouse::events {
namespace {

TEST(event_type_registry, numbers_names_in_the_order_of_appearance) {
  event_type_registry types;
  const auto create = types.intern("MESSAGE_CREATE");
  const auto update = types.intern("MESSAGE_UPDATE");
  EXPECT_NE(create, update);
  EXPECT_EQ(types.intern("MESSAGE_CREATE"), create);
  EXPECT_EQ(types.name(create), "MESSAGE_CREATE");
  EXPECT_EQ(types.name(update), "MESSAGE_UPDATE");
  EXPECT_EQ(static_cast<int>(create), 1);
  EXPECT_EQ(static_cast<int>(update), 2);
}

TEST(event_type_registry, names_are_copied) {
  event_type_registry types;
  std::string name = "READY";
  const auto ready = types.intern(name);
  name = "XXXXX";
  EXPECT_EQ(types.name(ready), "READY");
  EXPECT_EQ(types.intern("READY"), ready);
}

TEST(event_type_registry, too_many_names_share_other) {
  event_type_registry types;
  for (std::size_t i = 1; i < event_type_registry::max_types; ++i) {
    ASSERT_NE(types.intern("EVENT_" + std::to_string(i)), event_type_registry::other);
  }
  EXPECT_EQ(types.size(), event_type_registry::max_types);
  EXPECT_EQ(types.intern("ONE_TOO_MANY"), event_type_registry::other);
  EXPECT_EQ(types.size(), event_type_registry::max_types);
  EXPECT_EQ(types.name(event_type_registry::other), "OTHER");
  // Those that came earlier are still told apart.
  EXPECT_EQ(types.name(types.intern("EVENT_700")), "EVENT_700");
}

TEST(event_type_registry, an_event_named_other_is_other) {
  event_type_registry types;
  EXPECT_EQ(types.intern("OTHER"), event_type_registry::other);
}

}  // namespace
}  // namespace gatehouse::events
