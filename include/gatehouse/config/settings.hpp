#pragma once

#include <gatehouse/config/secret.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The whole configuration as plain values, one struct a TOML table. Filled by `config::load`,
/// never changed afterwards: a reload makes a new object. Units are in the types; sizes are bytes.
namespace gatehouse::config {

using std::chrono::milliseconds;
using std::chrono::seconds;

enum class compression { none, zlib_stream, zstd_stream };
enum class spread { block, round_robin };
enum class ordering { guild, shard, none };
enum class guild_create_mode { raw, loaded_dd };
enum class log_level { trace, debug, info, warn, error };
enum class log_format { text, json };
/// What a member without contact to NATS does after a while.
enum class isolated_member { serve, stop };

struct identify_properties {
  std::string os = "linux";
  std::string browser = "gatehouse";
  std::string device = "gatehouse";
  bool operator==(const identify_properties&) const = default;
};

struct discord_settings {
  secret token;  ///< without the `Bot ` prefix, whichever way it was written
  std::uint64_t intents = 0;
  int api_version = 10;
  compression transport_compression = compression::zstd_stream;
  std::string gateway_url;  ///< empty: the one `/gateway/bot` names
  std::string ca_file;      ///< empty: system roots only
  int large_threshold = 50;
  identify_properties properties;
  std::string presence;  ///< a JSON object as text, empty: none
  bool operator==(const discord_settings&) const = default;
};

struct rest_settings {
  std::string url = "https://discord.com/api";
  secret authorization;  ///< empty: `Bot <token>` is sent
  milliseconds timeout{10'000};
  bool operator==(const rest_settings&) const = default;
};

struct gateway_settings {
  int total_shards = 0;  ///< 0: what Discord recommends
  int first_shard_id = 0;
  int last_shard_id = -1;  ///< inclusive; -1: the last of all
  int shards_per_worker = 25;
  int total_workers = 4;
  spread shard_spread = spread::block;
  milliseconds spawn_shard_delay{5'300};
  bool reconnect_deaf = false;
  bool operator==(const gateway_settings&) const = default;
};

struct handler_settings {
  std::vector<std::string> urls;
  secret authorization;
  std::string envelope = "message";
  ordering lane_ordering = ordering::guild;
  int max_in_flight = 64;  ///< per worker and URL
  int batch_max_events = 1;
  int pipeline_depth = 1;
  int refused_limit = 20;    ///< 0: never
  int poison_attempts = 16;  ///< 0: for ever
  milliseconds timeout{10'000};
  secret signing_secret;
  std::string ca_file;
  std::string certificate_file;  ///< shown to https handlers that ask for one; empty: none
  std::string key_file;
  bool operator==(const handler_settings&) const = default;
};

struct event_route {
  std::vector<std::string> events;
  std::vector<std::string> urls;
  bool operator==(const event_route&) const = default;
};

struct event_settings {
  std::vector<std::string> only;
  std::vector<std::string> drop;
  milliseconds edited_message_ttl{10'000};
  guild_create_mode guild_create = guild_create_mode::raw;
  std::vector<event_route> routes;
  bool operator==(const event_settings&) const = default;
};

struct nats_settings {
  std::vector<std::string> servers;  ///< `nats://` or `tls://`
  std::string credentials_file;
  std::string user;
  secret password;
  secret token;
  std::string ca_file;  ///< empty: system roots
  std::string certificate_file;
  std::string key_file;
  milliseconds timeout{2'000};
  int replicas = 3;
  bool create = true;
  std::uint64_t events_max_bytes = 4'096ULL << 20;
  seconds events_max_age{86'400};
  seconds duplicate_window{120};
  bool operator==(const nats_settings&) const = default;
};

struct cluster_settings {
  bool enabled = false;
  std::string name = "gatehouse";  ///< what keys and subjects begin with
  std::string member;              ///< empty: the host's name
  int max_shards = 0;              ///< 0: no limit
  int expected_members = 1;
  milliseconds join_wait{15'000};
  milliseconds heartbeat{500};
  milliseconds takeover{3'000};
  milliseconds identify_fence{45'000};
  isolated_member when_isolated = isolated_member::serve;
  milliseconds isolated_after{25'000};
  int move_batch = 50;
  int rebalance_threshold_percent = 10;
  bool operator==(const cluster_settings&) const = default;
};

struct queue_settings {
  std::uint64_t memory_bytes = 64ULL << 20;  ///< per worker
  milliseconds spool_after{1'000};
  std::uint64_t spool_bytes = 1024ULL << 20;  ///< whole daemon; 0: no disk
  std::vector<std::string> shed{"TYPING_START", "PRESENCE_UPDATE"};
  milliseconds retry_initial{250};
  milliseconds retry_max{1'000};
  seconds max_age{0};  ///< 0: never too old
  bool operator==(const queue_settings&) const = default;
};

struct interaction_settings {
  bool defer = true;
  milliseconds deadline{2'000};
  bool ephemeral = false;
  std::string message;  ///< empty: the built-in text
  std::string invite_code;
  bool operator==(const interaction_settings&) const = default;
};

struct state_settings {
  std::string dir = "./state";
  milliseconds checkpoint{500};
  std::uint64_t dead_letter_bytes = 256ULL << 20;
  bool operator==(const state_settings&) const = default;
};

struct resharding_settings {
  bool enabled = true;
  int shards_full_percentage = 80;
  milliseconds check_interval{28'800'000};
  int keep_identifies = 0;
  milliseconds timeout{1'800'000};
  bool operator==(const resharding_settings&) const = default;
};

struct admin_settings {
  std::string listen = "127.0.0.1:8080";  ///< empty: off
  secret authorization;
  std::int64_t max_connections = 512;
  std::string certificate_file;  ///< empty: plain HTTP
  std::string key_file;
  bool operator==(const admin_settings&) const = default;
};

struct log_settings {
  log_level level = log_level::info;
  log_format format = log_format::text;
  std::string file;  ///< empty: standard error
  bool operator==(const log_settings&) const = default;
};

struct settings {
  discord_settings discord;
  rest_settings rest;
  gateway_settings gateway;
  handler_settings handlers;
  event_settings events;
  nats_settings nats;
  cluster_settings cluster;
  queue_settings queue;
  interaction_settings interactions;
  state_settings state;
  resharding_settings resharding;
  admin_settings admin;
  log_settings log;
  std::vector<std::string> controller_libraries;
  bool operator==(const settings&) const = default;
};

}  // namespace gatehouse::config
