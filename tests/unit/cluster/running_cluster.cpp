#include "running_cluster.hpp"

#include "daemon_process.hpp"

#include <gatehouse/cluster/crossing.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>

namespace gatehouse::test {

std::shared_ptr<const config::settings> running_cluster::make_settings(
    const sim::simulator& discord, const sim::event_handler& handler, const std::string& folder,
    const settings_change& change) {
  auto settings = std::make_shared<config::settings>();
  settings->discord.token = config::secret{"sim-token"};
  settings->discord.intents = 53575421 | 2;  // members, too
  settings->rest.url = discord.rest_url();
  settings->gateway.spawn_shard_delay = runtime::milliseconds{60};
  settings->gateway.total_workers = 2;
  settings->gateway.shards_per_worker = 1;
  settings->handlers.urls = {handler.url()};
  settings->interactions.defer = false;
  settings->state.dir = folder;
  if (change) change(*settings);
  return settings;
}

running_cluster::running_cluster(sim::sim_options options, const settings_change& change)
    : running_cluster({std::make_shared<sim::simulator>(std::move(options)),
                       std::make_shared<temporary_folder>()},
                      change) {}

running_cluster::running_cluster(const world& kept, const settings_change& change)
    : discord_(kept.discord),
      folder_(kept.folder),
      settings_(make_settings(*discord_, handler_, folder_->path().string(), change)),
      persistence_(*settings_, log_.log()),
      rest_(settings_->rest, settings_->discord, &tls_, log_.log(), runtime::make_random_source()),
      decisions_(cluster::own_decisions(settings_->gateway), log_.log()),
      manager_(context_, {settings_, rest_, board_, metrics_, log_.log(), tls_,
                          std::make_shared<const net::tls_context>(""), nullptr, persistence_,
                          log_.log(), "gatehouse/test", [](const std::string&) {}, decisions_}),
      control_(context_.get_executor(), manager_),
      thread_([this] {
        boost::asio::co_spawn(context_, manager_.run(),
                              [](const std::exception_ptr& failure, cluster::run_result) {
                                if (failure) std::rethrow_exception(failure);
                              });
        context_.run();
      }) {}

bool running_cluster::wait_until_connected() const {
  return wait_until([this] { return board_.check().ready; }, std::chrono::seconds{30});
}

bool running_cluster::wait_until_missing(const std::string& what) const {
  return wait_until(
      [&] {
        const auto missing = board_.check().missing;
        return std::any_of(missing.begin(), missing.end(), [&](const std::string& each) {
          return each.find(what) != std::string::npos;
        });
      },
      std::chrono::seconds{30});
}

bool running_cluster::do_workers_answer() {
  return ask(cluster::cross_over(
      context_.get_executor(),
      manager_.all_workers_answer(runtime::clock::now() + std::chrono::seconds{20})));
}

std::optional<storage::stored_session> running_cluster::release(int shard_id) {
  return ask(cluster::cross_over(
      context_.get_executor(),
      manager_.release_shard(shard_id, runtime::clock::now() + std::chrono::seconds{20})));
}

void running_cluster::take(storage::stored_session session) {
  boost::asio::post(context_, [this, session = std::move(session)]() mutable {
    manager_.take_shard(std::move(session));
  });
}

void running_cluster::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(context_, [this] { manager_.request_stop(); });
  thread_.join();
  persistence_.close();
}

}  // namespace gatehouse::test
