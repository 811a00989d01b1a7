#include "spool_fixture.hpp"

namespace gatehouse::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class spool_shed_test : public spool_test {
 protected:
  static stored_event sheddable(std::int64_t position, std::int64_t received,
                                std::string_view type = "TYPING_START") {
    stored_event made = event_at(position);
    made.rank = event_rank::shed_first;
    made.received_unix_ms = received;
    made.is_barrier = false;
    made.type = type;
    return made;
  }
  static stored_event ordinary(std::int64_t position) { return event_at(position); }

  spool_shed_test() {
    open();
    store(1, {sheddable(1, 30), ordinary(2), sheddable(3, 31, "PRESENCE_UPDATE")});
    store(1, {ordinary(4), ordinary(5)});
    store(1, {sheddable(6, 60), sheddable(7, 61)});
    store(2, {sheddable(1, 20), ordinary(2)});
    store(2, {sheddable(3, 50), ordinary(4)});
  }

  std::vector<std::string> shed_as_text(shed_request wanted) {
    std::vector<std::string> all;
    for (const auto& each : shed(std::move(wanted))) {
      all.push_back(std::to_string(each.part) + " " + each.type + " " +
                    std::to_string(each.events));
    }
    return all;
  }

  const queue_key first_{1, one_url};
  const queue_key second_{2, one_url};
};

TEST_F(spool_shed_test, takes_all_of_the_rank_and_nothing_else) {
  EXPECT_THAT(shed_as_text({{{first_, 0}, {second_, 0}}, mebibyte}),
              ElementsAre("0 PRESENCE_UPDATE 1", "0 TYPING_START 3", "1 TYPING_START 2"));
  EXPECT_THAT(stored_positions(1), ElementsAre(2, 4, 5));
  EXPECT_THAT(stored_positions(2), ElementsAre(2, 4));
  EXPECT_EQ(stored().usage().events, 5U);
  EXPECT_THAT(shed({{{first_, 0}, {second_, 0}}, mebibyte}), IsEmpty());
  close();
  open();
  EXPECT_EQ(stored().found().at(0).first_position, 2);
  EXPECT_THAT(stored_positions(1), ElementsAre(2, 4, 5));
}

TEST_F(spool_shed_test, begins_with_the_oldest_block_and_ends_when_enough_is_free) {
  EXPECT_THAT(shed_as_text({{{first_, 0}, {second_, 0}}, 1}), ElementsAre("1 TYPING_START 1"));
  EXPECT_THAT(shed_as_text({{{first_, 0}, {second_, 0}}, 1}),
              ElementsAre("0 PRESENCE_UPDATE 1", "0 TYPING_START 1"));
  EXPECT_THAT(shed_as_text({{{first_, 0}, {second_, 0}}, 1}), ElementsAre("1 TYPING_START 1"));
  EXPECT_THAT(stored_positions(1), ElementsAre(2, 4, 5, 6, 7));
  EXPECT_THAT(stored_positions(2), ElementsAre(2, 4));
}

TEST_F(spool_shed_test, leaves_what_is_in_front_and_other_queues) {
  EXPECT_THAT(shed_as_text({{{first_, 2}}, mebibyte}), ElementsAre("0 TYPING_START 2"));
  EXPECT_THAT(stored_positions(1), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(stored_positions(2), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(shed({{{{1, "http://other/"}, 0}}, mebibyte}), IsEmpty());
}

TEST_F(spool_shed_test, what_is_done_does_not_count_and_marks_stay_with_their_events) {
  stored_event deferred = ordinary(12);
  deferred.mark = 6;
  const auto id = store(3, {sheddable(10, 1), sheddable(11, 1), deferred, ordinary(13)});
  stored().mark_one(id, 0, mark_done);
  stored().mark_one(id, 3, mark_done);
  EXPECT_THAT(shed_as_text({{{{3, one_url}, 0}}, mebibyte}), ElementsAre("0 TYPING_START 1"));
  const auto loaded = load_all(3);
  EXPECT_THAT(open_positions(loaded), ElementsAre(12));
  EXPECT_EQ(loaded.blocks.at(0).events.marks(), std::vector<event_mark>{6});
}

TEST_F(spool_shed_test, a_barrier_is_never_dropped) {
  stored_event barrier = sheddable(1, 1);
  barrier.is_barrier = true;
  store(3, {barrier});
  EXPECT_THAT(shed({{{{3, one_url}, 0}}, mebibyte}), IsEmpty());
  EXPECT_THAT(stored_positions(3), ElementsAre(1));
}

}  // namespace
}  // namespace gatehouse::storage
