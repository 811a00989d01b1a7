#pragma once

#include "received_dispatch.hpp"

#include <gatehouse/cluster/generation_switch.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::cluster {

inline constexpr gateway::shard_key old_shard{0, 4};
inline constexpr gateway::shard_key new_shard{0, 5};
inline constexpr runtime::milliseconds window{1'000};

class collecting_sink final : public events::event_sink {
 public:
  void accept(events::event_ptr accepted) override { events.push_back(std::move(accepted)); }
  [[nodiscard]] bool congested(int /*shard_id*/) noexcept override { return false; }

  std::vector<events::event_ptr> events;
};

/// A session, and how many events it has had.
struct session {
  explicit session(std::string id) : log(new events::session_log{0, std::move(id), 0}) {}

  events::session_log_ptr log;
  std::int64_t seq = 0;
};

class generation_switch_test : public testing::Test {
 protected:
  generation_switch& tested() {
    if (!tested_) {
      pipeline_.emplace(settings_, types_, pool_, sink_);
      generation_switch::callbacks to;
      to.tell = [this](auto copies) { told_.insert(told_.end(), copies.begin(), copies.end()); };
      to.on_unsaid = [this] { ++flushes_wanted_; };
      tested_.emplace(*pipeline_, old_shard.generation, new_shard.generation, std::move(to));
      tested_->expect(old_shard, 1);
      tested_->expect(new_shard, 1);
    }
    return *tested_;
  }

  /// What a shard does with a dispatch; true: the tap has taken it.
  bool receive(gateway::shard_key shard, std::string_view type, std::string_view d) {
    session& in = shard.generation == old_shard.generation ? old_ : new_;
    const test::received_dispatch received{type, ++in.seq, d};
    if (tested().on_dispatch(shard, in.log, received.view(), now_)) return true;
    pipeline_->handle(in.log, received.view(), now_);
    return false;
  }
  void old_receives(std::string_view type, std::string_view d) { receive(old_shard, type, d); }
  void new_receives(std::string_view type, std::string_view d) { receive(new_shard, type, d); }

  void pass(int ms) { now_ += runtime::milliseconds{ms}; }
  void compare() { tested().compare(window, now_); }
  /// All that has to be over before there can be a switch.
  void compare_for_long() {
    compare();
    pass(2'000);
  }
  void stop() { tested().stop_forwarding(now_); }
  void serve() { tested().serve(now_); }

  /// `old:NAME` or `new:NAME`, in the order in which they went out.
  std::vector<std::string> sent() const {
    std::vector<std::string> list;
    for (const auto& event : sink_.events) {
      list.push_back(event->session->session_id() + ':' + std::string{types_.name(event->type)});
    }
    return list;
  }

  config::event_settings settings_;
  events::event_type_registry types_;
  events::event_pool pool_;
  collecting_sink sink_;
  std::optional<events::pipeline> pipeline_;
  std::optional<generation_switch> tested_;
  session old_{"old"};
  session new_{"new"};
  std::vector<events::forwarded_copy> told_;
  int flushes_wanted_ = 0;
  runtime::time_point now_{std::chrono::hours{5}};
};

inline constexpr auto guild = R"({"id":"7","name":"a guild"})";
inline constexpr auto ready = R"({"guilds":[{"id":"7","unavailable":true}]})";

}  // namespace gatehouse::cluster
