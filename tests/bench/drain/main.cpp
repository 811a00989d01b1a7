#include "daemon_process.hpp"
#include "temporary_folder.hpp"

#include <gatehouse/sim/event_handler.hpp>
#include <gatehouse/sim/simulator.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

/// How fast a queue is emptied after an outage, against the rate of a handler that was there all
/// the time. Prints one JSON object. Usage: gatehouse-drain EVENTS; GATEHOUSE_BIN names the daemon.
namespace gatehouse::bench {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr std::uint32_t shards = 4;
constexpr std::size_t payload_bytes = 1'900;
constexpr seconds patience{600};

std::string configuration(const sim::simulator& discord, const sim::event_handler& handler) {
  return "[discord]\ntoken = \"sim-token\"\nintents = 53575421\ncompression = \"none\"\n"
         "[rest]\nurl = \"" +
         discord.rest_url() + "\"\n[gateway]\nspawn_shard_delay_ms = 60\n" +
         "[handlers]\nurls = [\"" + handler.url() + "\"]\n" +
         "[queue]\nmemory_mb = 8\n[events]\nedited_message_ttl_ms = 0\n"
         "[interactions]\ndefer = false\n[admin]\nlisten = \"\"\n";
}

void require(bool condition, const char* otherwise) {
  if (!condition) throw std::runtime_error(otherwise);
}

void send(sim::simulator& discord, std::uint64_t events) {
  const auto guilds = discord.guild_ids();
  const std::string filler(payload_bytes, 'x');
  for (std::uint64_t i = 0; i < events; ++i) {
    const auto guild = guilds[i % guilds.size()];
    discord.emit_to_guild(
        guild, "MESSAGE_CREATE",
        "{\"guild_id\":\"" + std::to_string(guild) + "\",\"content\":\"" + filler + "\"}");
  }
}

double rate_until_delivered(const sim::event_handler& handler, std::uint64_t total,
                            std::uint64_t events, clock::time_point since) {
  require(handler.wait_until([&](const auto& now) { return now.events >= total; }, patience),
          "not everything was delivered");
  return static_cast<double>(events) / std::chrono::duration<double>(clock::now() - since).count();
}

void run(std::uint64_t events) {
  sim::sim_options options;
  options.recommended_shards = shards;
  options.identify_window = runtime::milliseconds{50};
  options.guilds = shards * 8;
  options.guild_create_bytes = 2'000;
  sim::simulator discord{options};
  sim::event_handler handler;
  test::daemon_process daemon{configuration(discord, handler)};
  require(daemon.wait_for_log("all 4 shards are connected"), "the daemon did not start");

  const auto direct_from = handler.statistics().events;
  const auto direct_since = clock::now();
  send(discord, events);
  const double direct = rate_until_delivered(handler, direct_from + events, events, direct_since);

  handler.stop_listening();
  const auto queued_from = handler.statistics().events;
  send(discord, events);
  require(discord.wait_for([](const auto& now) { return now.pending_bytes == 0; }, patience),
          "the daemon did not take everything");
  const auto drain_since = clock::now();
  handler.start_listening();
  const double drain = rate_until_delivered(handler, queued_from + events, events, drain_since);
  std::cout << "{\"direct\":" << direct << ",\"drain\":" << drain << ",\"ratio\":" << drain / direct
            << "}\n";
}

}  // namespace
}  // namespace gatehouse::bench

int main(int argc, char** argv) {
  try {
    gatehouse::bench::run(argc > 1 ? std::stoull(argv[1]) : 200'000);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "gatehouse-drain: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
