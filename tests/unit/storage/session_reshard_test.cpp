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

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using enum guild_presence;

/// What a reshard changes in the file of sessions.
class session_reshard_test : public testing::Test {
 protected:
  session_reshard_test() { open(); }

  void open() { store_.emplace(folder_.path(), disk_, log_.log()); }
  stored_state reopen() {
    store_.reset();
    open();
    return store_->take_found();
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "sessions.db"; }

  bool save(std::vector<session_change> changes) {
    std::promise<bool> answer;
    store_->save(std::move(changes), [&](bool is_saved) { answer.set_value(is_saved); });
    return answer.get_future().get();
  }
  bool save_reshard(std::vector<session_change> changes, stored_reshard result) {
    std::promise<bool> answer;
    store_->save_reshard(std::move(changes), result,
                         [&](bool is_saved) { answer.set_value(is_saved); });
    return answer.get_future().get();
  }
  static session_change of(int total_shards, int shard_id, std::vector<guild_change> guilds = {}) {
    const std::string id = std::to_string(shard_id) + " of " + std::to_string(total_shards);
    return {shard_id,
            session_position{total_shards, 1, id, "wss://resume.test", 5},
            {true, std::move(guilds)}};
  }
  /// From three shards to two.
  bool reshard() {
    return save_reshard({of(2, 0, {{8, present}}), of(2, 1, {{9, loading}}), {2, std::nullopt, {}}},
                        {2, 3});
  }
  static std::vector<std::string> names(const stored_state& state) {
    std::vector<std::string> list;
    for (const auto& session : state.sessions) list.push_back(session.position.session_id);
    return list;
  }

  test::temporary_folder folder_;
  test::log_capture log_;
  disk_thread disk_{"disk"};
  std::optional<session_store> store_;
};

TEST_F(session_reshard_test, without_one_there_is_no_result) {
  save({of(3, 0)});
  EXPECT_EQ(reopen().reshard, std::nullopt);
}

TEST_F(session_reshard_test, new_sessions_take_the_place_of_the_old_ones) {
  save({of(3, 0, {{1, present}}), of(3, 1, {{2, present}}), of(3, 2, {{3, present}})});
  EXPECT_TRUE(reshard());
  const auto found = reopen();
  EXPECT_EQ(found.reshard, (stored_reshard{2, 3}));
  EXPECT_THAT(names(found), ElementsAre("0 of 2", "1 of 2"));
  EXPECT_THAT(found.sessions.at(0).guild_ids, ElementsAre(8U)) << "not those of the old shard 0";
  EXPECT_THAT(found.sessions.at(1).guild_ids, IsEmpty());
  EXPECT_THAT(found.sessions.at(1).loading_guild_ids, ElementsAre(9U));
  save({of(3, 2)});
  EXPECT_THAT(reopen().sessions.at(2).guild_ids, IsEmpty()) << "they went with the old shard 2";
}

TEST_F(session_reshard_test, the_last_result_counts) {
  save_reshard({}, {16, 0});
  save_reshard({}, {32, 8});
  EXPECT_EQ(reopen().reshard, (stored_reshard{32, 8}));
  save({of(32, 0)});
  EXPECT_EQ(reopen().reshard, (stored_reshard{32, 8})) << "it lasts";
}

TEST_F(session_reshard_test, needs_no_one_to_answer) {
  store_->save_reshard({of(2, 0)}, {2, 3}, {});
  EXPECT_EQ(reopen().reshard, (stored_reshard{2, 3}));
}

TEST_F(session_reshard_test, on_a_full_disk_nothing_changes) {
  save({of(3, 0, {{1, present}}), of(3, 1), of(3, 2)});
  {
    const file_size_limit nothing_can_be_written{1};
    EXPECT_FALSE(reshard());
  }
  const auto found = reopen();
  EXPECT_EQ(found.reshard, std::nullopt);
  EXPECT_THAT(names(found), ElementsAre("0 of 3", "1 of 3", "2 of 3"));
  EXPECT_THAT(found.sessions.at(0).guild_ids, ElementsAre(1U));
}

/// The sessions are written before the result: what fails last takes back all.
TEST_F(session_reshard_test, all_of_it_is_stored_or_nothing) {
  save({of(3, 0, {{1, present}}), of(3, 1), of(3, 2)});
  store_.reset();
  execute(file(),
          "CREATE TRIGGER refuse BEFORE INSERT ON reshard "
          "BEGIN SELECT RAISE(ABORT, 'refused'); END");
  open();
  EXPECT_FALSE(reshard());
  store_.reset();
  execute(file(), "DROP TRIGGER refuse");
  open();
  const auto found = store_->take_found();
  EXPECT_EQ(found.reshard, std::nullopt);
  EXPECT_THAT(names(found), ElementsAre("0 of 3", "1 of 3", "2 of 3"));
  EXPECT_THAT(found.sessions.at(0).guild_ids, ElementsAre(1U));
  EXPECT_TRUE(reshard());
  EXPECT_EQ(reopen().reshard, (stored_reshard{2, 3}));
}

TEST_F(session_reshard_test, a_file_of_the_first_version_is_taken_on) {
  save({of(3, 0)});
  store_.reset();
  execute(file(), "DROP TABLE reshard");
  open();
  const auto found = store_->take_found();
  EXPECT_THAT(names(found), ElementsAre("0 of 3"));
  EXPECT_EQ(found.reshard, std::nullopt);
  EXPECT_THAT(log_.lines(), IsEmpty());
  EXPECT_TRUE(reshard());
  EXPECT_EQ(reopen().reshard, (stored_reshard{2, 3}));
}

TEST_F(session_reshard_test, a_result_that_makes_no_sense_is_left_out) {
  for (const auto* damage :
       {"total_shards = 0", "total_shards = -1", "total_shards = 1000001", "configured = -1",
        "configured = 1000001", "total_shards = 9223372036854775807"}) {
    save_reshard({of(2, 0)}, {2, 3});
    store_.reset();
    execute(file(), (std::string{"UPDATE reshard SET "} + damage).c_str());
    open();
    const auto found = store_->take_found();
    EXPECT_EQ(found.reshard, std::nullopt) << damage;
    EXPECT_THAT(found.sessions, SizeIs(1)) << damage;
  }
}

}  // namespace
}  // namespace gatehouse::storage
