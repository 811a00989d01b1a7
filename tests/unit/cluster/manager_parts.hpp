#pragma once

#include "log_capture.hpp"

#include <gatehouse/cluster/identify_service.hpp>
#include <gatehouse/cluster/parts.hpp>
#include <gatehouse/cluster/placement.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace gatehouse::cluster {

/// Two workers that only write down what they are told; shards go to them in turn.
class recorded_workers final : public worker_ports {
 public:
  int place(int shard_id) override { return shard_id % 2; }
  void post(int worker_id, worker_message message) override {
    known.insert(worker_id);
    said.emplace_back(worker_id, std::move(message));
  }
  void post_to_all(const worker_message& message) override {
    for (const int id : known) said.emplace_back(id, message);
  }
  [[nodiscard]] std::set<int> workers() const override { return known; }

  /// Messages of one kind, in their order.
  template <class Message>
  [[nodiscard]] std::vector<Message> all() const {
    std::vector<Message> found;
    for (const auto& [worker_id, message] : said) {
      if (const auto* wanted = std::get_if<Message>(&message)) found.push_back(*wanted);
    }
    return found;
  }

  std::set<int> known;
  std::vector<std::pair<int, worker_message>> said;
};

/// A disk that answers when the test says so.
class recorded_sessions final : public storage::session_keeper {
 public:
  storage::stored_state take_found() override { return {}; }
  void save(std::vector<storage::session_change> changes, saved_callback done) override {
    saved.insert(saved.end(), changes.begin(), changes.end());
    done(true);
  }
  void save_reshard(std::vector<storage::session_change> changes, storage::stored_reshard,
                    saved_callback done) override {
    switched = std::move(changes);
    is_switched = std::move(done);
  }
  void save_gateway(storage::stored_gateway) override {}
  void save_identifies(std::vector<storage::stored_identify>) override {}
  [[nodiscard]] std::uint64_t replacements() const noexcept override { return 0; }

  std::vector<storage::session_change> saved;
  std::vector<storage::session_change> switched;
  saved_callback is_switched;
};

/// What a part of the manager is built from, without a thread or a socket.
class manager_parts {
 public:
  shared_parts parts() {
    return {context, settings, board, metrics, log.log(), decisions, &sessions, workers, serving};
  }
  void change(const std::function<void(config::settings&)>& how) {
    auto changed = std::make_shared<config::settings>(*settings);
    how(*changed);
    settings = std::move(changed);
  }
  /// Runs until the coroutine has ended.
  template <class T>
  T run(boost::asio::awaitable<T> todo) {
    std::optional<T> result;
    boost::asio::co_spawn(context, std::move(todo),
                          [&](const std::exception_ptr& failure, T value) {
                            if (failure) std::rethrow_exception(failure);
                            result.emplace(std::move(value));
                          });
    run_until([&] { return result.has_value(); });
    return std::move(result.value());
  }
  template <class Condition>
  bool run_until(Condition&& holds) {
    const auto limit = runtime::clock::now() + std::chrono::seconds{20};
    context.restart();
    while (!holds() && runtime::clock::now() < limit) {
      if (context.run_one_for(std::chrono::seconds{1}) == 0) context.restart();
    }
    return holds();
  }

  boost::asio::io_context context;
  std::shared_ptr<const config::settings> settings = std::make_shared<config::settings>();
  status_board board;
  metrics_board metrics;
  test::log_capture log;
  controllers::decision_points decisions{own_decisions({}), log.log()};
  recorded_sessions sessions;
  recorded_workers workers;
  serving_set serving;
};

}  // namespace gatehouse::cluster
