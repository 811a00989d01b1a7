#pragma once

#include "failure_log.hpp"
#include "spool_file.hpp"

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/spool.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gatehouse::storage {

/// What the spool is asked for, and what comes of it until it is answered.
template <class Request, class Result>
struct spool_question {
  Request wanted;
  std::function<void(Result)> done;
  Result result{};
};
using store_operation = spool_question<std::vector<new_block>, store_result>;
using load_operation = spool_question<load_request, load_result>;
using shed_operation = spool_question<shed_request, std::vector<shed_count>>;
using spool_operation =
    std::variant<store_operation, spool_changes, load_operation, shed_operation>;

/// Written by the spool's thread (the limit and the next id by any), read by any.
struct spool_counters {
  std::atomic<std::uint64_t> limit_bytes{0};
  std::atomic<std::uint64_t> next_id{1};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> events{0};
  std::atomic<std::uint64_t> write_failures{0};
  std::atomic<std::uint64_t> lost_events{0};
  std::atomic<bool> is_working{true};
};

/// Carries out what the spool is asked for, on its thread, and deals with what goes wrong there: no
/// call throws for what is on the disk.
class spool_worker {
 public:
  /// How long after a failed attempt the file is opened again, if it is needed.
  static constexpr runtime::seconds reopen_interval{2};

  spool_worker(spool_options options, telemetry::logger log, spool_counters& counters);

  /// Opens the file. Returns what is in it.
  spool_contents open();
  /// In one transaction, then answers. Of no operation: what could not be written before.
  void carry_out(std::vector<spool_operation> group);
  /// Changes that still have to be written.
  [[nodiscard]] bool has_unwritten() const noexcept { return !unwritten_.empty(); }
  /// When nothing is waiting: an empty file gives a part of its room back. True: there is more.
  bool rest();

 private:
  /// How much of a group is tried: without the stores where there is no room for them, without any
  /// change where the disk takes none, and nothing without a file.
  enum class extent { everything, without_stores, loads_only, nothing };
  struct tally {
    extent part = extent::everything;
    std::int64_t events = 0;  ///< by how many there are more now
    std::vector<damaged_block> damaged;
    bool has_stored = false;
    bool has_met_limit = false;
  };

  bool open_if_due();
  std::optional<spool_contents> open_file();
  /// False: it could not be renamed, which was noted.
  bool move_aside(std::string_view reason, std::string_view detail);
  /// Deals with an error. True: the file was damaged, and is another one now.
  bool replaced_for(const sqlite::error& problem);
  void note_events(std::uint64_t now_there);
  void leave_out(const std::vector<damaged_block>& damaged);

  void try_out(std::vector<spool_operation>& group);
  void perform(std::vector<spool_operation>& group, extent part);
  void perform(store_operation& asked, tally& so_far);
  void store(store_operation& asked, tally& so_far);
  void perform(const spool_changes& asked, tally& so_far);
  void perform(load_operation& asked, tally& so_far);
  void perform(shed_operation& asked, tally& so_far);

  void note_commit(const tally& written, bool has_written);
  void note_failure(const sqlite::error& problem);
  void note_limit(const tally& written);

  spool_options options_;
  std::filesystem::path path_;
  telemetry::logger log_;
  spool_counters& counters_;

  std::optional<spool_file> file_;
  runtime::time_point next_opening_{};
  bool is_in_doubt_ = false;       ///< the open file, after an error: it is to be opened anew
  bool is_content_known_ = false;  ///< the caller was told what is in it
  spool_changes unwritten_;
  std::optional<std::string> routing_;  ///< for a new file, too
  std::string problem_;                 ///< the last, in words
  store_outcome refusal_ = store_outcome::failed;
  failure_log failures_;
  failure_log refusals_;  ///< because of the limit
  failure_log damages_;   ///< of single blocks
};

}  // namespace gatehouse::storage
