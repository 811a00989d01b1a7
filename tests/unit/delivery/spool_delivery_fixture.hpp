#pragma once

#include "delivery_fixture.hpp"
#include "log_capture.hpp"
#include "temporary_folder.hpp"

#include <gatehouse/delivery/routing.hpp>
#include <gatehouse/storage/spool.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::delivery::testing {

/// The dispatcher of `delivery_fixture` with a real spool in a folder of its own, and a record of
/// what was sent, to compare with what the handler has accepted.
class spool_delivery_fixture : public delivery_fixture {
 protected:
  static constexpr std::uint64_t mebibyte = 1U << 20U;
  static constexpr std::size_t kilobyte = 1'000;

  spool_delivery_fixture() {
    chosen.queue.memory_bytes = mebibyte;
    chosen.queue.spool_after = runtime::milliseconds{1};
    accept_all();
  }
  ~spool_delivery_fixture() override { delivery.reset(); }

  void start_spooled(std::uint64_t limit_bytes = 64 * mebibyte) {
    start_spooled_in(folder.path(), limit_bytes);
  }
  void start_spooled_in(const std::filesystem::path& where, std::uint64_t limit_bytes) {
    spool.emplace(storage::spool_options{where, limit_bytes, {}}, log.log());
    chosen.spool = &*spool;
    start();
    const routing routes{chosen.handlers, chosen.routes};
    const bool has_same_routes = spool->found_routing() == routes.fingerprint();
    spool->remember_routing(routes.fingerprint());
    for (const auto& queue : spool->found()) delivery->restore(queue, has_same_routes);
    delivery->begin_restored();
  }
  /// Ends as the daemon does, and begins again with what was left.
  [[nodiscard]] bool restart() {
    if (!stop()) return false;
    delivery.reset();
    spool.reset();
    start_spooled();
    return true;
  }

  // What the handler does; what it accepts is recorded.
  void accept_all() {
    handler.on_request = [this](const received_request& got) { return accept(got); };
  }
  reaction accept(const received_request& got) {
    accepted_ids.push_back(got.header("X-Gatehouse-Event-Id"));
    return status(204);
  }
  void refuse_all() {
    handler.on_request = [](const auto&) { return status(503); };
  }

  std::string send_one(event_maker::traits wanted, std::size_t bytes = kilobyte) {
    if (wanted.payload.empty()) wanted.payload = '"' + std::string(bytes, 'x') + '"';
    auto made = maker.make(wanted);
    std::string id = event_id(*made);
    sent.push_back({id, wanted.shard_id, wanted.guild_id, wanted.is_barrier});
    delivery->accept(std::move(made));
    return id;
  }
  std::string send_ready(int shard_id = 0) {
    return send_one({.shard_id = shard_id, .name = "READY", .is_barrier = true});
  }
  /// As a shard does that pauses while the delivery is congested.
  [[nodiscard]] bool send_many(int count, const std::vector<event_maker::traits>& in_turn) {
    for (int i = 0; i < count; ++i) {
      const auto& wanted = in_turn[static_cast<std::size_t>(i) % in_turn.size()];
      send_one(wanted);
      io.restart();
      io.poll();
      most_bytes = std::max(most_bytes, delivery->snapshot().bytes);
      if (!reach([&] { return !delivery->congested(wanted.shard_id); })) return false;
    }
    return true;
  }
  static std::vector<event_maker::traits> guilds(std::uint64_t first, std::uint64_t last,
                                                 int shard_id = 0) {
    std::vector<event_maker::traits> all;
    for (auto guild = first; guild <= last; ++guild) {
      all.push_back({.shard_id = shard_id, .guild_id = guild});
    }
    return all;
  }

  [[nodiscard]] bool reach_down() {
    return reach([&] { return !delivery->snapshot().targets.at(0).last_error.empty(); });
  }
  /// Nothing is in memory or on disk any more.
  [[nodiscard]] bool reach_nothing_left() {
    return reach([&] {
      const auto now = delivery->snapshot();
      most_bytes = std::max(most_bytes, now.bytes);
      return now.bytes == 0 && now.spooled == 0 && spool->usage().events == 0;
    });
  }
  [[nodiscard]] std::uint64_t dropped(std::string_view name = "") const {
    std::uint64_t count = 0;
    for (const auto& each : delivery->snapshot().dropped) {
      if (name.empty() || each.event_name == name) count += each.count;
    }
    return count;
  }

  /// Each accepted event once, in order within its lane, READYs in their place within their shard.
  void expect_accepted_in_order() const {
    std::map<std::string, std::size_t> place_of;
    for (std::size_t i = 0; i < accepted_ids.size(); ++i) {
      EXPECT_TRUE(place_of.emplace(accepted_ids[i], i).second) << accepted_ids[i] << " came twice";
    }
    std::map<std::pair<int, std::uint64_t>, std::size_t> last_of_lane;
    std::map<int, std::size_t> last_of_shard;
    std::map<int, std::size_t> last_ready;
    for (const auto& each : sent) {
      const auto found = place_of.find(each.id);
      if (found == place_of.end()) continue;
      const std::size_t place = found->second + 1;
      auto& lane_end = last_of_lane[{each.shard_id, each.guild_id}];
      EXPECT_GT(place, lane_end) << each.id << " came too early in its lane";
      lane_end = place;
      EXPECT_GT(place, last_ready[each.shard_id]) << each.id << " passed a READY";
      auto& shard_end = last_of_shard[each.shard_id];
      if (each.is_barrier) {
        EXPECT_GT(place, shard_end) << each.id << ", a READY, came too early";
        last_ready[each.shard_id] = place;
      }
      shard_end = std::max(shard_end, place);
    }
  }
  void expect_all_accepted_in_order() const {
    EXPECT_EQ(accepted_ids.size(), sent.size());
    expect_accepted_in_order();
  }

  struct sent_event {
    std::string id;
    int shard_id;
    std::uint64_t guild_id;
    bool is_barrier;
  };
  test::temporary_folder folder;
  test::log_capture log;
  std::optional<storage::spool> spool;
  std::vector<sent_event> sent;
  std::vector<std::string> accepted_ids;
  std::uint64_t most_bytes = 0;
};

}  // namespace gatehouse::delivery::testing
