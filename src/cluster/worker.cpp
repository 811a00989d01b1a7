#include <gatehouse/cluster/worker.hpp>
#include <gatehouse/delivery/request_encoder.hpp>
#include <gatehouse/runtime/wall_clock.hpp>

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

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

storage::dead_letter make_dead_letter(const events::event& event, const delivery::refusal& why,
                                      std::string_view type) {
  storage::dead_letter letter;
  letter.unix_ms = runtime::unix_ms_now();
  letter.url = why.url;
  letter.status = why.status;
  letter.reason = why.reason;
  letter.event_id = delivery::event_id(event);
  letter.shard_id = event.shard_id();
  letter.type = type;
  letter.attempts = event.attempts;
  letter.deferred = event.deferred;
  letter.payload = event.payload();
  letter.request_bytes = event.body().size();
  letter.answer = why.answer;
  return letter;
}

}  // namespace

worker::worker(int id, worker_services services, const left_queues& left)
    : id_(id),
      services_(std::move(services)),
      guard_(asio::make_work_guard(context_)),
      delivery_log_(id, services_.log),
      responder_(context_.get_executor(),
                 {services_.settings->interactions,
                  services_.settings->rest,
                  services_.settings->discord,
                  &services_.discord_tls,
                  {},
                  &services_.decisions,
                  id},
                 services_.log, runtime::make_random_source()),
      dispatcher_(delivery::dispatcher::make(context_, delivery_options(), types_, pool_,
                                             runtime::make_random_source(), delivery_log_)),
      pipeline_(services_.settings->events, types_, pool_, *dispatcher_, &services_.decisions),
      shard_services_{context_.get_executor(),
                      pipeline_,
                      services_.discord_tls,
                      compression_of(services_.settings->discord.transport_compression),
                      services_.log,
                      runtime::make_random_source(),
                      {},
                      {},
                      {},
                      services_.sessions != nullptr,
                      services_.settings->gateway.reconnect_deaf},
      presence_(services_.settings->discord.presence),
      report_timer_(context_),
      drain_timer_(context_),
      left_timer_(context_),
      metrics_timer_(context_),
      new_shard_timer_(context_),
      checkpoint_timer_(context_),
      stop_timer_(context_) {
  shard_services_.decisions = &services_.decisions;
  shard_services_.worker_id = id;
  for (const auto& queue : left.queues) dispatcher_->restore(queue, left.has_same_routes);
  asio::post(context_, [this] {
    dispatcher_->begin_restored();
    plan_checkpoint();
    publish_metrics();
  });
}

delivery::dispatcher::options worker::delivery_options() {
  const auto& settings = *services_.settings;
  delivery::dispatcher::options options;
  options.handlers = settings.handlers;
  options.queue = settings.queue;
  options.routes = settings.events.routes;
  options.user_agent = services_.user_agent;
  options.tls = services_.handler_tls.get();
  options.streams = services_.streams;
  options.spool = services_.persistence.spool();
  options.answer_deadline = settings.interactions.deadline;
  options.decisions = &services_.decisions;
  options.tail = &services_.metrics.tail();
  if (settings.interactions.defer) options.responder = &responder_;
  options.on_clear = [this] { resume_reading(); };
  if (auto* letters = services_.persistence.dead_letters()) {
    options.on_refused = [this, letters](const events::event& event, const delivery::refusal& why,
                                         std::function<void()> when_kept) {
      letters->append(make_dead_letter(event, why, types_.name(event.type)), std::move(when_kept));
    };
  }
  return options;
}

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
  worker_stopped report{id_, 0, 0};
  for (const auto& [shard_id, count] : dispatcher_->undelivered()) {
    report.undelivered += count.all;
    report.safe += count.safe;
  }
  services_.to_manager(report);
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

gateway::session_config worker::make_session_config(int shard_id, int total_shards,
                                                    const std::string& gateway_url) const {
  const auto& discord = services_.settings->discord;
  gateway::session_config config;
  config.shard_id = shard_id;
  config.total_shards = total_shards;
  config.token = discord.token.reveal();
  config.intents = discord.intents;
  config.large_threshold = discord.large_threshold;
  config.os = discord.properties.os;
  config.browser = discord.properties.browser;
  config.device = discord.properties.device;
  config.presence = presence_;
  config.gateway_url = gateway_url;
  config.query = connection_query(discord);
  return config;
}

void worker::resume_reading() {
  for (const auto& [key, held] : shards_) held->resume_reading();
}

void worker::add_shard(gateway::shard_key key, gateway::session_config config,
                       std::optional<storage::stored_session> from) {
  shard_observer& observer = *this;  // the base is private: only here it converts
  auto added = std::make_unique<shard::shard>(std::move(config), key.generation,
                                              services_.settings->handlers.envelope,
                                              shard_services_, observer);
  shard::shard& started = *added;
  publish_soon();
  shards_.emplace(key, std::move(added));
  started.start(std::move(from));
}

void worker::handle(start_shard message) {
  if (now_in_ != phase::running || shards_.contains(message.shard)) return;
  auto config =
      make_session_config(message.shard.shard_id, message.total_shards, message.gateway_url);
  if (switch_) switch_->expect(message.shard, message.total_shards);
  add_shard(message.shard, std::move(config), std::move(message.from));
}

void worker::handle(const set_gateway_url& message) {
  for (const auto& [id, held] : shards_) held->set_gateway_url(message.url);
}

void worker::handle(const identify_granted& message) {
  const auto& grant = message.grant;
  const auto found = shards_.find(grant.shard);
  if (found == shards_.end() || runtime::clock::now() >= message.valid_until) {
    services_.to_manager(identify_was_abandoned{grant});
    if (found != shards_.end()) on_request_identify(grant.shard);
    return;
  }
  grants_[grant.shard] = grant.id;
  found->second->allow_identify(message.valid_until);
}

/// Without a grant its id is 0.
gateway::identify_grant worker::take_grant(gateway::shard_key shard) {
  const auto held = grants_.extract(shard);
  return {shard, held ? held.mapped() : 0};
}

void worker::handle(const ping& message) {
  services_.to_manager(pong{message.nonce});
}

void worker::on_request_identify(gateway::shard_key shard) {
  if (emptying_.contains(shard)) return end_emptied(shard);  // Discord has ended it already
  if (ending_.contains(shard)) return;
  services_.to_manager(identify_wanted{shard});
}

void worker::on_identify_sent(gateway::shard_key shard) {
  services_.to_manager(identify_was_sent{take_grant(shard)});
}

void worker::on_identify_abandoned(gateway::shard_key shard) {
  services_.to_manager(identify_was_abandoned{take_grant(shard)});
}

void worker::on_state(gateway::shard_key shard, gateway::shard_state state) {
  if (emptying_.contains(shard)) {
    if (state == gateway::shard_state::connected) end_emptied(shard);
    return;
  }
  services_.to_manager(shard_state_changed{shard, state});
}

void worker::on_session_started(gateway::shard_key shard) {
  if (shard.generation != serving_) return;  // not stored yet
  hold_until_stored(shard);
  if (is_in_fleet()) tell_session(shard);
  // A crash before the next checkpoint would cost an identify.
  auto change = shards_.at(shard)->take_checkpoint();
  std::vector<storage::session_change> changes;
  if (change) changes.push_back(std::move(*change));
  save(std::move(changes));
}

void worker::on_refused(gateway::shard_key shard, std::uint16_t code) {
  if (emptying_.contains(shard)) return end_emptied(shard);
  services_.to_manager(shard_refused{shard, code});
}

}  // namespace gatehouse::cluster
