#pragma once

#include <gatehouse/sim/event_registry.hpp>
#include <gatehouse/sim/fault.hpp>
#include <gatehouse/sim/options.hpp>
#include <gatehouse/sim/statistics.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sim {

/// An interaction that was sent: what its callback has to name.
struct sent_interaction {
  std::uint64_t id = 0;
  std::string token;
};

/// A Discord of one's own: REST and gateway on loopback, on one thread of its own.
///
/// Serves from construction to destruction. Every member function may be called from any thread
/// except the simulator's own; those that change something return when it is done.
/// Throws boost::system::system_error from the constructor when a port cannot be bound.
class simulator {
 public:
  explicit simulator(sim_options options);
  ~simulator();
  simulator(const simulator&) = delete;
  simulator& operator=(const simulator&) = delete;

  [[nodiscard]] std::string rest_url() const;     ///< "http://127.0.0.1:PORT/api"
  [[nodiscard]] std::string gateway_url() const;  ///< "ws://127.0.0.1:PORT"
  [[nodiscard]] std::string resume_url() const;   ///< as READY tells it
  [[nodiscard]] std::uint16_t rest_port() const;
  [[nodiscard]] std::uint16_t gateway_port() const;
  [[nodiscard]] std::string ca_pem() const;  ///< trust anchor of both listeners

  /// What was sent, for comparison with what a handler got. Outlives the simulator.
  [[nodiscard]] std::shared_ptr<event_registry> registry() const;

  // The world.
  [[nodiscard]] std::vector<std::uint64_t> guild_ids() const;
  std::uint64_t add_guild();  ///< the bot joins: GUILD_CREATE to whom it concerns
  void set_recommended_shards(std::uint32_t shards);
  void set_session_starts_remaining(std::uint32_t remaining);

  // Events. A guild's events carry a running number as the last key of `d`: "sim":"GUILD:NUMBER".
  /// Sends a generated event of this type; returns its number, 0 when no session is to get it.
  std::uint64_t emit(std::uint64_t guild_id, std::string_view type);
  sent_interaction emit_interaction(std::uint64_t guild_id, int interaction_type);
  /// To every session that covers the guild; `d` is sent as it is.
  void emit_to_guild(std::uint64_t guild_id, std::string_view type, std::string_view d);
  /// To every session with this shard id.
  void emit_raw(std::uint32_t shard_id, std::string_view type, std::string_view d);
  /// Any payload text, unnumbered, to the connections of this shard id.
  void send_payload(std::uint32_t shard_id, std::string_view payload);
  void set_rate(double events_per_second);

  /// `events` of the usual mix, as fast as the clients take them; a shard without a connection
  /// waits for its resume. Returns at once; statistics().flood_remaining counts down.
  void flood(std::uint64_t events);
  /// Builds, frames and compresses the whole run for the sessions connected now, and holds it back
  /// together with everything sent to them meanwhile (heartbeat ACKs too).
  void prepare_flood(std::uint64_t events);
  void release_flood();

  // Faults.
  void inject(const fault& what);
  void inject(const rest_fault& what);
  void clear_faults();
  /// False closes the gateway's listener: connections are refused; true opens the same port again.
  void set_gateway_listening(bool listening);
  void set_rest_listening(bool listening);

  [[nodiscard]] sim::statistics statistics() const;
  /// Waits until the predicate holds for the statistics; false after the timeout.
  bool wait_for(const std::function<bool(const sim::statistics&)>& predicate,
                std::chrono::milliseconds timeout) const;

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace gatehouse::sim
