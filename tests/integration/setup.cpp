#include "setup.hpp"

#include "daemon_process.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::test {

config_text::config_text(const sim::simulator& discord,
                         const std::vector<std::string>& handler_urls) {
  std::string urls;
  for (const auto& url : handler_urls) urls += (urls.empty() ? "\"" : ", \"") + url + '"';
  add("discord", "token = \"sim-token\"");
  add("discord", "intents = 53575421");
  add("rest", "url = \"" + discord.rest_url() + '"');
  add("gateway", "spawn_shard_delay_ms = 60");
  add("handlers", "urls = [" + urls + "]");
  add("interactions", "defer = false");  // or some need not be delivered
  add("admin", "listen = \"127.0.0.1:0\"");
  add("log", "level = \"debug\"");
}

config_text& config_text::add(const std::string& name, const std::string& line) {
  auto found = std::find_if(tables_.begin(), tables_.end(),
                            [&](const table& known) { return known.name == name; });
  if (found == tables_.end()) found = tables_.insert(tables_.end(), table{name, {}});
  const std::string key = line.substr(0, line.find('=') + 1);
  const auto known = std::find_if(found->lines.begin(), found->lines.end(),
                                  [&](const std::string& other) { return other.starts_with(key); });
  if (known != found->lines.end()) {
    *known = line;
  } else {
    found->lines.push_back(line);
  }
  return *this;
}

std::string config_text::str() const {
  std::string text;
  for (const auto& part : tables_) {
    text += '[' + part.name + "]\n";
    for (const auto& line : part.lines) text += line + '\n';
  }
  return text;
}

sim::sim_options quick_discord(std::uint32_t shards) {
  sim::sim_options options;
  options.recommended_shards = shards;
  options.identify_window = runtime::milliseconds{40};  // spaced by 60, but a machine is busy
  options.guilds = shards * 8;
  options.guild_create_bytes = 2'000;
  return options;
}

bool wait_for_start(const daemon_process& daemon, std::size_t shards) {
  return daemon.wait_for_log("all " + std::to_string(shards) + " shards are connected",
                             std::chrono::seconds{30});
}

bool wait_for_sessions(const sim::simulator& discord, std::size_t sessions) {
  return discord.wait_for(
      [&](const sim::statistics& now) { return now.connected_sessions() == sessions; },
      std::chrono::seconds{30});
}

bool wait_for_everything(const sim::simulator& discord) {
  // Long enough for a sanitizer's build on a busy machine.
  constexpr std::chrono::seconds limit{240};
  const bool taken =
      discord.wait_for([](const sim::statistics& now) { return now.flood_remaining == 0; }, limit);
  const auto registry = discord.registry();
  return taken && wait_until([&] { return registry->missing().empty(); }, limit);
}

void expect_flawless(const sim::event_handler& handler) {
  const auto got = handler.statistics();
  EXPECT_EQ(got.duplicates + got.repeated, 0U);
  EXPECT_EQ(got.out_of_order, 0U);
  EXPECT_EQ(got.gaps, 0U);
  EXPECT_EQ(got.altered + got.unknown, 0U);
  EXPECT_EQ(got.malformed_requests, 0U);
  for (const auto& remark : got.remarks) ADD_FAILURE() << remark;
}

}  // namespace gatehouse::test
