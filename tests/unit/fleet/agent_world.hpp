#pragma once

#include "log_capture.hpp"
#include "nats_double.hpp"

#include <gatehouse/fleet/agent.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::fleet {

/// Shards that begin a session as soon as they get leave, and do what else the agent says at once.
class shard_book final : public shard_port {
 public:
  static constexpr int shards = 4;

  void take(const take_shard& wanted) override {
    held[wanted.shard_id] = wanted.from;
    if (!wanted.from) to->want_identify(wanted.shard_id);
  }
  void release(int shard_id) override {
    const auto session = held[shard_id];
    held.erase(shard_id);
    to->on_released(shard_id, session);
  }
  void drop(int shard_id) override {
    held.erase(shard_id);
    ++drops;
  }
  void give(const give_leave& given) override {
    const int shard_id = given.leave.shard_id;
    ++identifies;
    const session_record begun{"s" + std::to_string(shard_id) + "-" + name, "ws://x", 1, 1, 0};
    to->on_leave_over(given.leave, true);
    held[shard_id] = begun;
    to->on_session(shard_id, begun);
  }
  void change_contact(contact now) override { is = now; }
  void ask_limit() override {
    to->on_limit({shards, 1'000, 1'000, std::chrono::hours{1}, 4, runtime::clock::now()});
  }
  void end_process(const std::string& why) override { ended = why; }

  std::string name;
  agent* to = nullptr;
  std::map<int, std::optional<session_record>> held;
  contact is = contact::isolated;
  int identifies = 0;
  int drops = 0;
  std::string ended;
};

/// Members on one thread, over NATS servers in memory.
class agent_world {
 public:
  struct machine {
    std::unique_ptr<nats::nats_double::process> engine;
    shard_book book;
    std::unique_ptr<agent> runs;
  };

  /// As a process of that name that starts.
  machine& start(const std::string& name, bool creates = true) {
    auto made = std::make_unique<machine>();
    auto& started = *made;
    started.engine = servers_.make_process();
    member_settings settings;
    settings.member = name;
    settings.process = name + std::to_string(++processes_);
    settings.fingerprint = "same";
    settings.expected_members = 2;
    settings.join_wait = std::chrono::milliseconds{600};
    settings.heartbeat = std::chrono::milliseconds{20};
    settings.takeover = std::chrono::milliseconds{200};
    settings.identify_spacing = std::chrono::milliseconds{1};
    started.runs = std::make_unique<agent>(context_, *started.engine,
                                           agent_settings{"f", 1, creates, settings}, log_.log());
    started.book.name = settings.process;
    started.book.to = started.runs.get();
    started.runs->start(started.book);
    machines_.push_back(std::move(made));
    return started;
  }
  /// As one that is killed: it says nothing any more.
  static void kill(machine& of) {
    of.runs->stop();
    of.book.held.clear();
  }

  template <class Condition>
  bool run_until(Condition&& holds) {
    const auto limit = runtime::clock::now() + std::chrono::seconds{20};
    while (!holds() && runtime::clock::now() < limit) {
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds{50});
    }
    return holds();
  }
  void run_for(runtime::duration time) {
    const auto until = runtime::clock::now() + time;
    run_until([&] { return runtime::clock::now() >= until; });
  }

  [[nodiscard]] std::vector<std::string> log() const { return log_.lines(); }
  nats::nats_double& servers() { return servers_; }
  boost::asio::io_context& context() { return context_; }

 private:
  nats::nats_double servers_;
  boost::asio::io_context context_;
  test::log_capture log_;
  int processes_ = 0;
  std::vector<std::unique_ptr<machine>> machines_;
};

}  // namespace gatehouse::fleet
