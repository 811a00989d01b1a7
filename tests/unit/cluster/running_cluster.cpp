#include "running_cluster.hpp"

#include "daemon_process.hpp"

#include <boost/asio/post.hpp>

namespace gatehouse::test {

std::shared_ptr<const config::settings> running_cluster::make_settings(
    const sim::simulator& discord, const sim::event_handler& handler, const std::string& folder,
    int total_workers) {
  auto settings = std::make_shared<config::settings>();
  settings->discord.token = config::secret{"sim-token"};
  settings->discord.intents = 53575421 | 2;  // members, too
  settings->rest.url = discord.rest_url();
  settings->gateway.spawn_shard_delay = runtime::milliseconds{60};
  settings->gateway.total_workers = total_workers;
  settings->gateway.shards_per_worker = 1;
  settings->handlers.urls = {handler.url()};
  settings->interactions.defer = false;
  settings->state.dir = folder;
  return settings;
}

running_cluster::running_cluster(sim::sim_options options, int total_workers)
    : discord_(std::move(options)),
      settings_(make_settings(discord_, handler_, folder_.path().string(), total_workers)),
      persistence_(*settings_, log_.log()),
      rest_(settings_->rest, settings_->discord, &tls_, log_.log(), runtime::make_random_source()),
      decisions_(cluster::own_decisions(settings_->gateway), log_.log()),
      manager_(context_, {settings_, rest_, board_, metrics_, log_.log(), tls_,
                          std::make_shared<const net::tls_context>(""), persistence_, log_.log(),
                          "gatehouse/test", [](const std::string&) {}, decisions_}),
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

void running_cluster::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(context_, [this] { manager_.request_stop(); });
  thread_.join();
  persistence_.close();
}

}  // namespace gatehouse::test
