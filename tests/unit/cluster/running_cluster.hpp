#pragma once

#include "log_capture.hpp"
#include "temporary_folder.hpp"

#include <gatehouse/cluster/manager_control.hpp>
#include <gatehouse/config/settings.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/rest/rest_client.hpp>
#include <gatehouse/sim/event_handler.hpp>
#include <gatehouse/sim/simulator.hpp>
#include <gatehouse/storage/persistence.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

namespace gatehouse::test {

/// What the manager answers: what else `control` offers is not this test's.
class command_control final : public cluster::manager_control {
 public:
  using manager_control::manager_control;
  awaitable<cluster::reload_result> reload() override { throw not_offered(); }
  awaitable<cluster::config_view> get_config() override { throw not_offered(); }

 private:
  static std::logic_error not_offered() { return std::logic_error{"not offered here"}; }
};

/// A manager with its workers on a thread of its own, connected to a simulated Discord; the test
/// asks from another thread, as the admin server does.
class running_cluster {
 public:
  using settings_change = std::function<void(config::settings&)>;

  explicit running_cluster(sim::sim_options options, const settings_change& change = {});
  /// What outlives a daemon.
  struct world {
    std::shared_ptr<sim::simulator> discord;
    std::shared_ptr<temporary_folder> folder;
  };
  running_cluster(const world& kept, const settings_change& change);
  ~running_cluster() { stop(); }

  bool wait_until_connected() const;
  /// Waits until `/readyz` would name this.
  bool wait_until_missing(const std::string& what) const;
  /// As the watchdog asks.
  bool do_workers_answer();
  /// Gives a shard away; and back.
  std::optional<storage::stored_session> release(int shard_id);
  void take(storage::stored_session session);
  void stop();

  /// What one call to `control()` comes to.
  template <class T>
  T ask(boost::asio::awaitable<T> question) {
    start(std::move(question));
    return finish<T>();
  }
  /// Calls at once: `start` them, then `finish` gives their results in the order of their end.
  template <class T>
  void start(boost::asio::awaitable<T> question);
  template <class T>
  T finish();

  cluster::control& control() { return control_; }
  world kept_world() { return {discord_, folder_}; }
  sim::simulator& discord() { return *discord_; }
  [[nodiscard]] std::vector<std::string> log() const { return log_.lines(); }

 private:
  static std::shared_ptr<const config::settings> make_settings(const sim::simulator& discord,
                                                               const sim::event_handler& handler,
                                                               const std::string& folder,
                                                               const settings_change& change);

  std::shared_ptr<sim::simulator> discord_;
  sim::event_handler handler_{{}};
  std::shared_ptr<temporary_folder> folder_;
  log_capture log_;
  std::shared_ptr<const config::settings> settings_;
  net::tls_context tls_{""};
  storage::persistence persistence_;
  cluster::status_board board_;
  cluster::metrics_board metrics_;
  boost::asio::io_context context_;
  rest::rest_client rest_;
  controllers::decision_points decisions_;
  cluster::manager manager_;
  command_control control_;
  std::thread thread_;
  boost::asio::io_context asking_;
  std::vector<std::shared_ptr<void>> results_;
};

template <class T>
void running_cluster::start(boost::asio::awaitable<T> question) {
  boost::asio::co_spawn(asking_, std::move(question),
                        [this](const std::exception_ptr& failure, T result) {
                          if (failure) std::rethrow_exception(failure);
                          results_.push_back(std::make_shared<T>(std::move(result)));
                        });
}

template <class T>
T running_cluster::finish() {
  asking_.restart();
  while (results_.empty() && asking_.run_one_for(std::chrono::minutes{1}) > 0) {
  }
  if (results_.empty()) throw std::logic_error{"no answer within a minute"};
  const auto first = std::static_pointer_cast<T>(results_.front());
  results_.erase(results_.begin());
  return std::move(*first);
}

}  // namespace gatehouse::test
