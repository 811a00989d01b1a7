#include "file_size_limit.hpp"
#include "foreign_sql.hpp"
#include "log_capture.hpp"
#include "temporary_folder.hpp"

#include <gatehouse/storage/session_store.hpp>

#include <gmock/gmock.h>

#include <future>
#include <optional>

namespace gatehouse::storage {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using enum guild_presence;

class session_store_test : public testing::Test {
 protected:
  session_store_test() { open(); }

  void open() { store_.emplace(folder_.path(), disk_, log_.log()); }
  /// Closes and opens: what is found then.
  stored_state reopen() {
    store_.reset();
    open();
    return store_->take_found();
  }
  bool save(std::vector<session_change> changes) {
    std::promise<bool> answer;
    store_->save(std::move(changes), [&](bool is_saved) { answer.set_value(is_saved); });
    return answer.get_future().get();
  }
  void settle() {
    disk_.run([] {});
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "sessions.db"; }

  [[nodiscard]] std::vector<std::string> set_aside() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator{folder_.path()}) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("sessions.db.")) found.push_back(name);
    }
    return found;
  }

  static session_change at(int shard_id, std::int64_t seq, guild_changes guilds = {}) {
    return {
        shard_id,
        session_position{16, 513, "session-" + std::to_string(shard_id), "wss://resume.test", seq},
        std::move(guilds)};
  }

  test::temporary_folder folder_;
  test::log_capture log_;
  disk_thread disk_{"disk"};
  std::optional<session_store> store_;
};

TEST_F(session_store_test, a_new_one_is_empty) {
  const auto found = store_->take_found();
  EXPECT_THAT(found.sessions, IsEmpty());
  EXPECT_EQ(found.gateway, std::nullopt);
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(session_store_test, sessions_come_back_by_shard_with_their_guilds) {
  EXPECT_TRUE(save({at(3, 40, {true, {{1, present}, {2, loading}, {UINT64_MAX, present}}}),
                    at(1, 7, {true, {{5, loading}}})}));
  const auto found = reopen();
  ASSERT_THAT(found.sessions, SizeIs(2));
  EXPECT_EQ(found.sessions[0].shard_id, 1);
  EXPECT_EQ(found.sessions[0].position,
            (session_position{16, 513, "session-1", "wss://resume.test", 7}));
  EXPECT_THAT(found.sessions[0].guild_ids, IsEmpty());
  EXPECT_THAT(found.sessions[0].loading_guild_ids, ElementsAre(5U));
  EXPECT_EQ(found.sessions[1].shard_id, 3);
  EXPECT_THAT(found.sessions[1].guild_ids, testing::UnorderedElementsAre(1U, UINT64_MAX));
  EXPECT_THAT(found.sessions[1].loading_guild_ids, ElementsAre(2U));
  EXPECT_THAT(store_->take_found().sessions, IsEmpty()) << "it was moved out";
}

TEST_F(session_store_test, changes_of_guilds_are_added_to_what_is_stored) {
  save({at(0, 1, {true, {{1, present}, {2, loading}, {3, present}}})});
  save({at(0, 2, {false, {{2, present}, {3, gone}, {4, loading}, {99, gone}}})});
  const auto found = reopen();
  EXPECT_EQ(found.sessions.at(0).position.seq, 2);
  EXPECT_THAT(found.sessions.at(0).guild_ids, ElementsAre(1U, 2U));
  EXPECT_THAT(found.sessions.at(0).loading_guild_ids, ElementsAre(4U));
}

TEST_F(session_store_test, a_complete_list_replaces_what_is_stored) {
  save({at(0, 1, {true, {{1, present}, {2, loading}}}), at(1, 1, {true, {{7, present}}})});
  save({at(0, 2, {true, {{3, present}}})});
  const auto found = reopen();
  EXPECT_THAT(found.sessions.at(0).guild_ids, ElementsAre(3U));
  EXPECT_THAT(found.sessions.at(0).loading_guild_ids, IsEmpty());
  EXPECT_THAT(found.sessions.at(1).guild_ids, ElementsAre(7U)) << "another shard's stay";
}

TEST_F(session_store_test, an_ended_session_is_forgotten_with_its_guilds) {
  save({at(0, 1, {true, {{1, present}}}), at(1, 1, {true, {{2, present}}})});
  save({{0, std::nullopt, {}}});
  EXPECT_THAT(reopen().sessions, SizeIs(1));
  save({at(0, 9)});
  EXPECT_THAT(reopen().sessions.at(0).guild_ids, IsEmpty());
}

TEST_F(session_store_test, the_gateway_answer_comes_back) {
  store_->save_gateway({"wss://old.test", 1, 1});
  store_->save_gateway({"wss://gateway.test", 1'024, 16});
  EXPECT_EQ(reopen().gateway, (stored_gateway{"wss://gateway.test", 1'024, 16}));
}

TEST_F(session_store_test, the_last_identify_of_each_bucket_comes_back) {
  store_->save_identifies({{0, 3, 1'000}, {1, 4, 1'500}});
  store_->save_identifies({{0, 5, 2'000}});
  EXPECT_THAT(reopen().identifies,
              ElementsAre(stored_identify{0, 5, 2'000}, stored_identify{1, 4, 1'500}));
}

TEST_F(session_store_test, saves_without_an_answer_are_completed_before_it_closes) {
  for (int i = 1; i <= 100; ++i) store_->save({at(0, i)}, {});
  EXPECT_EQ(reopen().sessions.at(0).position.seq, 100);
}

TEST_F(session_store_test, a_crash_leaves_the_last_completed_save) {
  save({at(0, 1)});
  save({at(0, 2)});
  const test::temporary_folder after_crash;
  for (const char* name : {"sessions.db", "sessions.db-wal"}) {
    std::filesystem::copy_file(folder_.path() / name, after_crash.path() / name);
  }
  session_store next{after_crash.path(), disk_, log_.log()};
  EXPECT_EQ(next.take_found().sessions.at(0).position.seq, 2);
}

TEST_F(session_store_test, closing_leaves_one_file) {
  save({at(0, 1)});
  store_.reset();
  EXPECT_TRUE(std::filesystem::exists(file()));
  EXPECT_FALSE(std::filesystem::exists(file().string() + "-wal"));
}

TEST_F(session_store_test, rows_that_make_no_sense_are_left_out) {
  save({at(0, 1, {true, {{1, present}, {2, present}, {3, present}}}), at(1, 1), at(2, 1), at(3, 1),
        at(4, 1), at(5, 1)});
  store_->save_gateway({"wss://gateway.test", 1, 1});
  store_.reset();
  execute(file(),
          "UPDATE sessions SET seq = -1 WHERE shard_id = 1;"
          "UPDATE sessions SET session_id = '' WHERE shard_id = 2;"
          "UPDATE sessions SET total_shards = 0 WHERE shard_id = 3;"
          "UPDATE sessions SET total_shards = 4 WHERE shard_id = 4;"
          "UPDATE guilds SET presence = 9 WHERE guild_id = 2;"
          "UPDATE guilds SET guild_id = 0 WHERE guild_id = 3;"
          "INSERT INTO guilds VALUES (2, 77, 1);"
          "UPDATE gateway SET shards = -1;");
  open();
  const auto found = store_->take_found();
  ASSERT_THAT(found.sessions, SizeIs(2));
  EXPECT_EQ(found.sessions[0].shard_id, 0);
  EXPECT_THAT(found.sessions[0].guild_ids, ElementsAre(1U));
  EXPECT_EQ(found.sessions[1].shard_id, 5);
  EXPECT_THAT(found.sessions[1].guild_ids, IsEmpty());
  EXPECT_EQ(found.gateway, std::nullopt);
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("session of shard 1"), HasSubstr("4 such"),
                                        HasSubstr("2 guilds"), HasSubstr("gateway")));
}

TEST_F(session_store_test, a_damaged_file_is_set_aside) {
  store_.reset();
  static_cast<void>(folder_.write("sessions.db", std::string(100'000, '?')));
  open();
  EXPECT_THAT(store_->take_found().sessions, IsEmpty());
  EXPECT_THAT(set_aside(), ElementsAre(HasSubstr("sessions.db.damaged-")));
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr(set_aside().at(0))));
  EXPECT_TRUE(save({at(0, 1)}));
  EXPECT_THAT(reopen().sessions, SizeIs(1));
}

TEST_F(session_store_test, damage_anywhere_is_found_at_the_start) {
  guild_changes many{true, {}};
  for (std::uint64_t id = 1; id <= 20'000; ++id) many.guilds.push_back({id, present});
  save({at(0, 1, many)});
  store_.reset();
  std::string content = test::read_file(file());
  content.replace(content.size() / 2, 4'096, std::string(4'096, '\x5A'));
  static_cast<void>(folder_.write("sessions.db", content));
  open();
  EXPECT_THAT(store_->take_found().sessions, IsEmpty());
  EXPECT_THAT(set_aside(), SizeIs(1));
}

TEST_F(session_store_test, the_file_of_a_newer_version_is_set_aside) {
  save({at(0, 1)});
  store_.reset();
  execute(file(), "PRAGMA user_version = 2");
  open();
  EXPECT_THAT(store_->take_found().sessions, IsEmpty());
  EXPECT_THAT(set_aside(), ElementsAre(HasSubstr("sessions.db.newer-")));
}

TEST_F(session_store_test, a_failed_save_is_answered_counted_and_told_once) {
  save({at(0, 1)});
  {
    const file_size_limit nothing_can_be_written{1};
    EXPECT_FALSE(save({at(0, 2)}));
    EXPECT_FALSE(save({at(0, 3)}));
    EXPECT_EQ(store_->failures(), 2U);
    EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("error: sessions: ")));
  }
  EXPECT_TRUE(save({at(0, 4)}));
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("is saved again")));
  EXPECT_EQ(store_->replacements(), 0U);
  EXPECT_EQ(reopen().sessions.at(0).position.seq, 4);
}

TEST_F(session_store_test, a_file_that_stops_working_is_replaced) {
  save({at(0, 1)});
  execute(file(), "DROP TABLE sessions");
  EXPECT_FALSE(save({at(0, 2)}));
  EXPECT_EQ(store_->replacements(), 0U);
  EXPECT_TRUE(save({at(0, 3)}));
  EXPECT_EQ(store_->replacements(), 1U);
  EXPECT_THAT(set_aside(), SizeIs(1));
  EXPECT_EQ(reopen().sessions.at(0).position.seq, 3);
}

TEST(session_store, a_place_that_takes_no_file_fails_every_save) {
  const test::temporary_folder folder;
  const test::log_capture log;
  disk_thread disk{"disk"};
  session_store store{folder.write("state", "a file in place of the folder"), disk, log.log()};
  EXPECT_THAT(store.take_found().sessions, IsEmpty());
  std::promise<bool> saved;
  store.save({}, [&](bool is_saved) { saved.set_value(is_saved); });
  EXPECT_FALSE(saved.get_future().get());
  EXPECT_EQ(store.failures(), 2U) << "the first was that of opening it";
  EXPECT_THAT(log.lines(), ElementsAre(HasSubstr("Not a directory")));
}

}  // namespace
}  // namespace gatehouse::storage
