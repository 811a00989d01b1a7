#include "append.hpp"
#include "certificate.hpp"
#include "event_hub.hpp"
#include "flood.hpp"
#include "gateway_server.hpp"
#include "rest_server.hpp"
#include "simulation.hpp"

#include <gatehouse/sim/simulator.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cmath>
#include <future>
#include <thread>

namespace gatehouse::sim {
namespace {

constexpr runtime::milliseconds tick_period{10};
/// Events by rate come evenly, not in bursts: latencies are measured by them.
constexpr runtime::milliseconds rate_period{1};

std::string make_url(std::string_view scheme, const sim_options& options, std::uint16_t port) {
  const bool is_v6 = options.address.find(':') != std::string::npos;
  return concat(scheme, "://", is_v6 ? "[" : "", options.address, is_v6 ? "]" : "", ":", port);
}

}  // namespace

struct simulator::implementation {
  explicit implementation(sim_options options)
      : shared(std::move(options)),
        certificate(make_server_certificate()),
        tls(make_server_context(certificate)),
        hub(shared),
        events_flood(shared),
        gateway(loop, shared, shared.options.gateway_tls ? tls.get() : nullptr),
        rest(loop, shared, shared.options.rest_tls ? tls.get() : nullptr) {
    shared.hub = &hub;
    shared.running_flood = &events_flood;
    rate = shared.options.events_per_second;
    set_urls();
    hub.publish_statistics();
    asio::co_spawn(loop, tick_loop(), asio::detached);
    asio::co_spawn(loop, rate_loop(), asio::detached);
    thread = std::thread([this] { loop.run(); });
  }
  ~implementation() {
    loop.stop();
    thread.join();
  }
  implementation(const implementation&) = delete;
  implementation& operator=(const implementation&) = delete;

  void set_urls() {
    const auto scheme = shared.options.gateway_tls ? "wss" : "ws";
    shared.gateway_url = make_url(scheme, shared.options, gateway.port());
    const auto& named = shared.options.named_gateway;
    shared.named_url = named.empty() ? shared.gateway_url : named;
    shared.resume_url = shared.named_url;
    if (const auto second = gateway.second_port()) {
      shared.resume_url = make_url(scheme, shared.options, *second);
    } else if (shared.options.resume == resume_target::dead_port) {
      shared.resume_url = make_url(scheme, shared.options, find_dead_port(shared.options.address));
    }
  }

  /// Runs `action` on the loop and waits for it.
  template <typename Action>
  auto on_loop(Action action) -> decltype(action()) {
    std::packaged_task<decltype(action())()> task([&] {
      if constexpr (std::is_void_v<decltype(action())>) {
        action();
        settle();
      } else {
        auto result = action();
        settle();
        return result;
      }
    });
    auto result = task.get_future();
    asio::post(loop, [&task] { task(); });
    return result.get();
  }
  void settle() {
    hub.strike_reached();
    hub.publish_statistics();
  }

  asio::awaitable<void> tick_loop() {
    const auto started = runtime::clock::now();
    asio::steady_timer timer(loop);
    for (;;) {
      timer.expires_after(tick_period);
      error_code error;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      const auto now = runtime::clock::now();
      tick(now, now - started);
    }
  }
  asio::awaitable<void> rate_loop() {
    auto last = runtime::clock::now();
    asio::steady_timer timer(loop);
    for (;;) {
      timer.expires_after(rate > 0 ? rate_period : tick_period);
      error_code error;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      const auto now = runtime::clock::now();
      emit_by_rate(now, now - last);
      hub.strike_reached();
      last = now;
    }
  }
  void tick(runtime::time_point now, runtime::duration since_start) {
    shared.sessions.expire(now, shared.options.session_lifetime);
    hub.send_delayed(now);
    for (const auto& due : shared.faults.take_due(since_start)) hub.strike(due);
    if (shared.options.chaos_interval.count() > 0) cause_chaos(now);
    settle();
  }
  void emit_by_rate(runtime::time_point now, runtime::duration elapsed) {
    if (rate <= 0 || shared.sessions.size() == 0) return;
    owed += rate * std::chrono::duration<double>(elapsed).count();
    for (; owed >= 1; owed -= 1) hub.publish_from_mix(shared.factory.pick_guild(), now);
  }
  void cause_chaos(runtime::time_point now);

  asio::io_context loop{1};
  simulation shared;
  server_certificate certificate;
  std::unique_ptr<asio::ssl::context> tls;
  event_hub hub;
  event_flood events_flood;
  gateway_server gateway;
  rest_server rest;
  double rate = 0;
  double owed = 0;  ///< events due by rate and not yet emitted
  runtime::time_point next_chaos;
  std::thread thread;
};

void simulator::implementation::cause_chaos(runtime::time_point now) {
  if (now < next_chaos) return;
  const bool first = next_chaos == runtime::time_point{};
  // Exponentially distributed, so that faults also come close together.
  const double factor = -std::log(1.0 - shared.random.fraction());
  next_chaos =
      now + std::chrono::duration_cast<runtime::duration>(shared.options.chaos_interval * factor);
  if (first) return;
  constexpr auto kinds = std::to_array<fault_kind>(
      {fault_kind::reset, fault_kind::reconnect, fault_kind::close, fault_kind::stop_acks,
       fault_kind::invalid_session, fault_kind::corrupt_frame, fault_kind::request_heartbeat});
  fault what;
  what.kind = kinds[shared.random.below(kinds.size())];
  what.resumable = shared.random.below(4) != 0;  // most op 9 keep the session, to spare identifies
  if (gateway_session* const target = gateway.pick(shared.random)) {
    target->strike(what);
    shared.board.update([](sim::statistics& numbers) { ++numbers.faults_struck; });
  }
}

simulator::simulator(sim_options options)
    : implementation_(std::make_unique<implementation>(std::move(options))) {}
simulator::~simulator() = default;

std::string simulator::rest_url() const {
  const auto& options = implementation_->shared.options;
  return make_url(options.rest_tls ? "https" : "http", options, rest_port()) + "/api";
}
std::string simulator::gateway_url() const {
  return implementation_->shared.gateway_url;
}
std::string simulator::resume_url() const {
  return implementation_->shared.resume_url;
}
std::uint16_t simulator::rest_port() const {
  return implementation_->rest.port();
}
std::uint16_t simulator::gateway_port() const {
  return implementation_->gateway.port();
}
std::string simulator::ca_pem() const {
  return implementation_->certificate.ca_pem;
}
std::shared_ptr<event_registry> simulator::registry() const {
  return implementation_->shared.registry;
}

std::vector<std::uint64_t> simulator::guild_ids() const {
  return implementation_->on_loop([&] { return implementation_->shared.factory.guild_ids(); });
}
std::uint64_t simulator::add_guild() {
  return implementation_->on_loop([&] {
    const auto id = implementation_->shared.factory.add_guild();
    implementation_->hub.publish(id, "GUILD_CREATE", runtime::clock::now());
    return id;
  });
}
void simulator::set_recommended_shards(std::uint32_t shards) {
  implementation_->on_loop([&] { implementation_->shared.recommended_shards = shards; });
}
void simulator::set_session_starts_remaining(std::uint32_t remaining) {
  implementation_->on_loop([&] { implementation_->shared.identify.set_remaining(remaining); });
}

std::uint64_t simulator::emit(std::uint64_t guild_id, std::string_view type) {
  return implementation_->on_loop(
      [&] { return implementation_->hub.publish(guild_id, type, runtime::clock::now()); });
}
sent_interaction simulator::emit_interaction(std::uint64_t guild_id, int interaction_type) {
  const auto id = implementation_->on_loop([&] {
    return implementation_->hub.publish_interaction(guild_id, interaction_type,
                                                    runtime::clock::now());
  });
  return {.id = id, .token = id == 0 ? "" : interaction_token(id)};
}
void simulator::emit_to_guild(std::uint64_t guild_id, std::string_view type, std::string_view d) {
  implementation_->on_loop(
      [&] { implementation_->hub.publish_raw(guild_id, type, d, runtime::clock::now()); });
}
void simulator::emit_raw(std::uint32_t shard_id, std::string_view type, std::string_view d) {
  implementation_->on_loop(
      [&] { implementation_->hub.publish_raw_to_shard(shard_id, type, d, runtime::clock::now()); });
}
void simulator::send_payload(std::uint32_t shard_id, std::string_view payload) {
  implementation_->on_loop([&] { implementation_->gateway.send_payload(shard_id, payload); });
}
void simulator::set_rate(double events_per_second) {
  implementation_->on_loop([&] { implementation_->rate = events_per_second; });
}

void simulator::flood(std::uint64_t events) {
  implementation_->on_loop([&] { implementation_->events_flood.start(events); });
}
void simulator::prepare_flood(std::uint64_t events) {
  implementation_->on_loop([&] { implementation_->events_flood.prepare(events); });
}
void simulator::release_flood() {
  implementation_->on_loop([&] { implementation_->events_flood.release(); });
}

void simulator::inject(const fault& what) {
  implementation_->on_loop([&] {
    const bool at_once = !waits_for_client(what.kind) && !what.at_event && !what.at_time;
    if (at_once) {
      implementation_->hub.strike(what);
    } else {
      implementation_->shared.faults.add(what);
    }
  });
}
void simulator::inject(const rest_fault& what) {
  implementation_->on_loop([&] { implementation_->shared.faults.add(what); });
}
void simulator::clear_faults() {
  implementation_->on_loop([&] { implementation_->shared.faults.clear(); });
}
void simulator::set_gateway_listening(bool listening) {
  implementation_->on_loop([&] { implementation_->gateway.set_listening(listening); });
}
void simulator::set_rest_listening(bool listening) {
  implementation_->on_loop([&] { implementation_->rest.set_listening(listening); });
}

statistics simulator::statistics() const {
  return implementation_->shared.board.copy();
}

bool simulator::wait_for(const std::function<bool(const sim::statistics&)>& predicate,
                         std::chrono::milliseconds timeout) const {
  return implementation_->shared.board.wait_for(predicate, timeout);
}

}  // namespace gatehouse::sim
