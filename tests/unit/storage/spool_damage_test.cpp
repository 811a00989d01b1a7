#include "foreign_sql.hpp"
#include "spool_fixture.hpp"

#include <algorithm>
#include <fstream>
#include <thread>

namespace gatehouse::storage {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Writes into the middle of a file, as a disk does that loses its mind.
void overwrite(const std::filesystem::path& file, std::uint64_t at, std::size_t bytes) {
  std::fstream out{file, std::ios::binary | std::ios::in | std::ios::out};
  out.seekp(static_cast<std::streamoff>(at));
  out << std::string(bytes, '\x5A');
  ASSERT_TRUE(out.flush());
}

class spool_damage_test : public spool_test {
 protected:
  static constexpr int events = 400;

  /// A closed file of several hundred pages.
  void make_file() {
    open();
    for (int i = 0; i < events; ++i) {
      event_batch batch;
      batch.add(make_event(0, i), std::string(10'000, 'x'));
      stored().store(std::move(batch), {});
    }
    close();
    ASSERT_GT(std::filesystem::file_size(file()), mebibyte);
  }

  void expect_set_aside(const std::string& reason) {
    const auto aside = files_like("spool.db." + reason + "-");
    ASSERT_THAT(aside, SizeIs(1));
    EXPECT_THAT(log_.lines(), Contains(AllOf(HasSubstr("error: "), HasSubstr(reason),
                                             HasSubstr(aside.front().string()))));
    EXPECT_THAT(stored().found(), IsEmpty());
    EXPECT_EQ(store({make_event(0, 1)}), store_outcome::stored);
    EXPECT_THAT(stored_keys(0), ElementsAre(event_key{0, 1}));
    EXPECT_TRUE(stored().usage().is_working);
  }
};

TEST_F(spool_damage_test, a_file_that_is_no_database_is_set_aside) {
  static_cast<void>(folder_.write("spool.db", std::string(100'000, '?')));
  open();
  expect_set_aside("damaged");
  EXPECT_EQ(test::read_file(files_like(".damaged-").front()), std::string(100'000, '?'));
}

TEST_F(spool_damage_test, a_garbled_header_is_set_aside) {
  make_file();
  overwrite(file(), 0, 100);
  open();
  expect_set_aside("damaged");
}

TEST_F(spool_damage_test, pages_that_are_found_garbled_at_the_start_are_set_aside) {
  make_file();
  const auto size = std::filesystem::file_size(file());
  overwrite(file(), 16'384, size - 16'384);
  open();
  expect_set_aside("damaged");
}

TEST_F(spool_damage_test, a_truncated_file_is_set_aside) {
  make_file();
  std::filesystem::resize_file(file(), std::filesystem::file_size(file()) / 2);
  open();
  expect_set_aside("damaged");
}

TEST_F(spool_damage_test, a_file_without_its_tables_is_set_aside) {
  execute(file(), "CREATE TABLE t (x); PRAGMA user_version = 1");
  open();
  expect_set_aside("damaged");
}

TEST_F(spool_damage_test, the_file_of_a_newer_version_is_set_aside_whole) {
  make_file();
  execute(file(), "PRAGMA user_version = 2");
  const auto size = std::filesystem::file_size(file());
  open();
  expect_set_aside("newer");
  EXPECT_EQ(std::filesystem::file_size(files_like(".newer-").front()), size);
}

TEST_F(spool_damage_test, two_damaged_files_of_one_second_have_different_names) {
  for (int i = 0; i < 2; ++i) {
    static_cast<void>(folder_.write("spool.db",
                                    "not a database, and longer than a header is\n"
                                    "not a database, and longer than a header is\n"
                                    "not a database, and longer than a header is\n"));
    open();
    close();
  }
  EXPECT_THAT(files_like(".damaged-"), SizeIs(2));
}

TEST_F(spool_damage_test, an_empty_file_is_a_new_one) {
  static_cast<void>(folder_.write("spool.db", ""));
  open();
  EXPECT_EQ(store({make_event(0, 1)}), store_outcome::stored);
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(spool_damage_test, damage_met_while_running_is_replaced_and_the_call_carried_out) {
  // Large payloads go to pages of their own, which are not read at the start.
  open();
  for (int i = 0; i < 20; ++i) {
    event_batch batch;
    batch.add(make_event(0, i), std::string(200'000, 'x'));
    stored().store(std::move(batch), {});
  }
  close();
  std::string content = test::read_file(file());
  // The chain of payload pages is broken: each begins with the number of the next.
  for (std::size_t at = 16'384; at + 16'384 <= content.size(); at += 16'384) {
    if (content.compare(at + 4, 1'000, std::string(1'000, 'x')) == 0) overwrite(file(), at, 4);
  }
  open();
  EXPECT_THAT(files_like(".damaged-"), IsEmpty());
  EXPECT_THAT(stored().found(), SizeIs(20));

  std::optional<load_result> loaded;
  std::optional<store_outcome> outcome;
  stored().load({0, 0, 0, 1, mebibyte}, [&](load_result r) { loaded = std::move(r); });
  stored().store(make_batch({make_event(0, 50)}), [&](store_result r) { outcome = r.outcome; });
  settle();
  EXPECT_TRUE(loaded->batch.empty());
  EXPECT_TRUE(loaded->is_end);
  EXPECT_EQ(loaded->error, "");
  EXPECT_EQ(outcome, store_outcome::stored);
  EXPECT_THAT(files_like(".damaged-"), SizeIs(1));
  EXPECT_THAT(stored_keys(0), ElementsAre(event_key{0, 50}));
  EXPECT_EQ(stored().usage().events, 1U);
  EXPECT_EQ(stored().usage().lost_events, 20U);
}

TEST_F(spool_damage_test, a_file_that_stops_working_is_opened_anew_and_replaced_if_need_be) {
  open();
  store({make_event(0, 1), make_event(0, 2)});
  execute(file(), "DROP TABLE events");
  EXPECT_EQ(store({make_event(0, 3)}), store_outcome::failed);
  EXPECT_FALSE(stored().usage().is_working);
  while (store({make_event(0, 3)}) != store_outcome::stored) std::this_thread::yield();
  EXPECT_THAT(stored_keys(0), ElementsAre(event_key{0, 3}));
  EXPECT_THAT(files_like(".damaged-"), SizeIs(1));
  EXPECT_EQ(stored().usage().events, 1U);
  EXPECT_EQ(stored().usage().lost_events, 2U);
  EXPECT_TRUE(stored().usage().is_working);
}

class spool_without_folder_test : public testing::Test {
 protected:
  spool_without_folder_test() { spool_.emplace(spool_options{place_, mebibyte}, log_.log()); }

  store_result store() {
    std::promise<store_result> answer;
    spool_->store(make_batch({make_event(0, 1)}),
                  [&](store_result result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }

  test::temporary_folder folder_;
  test::log_capture log_;
  std::filesystem::path place_ = folder_.write("state", "a file in place of the folder");
  std::optional<spool> spool_;
};

TEST_F(spool_without_folder_test, refuses_with_the_reason) {
  EXPECT_THAT(spool_->found(), IsEmpty());
  EXPECT_FALSE(spool_->usage().is_working);
  const store_result refused = store();
  EXPECT_EQ(refused.outcome, store_outcome::failed);
  EXPECT_THAT(refused.reason, HasSubstr("Not a directory"));
  EXPECT_EQ(refused.batch.size(), 1U);

  std::promise<load_result> loaded;
  spool_->load({0, 0, 0, 1, 1}, [&](load_result r) { loaded.set_value(std::move(r)); });
  EXPECT_THAT(loaded.get_future().get().error, HasSubstr("Not a directory"));
  spool_->remove({{0, 1}});
  spool_->mark_deferred({0, 1}, 5);
  std::promise<std::vector<event_facts>> purged;
  spool_->purge({{0}, event_rank::ordinary, INT64_MAX, 10},
                [&](std::vector<event_facts> dropped) { purged.set_value(std::move(dropped)); });
  EXPECT_THAT(purged.get_future().get(), IsEmpty());
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("error: spool: ")));
}

TEST_F(spool_without_folder_test, works_once_there_is_one) {
  std::filesystem::remove(place_);
  std::filesystem::create_directory(place_);
  while (store().outcome != store_outcome::stored) std::this_thread::yield();
  EXPECT_TRUE(spool_->usage().is_working);
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("takes events again")));
}

TEST_F(spool_without_folder_test, what_turns_up_late_keeps_its_place) {
  std::filesystem::remove(place_);
  const auto elsewhere = folder_.path() / "elsewhere";
  std::filesystem::create_directory(elsewhere);
  {
    spool earlier{{elsewhere, mebibyte}, log_.log()};
    earlier.store(make_batch({make_event(0, 1)}), {});
  }
  std::filesystem::rename(elsewhere, place_);
  while (store().outcome != store_outcome::stored) std::this_thread::yield();
  EXPECT_EQ(spool_->usage().events, 1U);
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("spool.db.unread-")));
}

}  // namespace
}  // namespace gatehouse::storage
