#pragma once

#include <gatehouse/controllers.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::controllers {

enum class hook : std::uint8_t {
  handle_payload,
  handler_url,
  guild_create,
  message_update,
  queue_interaction,
  heartbeat,
  worker_id,
  total_shards,
  request_identify,
  tell_worker_to_identify,
  presence,
};
inline constexpr std::size_t hooks = 11;

/// As in `Controllers` and in metrics.
[[nodiscard]] std::string_view name_of(hook which) noexcept;

/// How often a replaced hook has failed.
struct failure_count {
  std::string_view hook;
  std::string_view library;
  std::uint64_t failures = 0;
};

/// The functions that decide, as the libraries have left them, behind a guard: whoever asks gets an
/// answer that can be used, also where a hook throws or answers nonsense.
///
/// Built and loaded before other threads begin; from then on everything may be called from any.
class decision_points {
 public:
  /// `own`: the daemon's own functions, and what a failed hook falls back to; hooks that are empty
  /// in it have their question's proposal.
  /// Loads the libraries and lets each replace what it wants. Throws std::runtime_error naming the
  /// library and the reason.
  decision_points(Controllers own, telemetry::logger log,
                  const std::vector<std::string>& libraries = {});
  ~decision_points();
  decision_points(const decision_points&) = delete;
  decision_points& operator=(const decision_points&) = delete;

  /// What a library replaces. Throws std::runtime_error when `enter` throws.
  void add(const std::string& library, const std::function<void(Controllers&)>& enter);

  // Hot: whether there is anything to ask.
  [[nodiscard]] bool decides_payload() const noexcept { return bool{functions_.handle_payload}; }
  [[nodiscard]] bool decides_url() const noexcept { return bool{functions_.handler_url}; }
  [[nodiscard]] bool decides_guild() const noexcept { return bool{functions_.guild_create}; }
  [[nodiscard]] bool decides_message() const noexcept { return bool{functions_.message_update}; }
  [[nodiscard]] bool decides_interaction() const noexcept {
    return bool{functions_.queue_interaction};
  }
  [[nodiscard]] bool decides_heartbeat() const noexcept { return bool{functions_.heartbeat}; }
  [[nodiscard]] bool decides_total_shards() const noexcept {
    return !replaced_by_[static_cast<std::size_t>(hook::total_shards)].empty();
  }

  // Only where the one above says so.
  [[nodiscard]] payload_decision handle_payload(const payload_question& asked) const;
  [[nodiscard]] std::size_t handler_url(const url_question& asked) const;
  [[nodiscard]] guild_decision guild_create(const guild_question& asked) const;
  [[nodiscard]] bool message_update(const message_question& asked) const;
  /// With the type of `body`, where one is given.
  [[nodiscard]] interaction_decision queue_interaction(const interaction_question& asked,
                                                       int& type) const;
  [[nodiscard]] heartbeat_decision heartbeat(const heartbeat_question& asked) const;

  [[nodiscard]] int worker_id(const worker_question& asked) const;
  [[nodiscard]] int total_shards(const total_shards_question& asked) const;
  [[nodiscard]] std::optional<std::chrono::milliseconds> request_identify(
      const identify_question& asked) const;
  [[nodiscard]] bool tell_worker_to_identify(const identify_question& asked) const;
  [[nodiscard]] std::string presence(const presence_question& asked) const;

  /// What a hook has answered cannot be used, and is not.
  void reject(hook which, std::string_view reason) const;

  /// Of every hook that is replaced.
  [[nodiscard]] std::vector<failure_count> failures() const;

  static constexpr int most_shards = 100'000;
  static constexpr std::chrono::seconds shortest_heartbeat{1};
  static constexpr runtime::seconds log_interval{60};

 private:
  class failure_log;

  /// Nothing when the hook fails.
  template <class Result, class Question>
  std::optional<Result> ask(hook which, const Hook<Result(const Question&)>& function,
                            const Question& asked) const;

  Controllers own_;
  Controllers functions_;
  std::array<std::string, hooks> replaced_by_;  ///< the library that has assigned it last
  mutable std::array<std::atomic<std::uint64_t>, hooks> failures_{};
  std::unique_ptr<failure_log> log_;
};

}  // namespace gatehouse::controllers
