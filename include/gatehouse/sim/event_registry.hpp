#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::sim {

/// Every dispatch the simulator numbered, by session and `s`, with the hash of its exact text; an
/// event handler in the same process ticks them off. Thread-safe.
class event_registry {
 public:
  enum class verdict {
    matched,    ///< exactly the bytes that were sent, for the first time
    duplicate,  ///< exactly the bytes that were sent, again
    altered,    ///< other bytes than were sent under this id
    unknown,    ///< no such event was sent
  };
  struct missing_event {
    std::string session_id;
    std::uint64_t seq = 0;
    std::string type;
  };
  using session_index = std::size_t;

  /// From the moment an event was handed to its socket until its handler had it.
  struct latency {
    std::size_t events = 0;
    runtime::duration median{0};
    runtime::duration percentile_99{0};
    runtime::duration longest{0};
  };

  /// From now on, for events of a bot's daily life: the guilds of a start are left out.
  void measure_latency();
  [[nodiscard]] latency measured() const;

  session_index open_session(std::string_view session_id);
  void sent(session_index session, std::uint64_t seq, std::string_view type, std::uint64_t hash);

  verdict received(std::string_view session_id, std::uint64_t seq, std::uint64_t hash);

  /// Sent and never received. RESUMED is left out: Discord does not repeat it.
  [[nodiscard]] std::vector<missing_event> missing() const;
  [[nodiscard]] std::uint64_t sent_count() const;

 private:
  struct entry {
    std::uint64_t hash = 0;
    runtime::time_point at{};  ///< only if latencies are measured
    std::uint16_t type = 0;    ///< index into types_; 0 where no event has this `s`
    std::uint32_t times_received = 0;
  };
  struct session_log {
    std::string id;
    std::vector<entry> entries;  ///< by s - 1
  };

  std::uint16_t type_index(std::string_view type);

  mutable std::mutex mutex_;
  std::deque<session_log> sessions_;
  std::unordered_map<std::string, session_index> by_id_;
  std::vector<std::string> types_{""};
  std::uint64_t sent_count_ = 0;
  bool measures_latency_ = false;
  std::vector<runtime::duration> latencies_;
};

}  // namespace gatehouse::sim
