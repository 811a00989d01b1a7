#include <gatehouse/cluster/worker.hpp>
#include <gatehouse/gateway/command_check.hpp>

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <pthread.h>
#include <utility>

namespace gatehouse::cluster {
namespace {

namespace asio = boost::asio;

gateway::transport_compression compression_of(config::compression wanted) {
  switch (wanted) {
    case config::compression::none:
      return gateway::transport_compression::none;
    case config::compression::zlib_stream:
      return gateway::transport_compression::zlib_stream;
    case config::compression::zstd_stream:
      return gateway::transport_compression::zstd_stream;
  }
  return gateway::transport_compression::none;
}

/// The same for every connection, resumes included (discord-api-docs: gateway, Resuming).
std::string connection_query(const config::discord_settings& discord) {
  std::string query = "?v=" + std::to_string(discord.api_version) + "&encoding=json";
  switch (discord.transport_compression) {
    case config::compression::none:
      break;
    case config::compression::zlib_stream:
      query += "&compress=zlib-stream";
      break;
    case config::compression::zstd_stream:
      query += "&compress=zstd-stream";
      break;
  }
  return query;
}

}  // namespace

worker::worker(int id, worker_services services)
    : id_(id),
      services_(std::move(services)),
      guard_(asio::make_work_guard(context_)),
      delivery_log_(id, services_.log),
      dispatcher_(context_,
                  {services_.settings->handlers, services_.settings->queue,
                   services_.settings->events.routes, services_.user_agent, &services_.handler_tls,
                   nullptr},
                  types_, runtime::make_random_source(), delivery_log_),
      pipeline_(services_.settings->events, types_, pool_, dispatcher_),
      shard_services_{context_.get_executor(),
                      pipeline_,
                      services_.discord_tls,
                      compression_of(services_.settings->discord.transport_compression),
                      services_.log,
                      runtime::make_random_source(),
                      {},
                      {},
                      {}},
      stop_timer_(context_) {}

worker::~worker() {
  guard_.reset();
  context_.stop();
  join();
}

void worker::start() {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), ("worker-" + std::to_string(id_)).c_str());
}

void worker::join() {
  if (thread_.joinable()) thread_.join();
}

void worker::post(worker_message message) {
  asio::post(context_, [this, message = std::move(message)]() mutable {
    std::visit([this](auto& content) { handle(std::move(content)); }, message);
  });
}

void worker::run() {
  while (!context_.stopped()) run_contained();
  std::uint64_t undelivered = 0;
  for (const auto& [shard_id, events] : dispatcher_.undelivered()) undelivered += events;
  services_.to_manager(worker_stopped{id_, undelivered});
}

void worker::run_contained() {
  try {
    context_.run();
  } catch (const std::exception& error) {
    services_.to_manager(worker_trouble{id_, error.what()});
  } catch (...) {
    services_.to_manager(worker_trouble{id_, "an exception of unknown type"});
  }
}

gateway::session_config worker::make_session_config(const identify_shard& message) const {
  const auto& discord = services_.settings->discord;
  gateway::session_config config;
  config.shard_id = message.shard_id;
  config.total_shards = message.total_shards;
  config.token = discord.token.reveal();
  config.intents = discord.intents;
  config.large_threshold = discord.large_threshold;
  config.os = discord.properties.os;
  config.browser = discord.properties.browser;
  config.device = discord.properties.device;
  config.presence = discord.presence;
  config.gateway_url = message.gateway_url;
  config.query = connection_query(discord);
  return config;
}

void worker::handle(identify_shard message) {
  if (stopping_ || shards_.contains(message.shard_id)) return;
  shard_observer& observer = *this;  // the base is private: only here it converts
  auto added = std::make_unique<shard::shard>(make_session_config(message),
                                              services_.settings->handlers.envelope,
                                              shard_services_, observer);
  shard::shard& started = *added;
  shards_.emplace(message.shard_id, std::move(added));
  started.start(std::move(message.from));
}

void worker::handle(allow_identify message) {
  if (const auto found = shards_.find(message.shard_id); found != shards_.end()) {
    found->second->allow_identify();
  }
}

void worker::handle(const shard_payload& message) {
  shard_payload_result result{message.nonce, payload_outcome::queued, {}};
  result.outcome = send_payload(message, result.error);
  services_.to_manager(std::move(result));
}

payload_outcome worker::send_payload(const shard_payload& message, std::string& error) {
  const auto found = shards_.find(message.shard_id);
  if (found == shards_.end()) return payload_outcome::unknown_shard;
  auto checked = gateway::validate_command(message.text);
  if (!checked.op) {
    error = std::move(checked.error);
    return payload_outcome::invalid;
  }
  switch (found->second->send_command(message.text, *checked.op)) {
    case shard::shard::send_result::queued:
      return payload_outcome::queued;
    case shard::shard::send_result::not_connected:
      return payload_outcome::not_connected;
    case shard::shard::send_result::queue_full:
      break;
  }
  return payload_outcome::queue_full;
}

void worker::handle(get_shard_info message) {
  shard_info info{message.nonce, {}};
  info.shards.reserve(shards_.size());
  for (const auto& [id, held] : shards_) info.shards.push_back(held->status());
  services_.to_manager(std::move(info));
}

void worker::handle(stop_worker message) {
  if (std::exchange(stopping_, true)) return;
  for (const auto& [id, held] : shards_) held->stop(message.close_code);
  dispatcher_.begin_stop(message.deadline, [this] {
    delivery_stopped_ = true;
    check_stopped();
  });
  check_stopped();
}

/// Connections end by themselves within `ws_connection::close_grace`; then the thread may end.
void worker::check_stopped() {
  const bool connected = std::any_of(shards_.begin(), shards_.end(), [](const auto& entry) {
    return entry.second->has_connections();
  });
  if (delivery_stopped_ && !connected) {
    guard_.reset();
    return;
  }
  if (!delivery_stopped_) return;  // its callback comes back here
  stop_timer_.expires_after(runtime::milliseconds{10});
  stop_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) check_stopped();
  });
}

void worker::on_request_identify(int shard_id) {
  services_.to_manager(request_identify{shard_id});
}

void worker::on_identify_sent(int shard_id) {
  services_.to_manager(identify_was_sent{shard_id});
}

void worker::on_identify_abandoned(int shard_id) {
  services_.to_manager(identify_was_abandoned{shard_id});
}

void worker::on_state(int shard_id, gateway::shard_state state) {
  services_.to_manager(shard_state_changed{shard_id, state});
}

void worker::on_refused(int shard_id, std::uint16_t code) {
  services_.to_manager(shard_refused{shard_id, code});
}

}  // namespace gatehouse::cluster
