#include "event_tally.hpp"

#include "append.hpp"

#include <gatehouse/sim/content_hash.hpp>

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

class event_tally_test : public testing::Test {
 protected:
  void accept(std::uint64_t guild, std::uint64_t number) {
    const auto message =
        concat(R"({"t":"X","s":1,"op":0,"d":{"sim":")", guild, ":", number, R"("}})");
    tally_.accept({.message = message}, numbers_);
  }

  event_handler_options options_;
  event_tally tally_{options_};
  handler_statistics numbers_;
};

TEST_F(event_tally_test, finds_nothing_wrong_with_order) {
  for (std::uint64_t number = 1; number <= 5; ++number) {
    accept(1, number);
    accept(2, number);
  }
  EXPECT_EQ(numbers_.events, 10U);
  EXPECT_EQ(numbers_.numbered, 10U);
  EXPECT_EQ(numbers_.by_type["X"], 10U);
  EXPECT_EQ(numbers_.gaps + numbers_.duplicates + numbers_.out_of_order, 0U);
}

TEST_F(event_tally_test, counts_a_gap_until_it_is_filled) {
  accept(1, 1);
  accept(1, 4);
  EXPECT_EQ(numbers_.gaps, 2U);
  accept(1, 2);
  EXPECT_EQ(numbers_.gaps, 1U);
  EXPECT_EQ(numbers_.out_of_order, 1U);
  EXPECT_FALSE(numbers_.remarks.empty());
}

TEST_F(event_tally_test, misses_the_very_first_event_too) {
  accept(1, 2);
  EXPECT_EQ(numbers_.gaps, 1U);
}

TEST_F(event_tally_test, tells_repetition_from_disorder) {
  accept(1, 1);
  accept(1, 2);
  accept(1, 1);
  accept(1, 2);
  EXPECT_EQ(numbers_.duplicates, 2U);
  EXPECT_EQ(numbers_.out_of_order, 0U);
}

TEST_F(event_tally_test, compares_bytes_with_the_registry) {
  options_.registry = std::make_shared<event_registry>();
  const std::string_view sent = R"({"t":"X"})";
  options_.registry->sent(options_.registry->open_session("s"), 1, "X", content_hash(sent));
  tally_.accept({.event_id = "s:1", .message = sent}, numbers_);
  tally_.accept({.event_id = "s:1", .message = sent}, numbers_);
  tally_.accept({.event_id = "s:1", .message = R"({"t":"Y"})"}, numbers_);
  tally_.accept({.event_id = "s:2", .message = sent}, numbers_);
  tally_.accept({.message = sent}, numbers_);
  EXPECT_EQ(numbers_.matched, 1U);
  EXPECT_EQ(numbers_.repeated, 1U);
  EXPECT_EQ(numbers_.altered, 1U);
  EXPECT_EQ(numbers_.unknown, 2U);
}

}  // namespace
}  // namespace gatehouse::sim
