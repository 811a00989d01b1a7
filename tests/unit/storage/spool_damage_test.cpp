#include "file_size_limit.hpp"
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
    for (int i = 0; i < events; ++i) store(0, {event_at(i, std::string(10'000, 'x'))});
    close();
    ASSERT_GT(std::filesystem::file_size(file()), mebibyte);
  }

  void expect_set_aside(const std::string& reason) {
    const auto aside = files_like("spool.db." + reason + "-");
    ASSERT_THAT(aside, SizeIs(1));
    EXPECT_THAT(log_.lines(), Contains(AllOf(HasSubstr("error: "), HasSubstr(reason),
                                             HasSubstr(aside.front().string()))));
    EXPECT_THAT(stored().found(), IsEmpty());
    store(0, {event_at(1)});
    EXPECT_THAT(stored_positions(0), ElementsAre(1));
    EXPECT_TRUE(stored().usage().is_working);
  }

  /// Of block i is what `sql` makes of it; of three blocks with two events each.
  load_result load_after(const std::string& sql) {
    open();
    for (std::int64_t i = 1; i <= 3; ++i) store(0, {event_at(2 * i), event_at(2 * i + 1)});
    close();
    execute(file(), sql.c_str());
    open();
    auto loaded = load_all(0);
    settle();
    return loaded;
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
  execute(file(), "CREATE TABLE t (x); PRAGMA user_version = 2");
  open();
  expect_set_aside("damaged");
}

TEST_F(spool_damage_test, the_file_of_a_newer_version_is_set_aside_whole) {
  make_file();
  execute(file(), "PRAGMA user_version = 3");
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
  store(0, {event_at(1)});
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(spool_damage_test, blocks_with_other_bytes_than_were_written_are_left_out) {
  const auto loaded = load_after("UPDATE payloads SET data = zeroblob(length(data)) WHERE id = 2");
  EXPECT_THAT(open_positions(loaded), ElementsAre(2, 3, 6, 7));
  EXPECT_EQ(loaded.lost_events, 2U);
  EXPECT_TRUE(loaded.is_end);
  EXPECT_EQ(loaded.error, "");
  EXPECT_EQ(stored().usage().lost_events, 2U);
  EXPECT_EQ(stored().usage().events, 4U) << "and it is removed";
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("its checksum is wrong")));
  EXPECT_EQ(load_all(0).lost_events, 0U) << "they are lost once";
  close();
  open();
  EXPECT_EQ(stored().found().at(0).events, 4U);
  EXPECT_EQ(stored().usage().lost_events, 0U);
}

TEST_F(spool_damage_test, each_part_of_a_block_that_makes_no_sense_is_noticed) {
  for (const char* sql :
       {"DELETE FROM payloads WHERE id = 2", "UPDATE blocks SET crc = -1 WHERE id = 2",
        "UPDATE blocks SET marks = zeroblob(3) WHERE id = 2",
        "UPDATE blocks SET last_position = 9223372036854775807 WHERE id = 2",
        "UPDATE blocks SET last_position = -1 WHERE id = 2",
        "UPDATE blocks SET first_position = 3 WHERE id = 2",
        "UPDATE blocks SET last_position = 6 WHERE id = 2"}) {
    EXPECT_THAT(open_positions(load_after(sql)), ElementsAre(2, 3, 6, 7)) << sql;
    EXPECT_EQ(stored().usage().lost_events, 2U) << sql;
    EXPECT_EQ(stored().usage().events, 4U) << sql;
    close();
    std::filesystem::remove(file());
  }
}

TEST_F(spool_damage_test, keys_that_make_no_sense_are_left_out_at_the_start) {
  for (const char* sql : {"UPDATE blocks SET shard_id = -5 WHERE id = 2",
                          "UPDATE blocks SET shard_id = 9223372036854775807 WHERE id = 2",
                          "UPDATE blocks SET first_position = -9223372036854775808 WHERE id = 2",
                          "UPDATE blocks SET id = -9223372036854775808 WHERE id = 2",
                          "UPDATE blocks SET id = 9223372036854775807 WHERE id = 2",
                          "UPDATE blocks SET id = 0 WHERE id = 2"}) {
    EXPECT_THAT(open_positions(load_after(sql)), ElementsAre(2, 3, 6, 7)) << sql;
    ASSERT_THAT(stored().found(), SizeIs(1)) << sql;
    EXPECT_EQ(stored().found()[0].first_position, 2) << sql;
    EXPECT_EQ(stored().found()[0].events, 4U) << sql;
    EXPECT_EQ(stored().usage().lost_events, 2U) << sql;
    EXPECT_EQ(stored().usage().events, 4U) << sql;
    EXPECT_LT(stored().next_id(), 100U) << sql;
    close();
    std::filesystem::remove(file());
  }
}

TEST_F(spool_damage_test, numbers_of_events_are_not_believed) {
  static_cast<void>(
      load_after("UPDATE blocks SET events_left = 9223372036854775807, bytes = -1 WHERE id = 2;"
                 "UPDATE blocks SET events_left = -9223372036854775808 WHERE id = 3"));
  EXPECT_EQ(stored().usage().lost_events, 2U);
  EXPECT_EQ(stored().usage().events, 2U);
}

TEST_F(spool_damage_test, damage_met_while_running_is_replaced_and_the_calls_carried_out) {
  // Large payloads go to pages of their own, which are not read at the start.
  open();
  for (int i = 0; i < 20; ++i) store(0, {event_at(i, std::string(200'000, 'x'))});
  close();
  // A chain of payload pages is broken: each begins with the number of the next.
  const std::string content = test::read_file(file());
  std::uint64_t broken = 0;
  for (std::size_t at = 16'384; at + 16'384 <= content.size() && broken == 0; at += 16'384) {
    if (content.compare(at + 4, 1'000, std::string(1'000, 'x')) != 0) continue;
    overwrite(file(), at, 4);
    broken = at;
  }
  ASSERT_NE(broken, 0U);
  open();
  EXPECT_EQ(stored().usage().events, 20U);
  const auto loaded = load_all(0);
  EXPECT_TRUE(loaded.blocks.empty());
  EXPECT_TRUE(loaded.is_end);
  EXPECT_EQ(loaded.error, "");
  store(0, {event_at(50)});
  EXPECT_THAT(stored_positions(0), ElementsAre(50));
  EXPECT_THAT(files_like(".damaged-"), SizeIs(1));
  EXPECT_EQ(stored().usage().events, 1U);
  EXPECT_EQ(stored().usage().lost_events, 20U);
}

TEST_F(spool_damage_test, a_damaged_block_on_a_disk_that_takes_no_change_is_left_out_too) {
  static_cast<void>(load_after("SELECT 1"));
  execute(file(), "UPDATE payloads SET data = x'00' WHERE id = 2");
  {
    const file_size_limit nothing_can_be_written{1};
    EXPECT_EQ(load_all(0).lost_events, 2U);
    const auto again = load_all(0);
    EXPECT_EQ(again.lost_events, 0U);
    EXPECT_THAT(open_positions(again), ElementsAre(2, 3, 6, 7));
  }
  while (stored().usage().events != 4) std::this_thread::yield();
  EXPECT_EQ(stored().usage().lost_events, 2U);
}

TEST_F(spool_damage_test, a_file_that_stops_working_is_opened_anew_and_replaced_if_need_be) {
  open();
  stored().remember_routing("routing");
  store(0, {event_at(1), event_at(2)});
  execute(file(), "DROP TABLE blocks");
  EXPECT_EQ(store_large(0, 3, 1).outcome, store_outcome::failed);
  EXPECT_FALSE(stored().usage().is_working);
  while (store_large(0, 3, 1).outcome != store_outcome::stored) std::this_thread::yield();
  EXPECT_THAT(stored_positions(0), ElementsAre(3));
  EXPECT_THAT(files_like(".damaged-"), SizeIs(1));
  EXPECT_EQ(stored().usage().events, 1U);
  EXPECT_EQ(stored().usage().lost_events, 2U);
  EXPECT_TRUE(stored().usage().is_working);
  close();
  open();
  EXPECT_EQ(stored().found_routing(), "routing") << "the new file has it, too";
}

class spool_without_folder_test : public testing::Test {
 protected:
  spool_without_folder_test() { spool_.emplace(spool_options{place_, mebibyte, {}}, log_.log()); }

  store_result store() {
    std::promise<store_result> answer;
    spool_->store({{spool_->next_id(), {0, one_url}, block_of({event_at(1)})}},
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

  std::promise<load_result> loaded;
  spool_->load({{0, one_url}, 0, 1}, [&](load_result r) { loaded.set_value(std::move(r)); });
  EXPECT_THAT(loaded.get_future().get().error, HasSubstr("Not a directory"));
  spool_->remove({1});
  spool_->mark_one(1, 0, 5);
  std::promise<std::vector<shed_count>> shed;
  spool_->shed({{{{0, one_url}, 0}}, 1},
               [&](std::vector<shed_count> counts) { shed.set_value(std::move(counts)); });
  EXPECT_THAT(shed.get_future().get(), IsEmpty());
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
    spool earlier{{elsewhere, mebibyte, {}}, log_.log()};
    earlier.store({{earlier.next_id(), {0, one_url}, block_of({event_at(1)})}}, {});
  }
  std::filesystem::rename(elsewhere, place_);
  while (store().outcome != store_outcome::stored) std::this_thread::yield();
  EXPECT_EQ(spool_->usage().events, 1U);
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("spool.db.unread-")));
}

}  // namespace
}  // namespace gatehouse::storage
