#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/nats/engine.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>

namespace gatehouse::delivery {

/// What the streams of all workers have done so far. Any thread.
struct stream_counters {
  std::atomic<std::uint64_t> stored = 0;
  std::atomic<std::uint64_t> duplicates = 0;  ///< of those: the stream had them already
  std::atomic<std::uint64_t> failed = 0;      ///< to be repeated: no answer, no stream, a full one
  std::atomic<std::uint64_t> refused = 0;
  std::atomic<std::uint64_t> oversize = 0;  ///< of those: larger than the servers take
};

/// The NATS streams that are handlers: finds them, creates those that are missing, and says in the
/// log what an operator may not have meant. Shared by all workers. Any thread.
class event_streams {
 public:
  /// Below it `max_payload` is warned about: a guild's GUILD_CREATE may be larger.
  static constexpr std::int64_t wanted_max_payload = 8L << 20;

  /// One that is published below `subject`: the stream that listens to it has them all.
  [[nodiscard]] static std::string probe_of(const std::string& subject);

  event_streams(nats::engine& engine, const config::nats_settings& settings, telemetry::logger log);

  [[nodiscard]] nats::engine& engine() noexcept { return engine_; }
  [[nodiscard]] stream_counters& counters() noexcept { return counters_; }
  [[nodiscard]] const stream_counters& counters() const noexcept { return counters_; }
  [[nodiscard]] nats::connection_status status() const { return engine_.status(); }

  /// Makes sure that a stream listens to what is published below `subject`. `done` gets an empty
  /// text then, else why not; it is called as the client's answers are, never from within.
  void ensure(nats::client& by, const std::string& subject,
              std::function<void(const std::string& why_not)> done);

 private:
  void create(nats::client& by, const std::string& subject,
              std::function<void(const std::string&)> done);
  void judge(const nats::stream_info& found);
  void judge(const nats::connection_status& now);
  void warn_once(const std::string& text);

  nats::engine& engine_;
  const config::nats_settings settings_;
  const telemetry::logger log_;
  stream_counters counters_;
  std::mutex mutex_;
  std::set<std::string> said_;
};

}  // namespace gatehouse::delivery
