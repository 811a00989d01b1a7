#pragma once

#include "failure_log.hpp"
#include "spool_counters.hpp"
#include "spool_file.hpp"
#include "spool_operation.hpp"

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/spool.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::storage {

/// Carries out what the spool is asked for, on its thread, and deals with what goes wrong there: no
/// call throws for what is on the disk.
class spool_worker {
 public:
  /// How long after a failed attempt the file is opened again, if it is needed.
  static constexpr runtime::seconds reopen_interval{2};

  spool_worker(const spool_options& options, telemetry::logger log, spool_counters& counters);

  /// Opens the file. Returns which events are in it.
  std::vector<event_facts> open();
  void assign_routes(std::vector<event_facts>& found,
                     const std::function<int(int shard_id, const std::string& type)>& route_of);

  /// In one transaction, then answers.
  void carry_out(std::vector<spool_operation>& group);

  /// Removals that still have to be written: `carry_out_unwritten` later.
  [[nodiscard]] bool has_unwritten() const noexcept { return !unwritten_.empty(); }
  void carry_out_unwritten();
  /// When nothing is waiting: an empty file gives its room back.
  void rest();

 private:
  /// How much of a group is tried: without the stores where there is no room for them, without any
  /// change where the disk takes none.
  enum class extent { everything, without_stores, loads_only };
  static constexpr std::array all_extents{extent::everything, extent::without_stores,
                                          extent::loads_only};
  struct tally {
    std::int64_t added = 0;
    bool has_written = false;
    bool has_stored = false;
    bool has_met_limit = false;
  };

  bool open_if_due();
  void open_file(const std::function<void()>& read);
  void set_unknown_aside();
  void replace_damaged(const sqlite::error& damage);
  /// Deals with an error. True: the file was damaged, and was replaced for that.
  bool replaced_for(const sqlite::error& problem);
  void note_events(std::uint64_t now_there);

  /// False: there is no file, or it was replaced.
  bool attempt(std::vector<spool_operation>& group);
  void perform(std::vector<spool_operation>& group, extent part);
  void perform(store_operation& wanted, tally& so_far);
  void perform(const remove_operation& wanted, tally& so_far);
  void perform(const defer_operation& wanted, tally& so_far);
  void perform(load_operation& wanted, tally& so_far);
  void perform(purge_operation& wanted, tally& so_far);
  void perform(reroute_operation& wanted, tally& so_far);
  void write_what_is_unwritten(tally& so_far);
  void note_commit(const tally& written);

  void give_up(std::vector<spool_operation>& group, extent part);
  void note_failure(const sqlite::error& problem);
  void note_limit(const tally& written);

  std::filesystem::path path_;
  telemetry::logger log_;
  spool_counters& counters_;

  std::optional<spool_file> file_;
  runtime::time_point next_opening_{};
  bool is_in_doubt_ = false;       ///< the open file, after an error: it is to be opened anew
  bool is_content_known_ = false;  ///< the caller was told what is in it
  unwritten_changes unwritten_;
  std::string problem_;  ///< the last, in words
  store_outcome refusal_ = store_outcome::failed;
  failure_log failures_;
  failure_log refusals_;  ///< because of the limit
};

}  // namespace gatehouse::storage
