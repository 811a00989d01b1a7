#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/storage/dead_letters.hpp>
#include <gatehouse/storage/disk_thread.hpp>
#include <gatehouse/storage/session_store.hpp>
#include <gatehouse/storage/spool.hpp>
#include <gatehouse/storage/state_folder.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::storage {

/// Everything that is kept in `state.dir`.
///
/// A folder that cannot be used is said in the log and leaves all of it out: events and sessions
/// are then in memory only. Throws std::runtime_error if another process holds the folder.
class persistence {
 public:
  using url_finder = std::function<std::string(int shard_id, std::string_view type)>;

  /// `url_of` is called before this returns, for the events of an older version's spool.
  persistence(const config::settings& settings, const telemetry::logger& log,
              url_finder url_of = {});
  ~persistence();
  persistence(const persistence&) = delete;
  persistence& operator=(const persistence&) = delete;

  /// Null: no usable folder; for the spool also `queue.spool_mb = 0`.
  [[nodiscard]] storage::spool* spool() noexcept { return spool_ ? &*spool_ : nullptr; }
  [[nodiscard]] session_store* sessions() noexcept { return sessions_ ? &*sessions_ : nullptr; }
  [[nodiscard]] dead_letter_file* dead_letters() noexcept {
    return dead_letters_ ? &*dead_letters_ : nullptr;
  }
  [[nodiscard]] const storage::spool* spool() const noexcept { return spool_ ? &*spool_ : nullptr; }
  [[nodiscard]] const session_store* sessions() const noexcept {
    return sessions_ ? &*sessions_ : nullptr;
  }
  [[nodiscard]] const dead_letter_file* dead_letters() const noexcept {
    return dead_letters_ ? &*dead_letters_ : nullptr;
  }

  /// Waits until the sessions and dead letters that were given to it are on the disk.
  void flush();
  /// Completes what was asked for and ends the threads. Nobody may ask for anything any more.
  void close();
  /// Any thread: `close` has nothing left that a restart would miss.
  [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }

 private:
  state_folder folder_;
  std::optional<disk_thread> disk_;
  std::optional<session_store> sessions_;
  std::optional<dead_letter_file> dead_letters_;
  std::optional<storage::spool> spool_;
  std::atomic<bool> is_complete_ = false;
};

}  // namespace gatehouse::storage
