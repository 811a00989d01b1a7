#pragma once

#include "event_maker.hpp"
#include "scripted_handler.hpp"

#include <gatehouse/delivery/dispatcher.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::delivery::testing {

/// Keeps what it is told as lines of text.
class recording_reporter final : public reporter {
 public:
  void handler_down(const std::string&, std::string_view reason) override {
    lines.push_back("down: " + std::string{reason});
  }
  void handler_up(const std::string&, runtime::duration) override { lines.emplace_back("up"); }
  void misconfigured(const std::string&, int status, std::string_view) override {
    lines.push_back("misconfigured: " + std::to_string(status));
  }
  void refused(const refused_event& event) override {
    lines.push_back("refused: " + std::string{event.event_id} + " " +
                    std::string{event.event_name} + " " + std::string{event.reason});
  }
  void stalled(const std::string& url, std::size_t waiting) override {
    lines.push_back("stalled: " + url + " " + std::to_string(waiting));
  }
  void dropped(std::string_view event_name, drop_reason, std::uint64_t count) override {
    lines.push_back("dropped: " + std::string{event_name} + " " + std::to_string(count));
  }
  void spooled_lost(int shard_id, std::uint64_t events) override {
    lines.push_back("lost: " + std::to_string(shard_id) + " " + std::to_string(events));
  }
  void left_queued(int shard_id, std::size_t events, std::size_t safe) override {
    lines.push_back("left: " + std::to_string(shard_id) + " " + std::to_string(events) + " safe " +
                    std::to_string(safe));
  }

  [[nodiscard]] std::size_t count(std::string_view prefix) const {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(),
                      [&](const std::string& line) { return line.starts_with(prefix); }));
  }

  std::vector<std::string> lines;
};

/// A dispatcher with quick retries against scripted handlers, all in one io_context.
class delivery_fixture : public ::testing::Test {
 protected:
  delivery_fixture() {
    chosen.handlers.urls = {handler.url()};
    chosen.queue.retry_initial = runtime::milliseconds{10};
    chosen.queue.retry_max = runtime::milliseconds{20};
    chosen.user_agent = "gatehouse/test";
    chosen.on_refused = [this](const events::event& event, const refusal& why,
                               const std::function<void()>& when_kept) {
      refused.emplace_back(event_id(event), why.status);
      reasons.push_back(why.reason);
      when_kept();
    };
  }

  void start() {
    delivery = dispatcher::make(
        io, chosen, maker.types, maker.pool, [] { return 0.5; }, told);
  }
  static std::string event_id(const events::event& event) {
    return event.session->session_id() + ":" + std::to_string(event.seq);
  }
  void send(const event_maker::traits& wanted = {}) { delivery->accept(maker.make(wanted)); }
  void send_to_guild(std::uint64_t guild, int count = 1) {
    for (int i = 0; i < count; ++i) send({.guild_id = guild});
  }

  /// Runs everything until the condition holds; false when that takes far too long.
  template <class Condition>
  bool reach(Condition&& holds) {
    const auto deadline = runtime::clock::now() + runtime::seconds{10};
    while (!holds()) {
      if (runtime::clock::now() > deadline) return false;
      io.restart();
      io.run_one_for(runtime::milliseconds{20});
    }
    return true;
  }
  bool reach_requests(std::size_t count) {
    return reach([&] { return handler.requests.size() >= count; });
  }
  /// Every event accepted so far is delivered or refused.
  bool reach_all_settled() {
    return reach([&] {
      return std::all_of(maker.sessions.begin(), maker.sessions.end(),
                         [](const auto& entry) { return entry.second->open_events() == 0; });
    });
  }
  bool stop(runtime::duration patience = runtime::seconds{5}) {
    bool has_stopped = false;
    delivery->begin_stop(runtime::clock::now() + patience, [&] { has_stopped = true; });
    return reach([&] { return has_stopped; });
  }
  target_status first_target() { return delivery->snapshot().targets.at(0); }
  /// The event ids that the handler has answered or not, in the order of arrival.
  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> result;
    for (const auto& request : handler.requests) {
      result.push_back(request.header("X-Gatehouse-Event-Id"));
    }
    return result;
  }

  boost::asio::io_context io;
  event_maker maker;
  scripted_handler handler{io};
  recording_reporter told;
  dispatcher::options chosen;
  std::vector<std::pair<std::string, int>> refused;
  std::vector<std::string> reasons;
  std::unique_ptr<dispatcher> delivery;
};

using id_list = std::vector<std::string>;

}  // namespace gatehouse::delivery::testing
