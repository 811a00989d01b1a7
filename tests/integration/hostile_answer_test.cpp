#include "hostile_server.hpp"
#include "succession.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

/// Answers that never end, from one handler of two.
namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t shards = 2;

struct attack {
  std::string name;
  endless_answer answer;
};

void PrintTo(const attack& shown, std::ostream* out) {
  *out << shown.name;
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

class hostile_answer : public testing::TestWithParam<attack> {
 protected:
  static sim::sim_options discord_options() {
    auto options = quick_discord(shards);
    options.heartbeat_interval = 1'500ms;
    return options;
  }
};

TEST_P(hostile_answer, harms_its_own_url_alone) {
  sim::simulator discord{discord_options()};
  sim::event_handler good{{.registry = discord.registry()}};
  hostile_server bad{GetParam().answer};
  succession run{discord, good};
  run.config().add("handlers", "urls = [\"" + good.url() + "\", \"" + bad.url() + "\"]");
  ASSERT_TRUE(wait_for_start(run.start(), shards)) << run.daemon().log();
  discord.set_rate(1'000);
  ASSERT_TRUE(wait_until([&] { return bad.bytes_sent() > 1'000'000; }, 20s)) << "it was not asked\n"
                                                                             << run.daemon().log();
  // 1.75 intervals without one, and Discord closes with 4009.
  const auto beats = discord.statistics().heartbeats;
  EXPECT_TRUE(discord.wait_for(
      [&](const sim::statistics& now) { return now.heartbeats >= beats + 3 * shards; }, 15s))
      << run.daemon().log();
  discord.set_rate(0);
  const auto of_good = [&] {
    std::uint64_t sent = 0;
    for (const auto& session : discord.statistics().sessions) {
      if (session.shard_id == 0) sent += session.events;
    }
    return sent;
  };
  EXPECT_TRUE(good.wait_until([&](const auto& got) { return got.events >= of_good(); }, 5s))
      << good.statistics().events << " of " << of_good() << '\n'
      << run.daemon().log();
  EXPECT_EQ(discord.statistics().violation_count(sim::violation_kind::missed_heartbeat), 0U);
  expect_flawless(good);
  run.stop();
}

INSTANTIATE_TEST_SUITE_P(
    of, hostile_answer,
    testing::Values(
        attack{"endless_interim_answers", {"", repeated("HTTP/1.1 103 \r\n\r\n", 4'000)}},
        attack{"endless_tiny_chunks",
               {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                repeated("1\r\nx\r\n", 10'000)}},
        attack{"body_of_a_gigabyte",
               {"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", std::string(65'536, 'x')}},
        attack{"endless_header", {"HTTP/1.1 200 OK\r\n", repeated("X-Pad: xxxxxxxx\r\n", 4'000)}}),
    [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace gatehouse::test
