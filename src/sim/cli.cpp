#include "cli.hpp"

#include "fault_syntax.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <variant>

namespace gatehouse::sim {
namespace {

/// What CLI11 fills before it becomes cli_options.
struct raw_arguments {
  std::int64_t identify_interval_ms = 5000;
  std::int64_t heartbeat_interval_ms = 41'250;
  std::int64_t session_lifetime_ms = 180'000;
  std::int64_t callback_latency_ms = 0;
  std::int64_t interaction_deadline_ms = 3000;
  std::int64_t chaos_ms = 0;
  std::int64_t delay_min_ms = 0;
  std::int64_t delay_max_ms = 0;
  bool tls = false;
  std::string resume = "same-port";
  std::string resume_policy = "replace";
  std::vector<std::string> faults;
  std::vector<std::string> rest_faults;
  int handler_port = -1;
};

constexpr auto description =
    "A simulated Discord: REST and gateway on loopback, with load and faults.\n"
    "Point a gateway client at the printed URLs; with --handler-port it also runs an event\n"
    "handler that checks order, duplicates, gaps and exact bytes of what arrives.";

constexpr auto examples =
    "Faults: KIND[:SETTING=VALUE,...], for instance\n"
    "  --fault reset:at-ms=5000              reset every connection after 5 s\n"
    "  --fault close:code=4009,shard=3,at-event=1000\n"
    "  --fault invalid-session:resumable=true,at-ms=8000\n"
    "  --fault refuse-connection:times=10    reset the next 10 connections\n"
    "  --rest-fault 429:route=gateway-bot,times=2,retry-after=1.5\n"
    "Kinds: reset reconnect invalid-session close stop-acks silence corrupt-frame\n"
    "  unreadable-event request-heartbeat refuse-connection slow-hello\n"
    "  reconnect-instead-of-hello close-instead-of-hello refuse-resume\n"
    "Settings: shard times code resumable delay-ms at-event at-ms\n"
    "REST faults: a status, hang or reset. Settings: route=gateway-bot|callback times "
    "retry-after\n";

void add_listener_options(CLI::App& app, cli_options& options, raw_arguments& raw) {
  const std::string group = "Listening";
  auto& sim = options.simulator;
  app.add_option("--address", sim.address, "Address to listen on")
      ->capture_default_str()
      ->group(group);
  app.add_option("--port", sim.gateway_port, "Gateway port; 0: any")
      ->capture_default_str()
      ->group(group);
  app.add_option("--rest-port", sim.rest_port, "REST port; 0: any")
      ->capture_default_str()
      ->group(group);
  app.add_flag("--tls", raw.tls, "wss and https, with a certificate made at the start")
      ->group(group);
  app.add_option("--ca-file-out", options.ca_file_out, "Write the CA certificate (PEM) here")
      ->group(group);
  app.add_option("--named-gateway", sim.named_gateway,
                 "Gateway URL that REST and READY tell, of a proxy in front; empty: its own")
      ->group(group);
  app.add_option("--resume-url", raw.resume, "Where READY's resume_gateway_url points")
      ->check(CLI::IsMember({"same-port", "second-port", "dead-port"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--ready-file", options.ready_file,
                 "Write a JSON object with all URLs here once everything listens")
      ->group(group);
}

void add_bot_options(CLI::App& app, cli_options& options, raw_arguments& raw) {
  const std::string group = "Bot and limits";
  auto& sim = options.simulator;
  app.add_option("--token", sim.token, "Bot token; empty: any")
      ->capture_default_str()
      ->group(group);
  app.add_option("--rest-authorization", sim.rest_authorization,
                 "Exact Authorization header of /gateway/bot; empty: not checked")
      ->group(group);
  app.add_option("--shards", options.shards,
                 "Recommended shards; a flood waits for as many sessions")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--guilds", sim.guilds, "Guilds the bot is in")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--guild-bytes", sim.guild_create_bytes, "Size of a GUILD_CREATE")
      ->capture_default_str()
      ->group(group);
  app.add_option("--members", sim.members_per_guild, "Members per guild")
      ->capture_default_str()
      ->group(group);
  app.add_option("--max-concurrency", sim.max_concurrency, "Identify buckets")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--identify-interval-ms", raw.identify_interval_ms,
                 "Between identifies of a bucket")
      ->capture_default_str()
      ->group(group);
  app.add_option("--session-starts", sim.session_starts, "Identifies allowed in all")
      ->capture_default_str()
      ->group(group);
  app.add_option("--heartbeat-interval-ms", raw.heartbeat_interval_ms, "Told in Hello")
      ->check(CLI::Range(10, 3'600'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--session-lifetime-ms", raw.session_lifetime_ms,
                 "Of a session without connection")
      ->capture_default_str()
      ->group(group);
  app.add_option("--resume-policy", raw.resume_policy,
                 "What becomes of a connection whose session is resumed by another")
      ->check(CLI::IsMember({"replace", "keep", "refuse-live"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--replay-events", sim.replay_events, "Kept per session for resumes")
      ->capture_default_str()
      ->group(group);
  app.add_flag("--trim-replay-by-heartbeat", sim.trim_replay_by_heartbeat,
               "Forget events that a heartbeat acknowledges")
      ->group(group);
}

void add_traffic_options(CLI::App& app, cli_options& options, raw_arguments& raw) {
  const std::string group = "Traffic";
  auto& sim = options.simulator;
  app.add_option("--seed", sim.seed, "The same seed gives the same events")
      ->capture_default_str()
      ->group(group);
  app.add_option("--rate", sim.events_per_second, "Events per second, over all shards")
      ->capture_default_str()
      ->group(group);
  app.add_option("--event", sim.event_type,
                 "Every event is of this type, not of the usual mix: GUILD_CREATE, for instance")
      ->group(group);
  app.add_option("--flood", options.flood,
                 "So many events as fast as they are taken, once all shards are ready")
      ->group(group);
  app.add_flag("--prepared", options.prepared,
               "Build and compress the whole flood before its start (for measurements)")
      ->group(group);
  app.add_flag("--wait-for-signal", options.wait_for_signal, "Start the prepared flood on SIGUSR1")
      ->group(group);
  app.add_option("--compression-level", sim.compression_level, "For zlib and zstd")
      ->capture_default_str()
      ->group(group);
  app.add_option("--delivery-delay-min-ms", raw.delay_min_ms,
                 "Each session's events come late by a fixed time")
      ->group(group);
  app.add_option("--delivery-delay-max-ms", raw.delay_max_ms, "drawn from this range")
      ->group(group);
  app.add_flag("--vary-copies", sim.vary_copies,
               "Each session has its own order of keys and signatures of attachment URLs")
      ->group(group);
}

void add_fault_options(CLI::App& app, raw_arguments& raw) {
  const std::string group = "Faults";
  app.add_option("--fault", raw.faults, "A gateway fault, see below; may be repeated")
      ->group(group)
      ->take_all();
  app.add_option("--rest-fault", raw.rest_faults, "A REST fault, see below; may be repeated")
      ->group(group)
      ->take_all();
  app.add_option("--chaos-ms", raw.chaos_ms, "A random fault every so often on average; 0: none")
      ->group(group);
  app.add_flag(
         "--chaos", [&raw](std::int64_t) { raw.chaos_ms = 2000; }, "Short for --chaos-ms 2000")
      ->group(group);
  app.add_option("--callback-latency-ms", raw.callback_latency_ms,
                 "Interaction callbacks take so long")
      ->group(group);
  app.add_option("--interaction-deadline-ms", raw.interaction_deadline_ms,
                 "Interactions are unknown after so long without a callback")
      ->check(CLI::Range(1, 3'600'000))
      ->capture_default_str()
      ->group(group);
}

void add_run_options(CLI::App& app, cli_options& options, raw_arguments& raw) {
  const std::string group = "Running";
  app.add_option("--handler-port", raw.handler_port,
                 "Also run the event handler on this port; 0: any")
      ->check(CLI::Range(0, 65535))
      ->group(group);
  app.add_option("--handler-authorization", options.handler.authorization,
                 "It expects this Authorization header")
      ->group(group);
  app.add_flag("!--no-verify", options.verify, "The handler only counts: no order and byte checks")
      ->group(group);
  app.add_flag("--latency", options.latency,
               "Measure the time from an event's sending to its arrival at the handler")
      ->group(group);
  app.add_option("--handler-delay-ms", options.handler_delay_ms, "It takes so long for an answer")
      ->group(group);
  app.add_option("--seconds", options.seconds, "Stop after so long; 0: on SIGINT or SIGTERM")
      ->group(group);
  app.add_flag("--exit-when-delivered", options.exit_when_delivered,
               "Stop once the flood is written and the handler, if any, has it all")
      ->group(group);
  app.add_flag("--live", options.live, "A status line every second")->group(group);
  app.add_flag("--json", options.json, "Print final statistics as JSON")->group(group);
}

/// Explains what is wrong on stderr; false then.
template <typename Fault, typename Parse>
bool take_faults(const std::vector<std::string>& texts, Parse parse, std::vector<Fault>& out) {
  for (const auto& text : texts) {
    const auto parsed = parse(text);
    if (const auto* const error = std::get_if<fault_syntax_error>(&parsed)) {
      std::cerr << "gatehouse-sim: " << error->text << '\n';
      return false;
    }
    out.push_back(std::get<Fault>(parsed));
  }
  return true;
}

bool take_raw(const raw_arguments& raw, cli_options& options) {
  auto& sim = options.simulator;
  sim.identify_window = runtime::milliseconds(raw.identify_interval_ms);
  sim.heartbeat_interval = runtime::milliseconds(raw.heartbeat_interval_ms);
  sim.session_lifetime = runtime::milliseconds(raw.session_lifetime_ms);
  sim.callback_latency = runtime::milliseconds(raw.callback_latency_ms);
  sim.interaction_deadline = runtime::milliseconds(raw.interaction_deadline_ms);
  sim.chaos_interval = runtime::milliseconds(raw.chaos_ms);
  sim.delivery_delay_min = runtime::milliseconds(raw.delay_min_ms);
  sim.delivery_delay_max = runtime::milliseconds(std::max(raw.delay_min_ms, raw.delay_max_ms));
  sim.gateway_tls = sim.rest_tls = raw.tls;
  sim.on_resume = raw.resume_policy == "keep"          ? resume_policy::keep
                  : raw.resume_policy == "refuse-live" ? resume_policy::refuse_live
                                                       : resume_policy::replace;
  sim.resume = raw.resume == "second-port" ? resume_target::second_port
               : raw.resume == "dead-port" ? resume_target::dead_port
                                           : resume_target::same_port;
  sim.recommended_shards = options.shards;
  if (raw.handler_port >= 0) {
    options.handler_port = static_cast<std::uint16_t>(raw.handler_port);
    options.handler.port = *options.handler_port;
    options.handler.check_order = options.verify;
  }
  sim.record_events = options.handler_port.has_value() && options.verify;
  return take_faults(raw.faults, parse_fault, options.faults) &&
         take_faults(raw.rest_faults, parse_rest_fault, options.rest_faults);
}

}  // namespace

std::optional<cli_options> parse_command_line(int argument_count, const char* const* arguments,
                                              int& exit_code) {
  cli_options options;
  raw_arguments raw;
  CLI::App app{description, "gatehouse-sim"};
  app.footer(examples);
  add_listener_options(app, options, raw);
  add_bot_options(app, options, raw);
  add_traffic_options(app, options, raw);
  add_fault_options(app, raw);
  add_run_options(app, options, raw);
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  if (!take_raw(raw, options)) {
    exit_code = 2;
    return std::nullopt;
  }
  return options;
}

}  // namespace gatehouse::sim
