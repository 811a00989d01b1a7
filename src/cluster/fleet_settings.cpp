#include <gatehouse/cluster/fleet_settings.hpp>

#include <openssl/evp.h>

#include <array>
#include <random>
#include <stdexcept>
#include <unistd.h>

namespace gatehouse::cluster {
namespace {

std::string hex(const unsigned char* bytes, std::size_t count) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += digits[bytes[i] >> 4U];
    text += digits[bytes[i] & 0xFU];
  }
  return text;
}

/// Half a SHA-256: says whether two are the same, and nothing of the token.
std::string digest(const std::string& text) {
  constexpr std::size_t kept = 16;
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  return hex(bytes.data(), kept);
}

/// What all members must share: of members that differ in it the events would differ, too.
std::string fingerprint_of(const config::settings& chosen) {
  const auto& discord = chosen.discord;
  std::string text = "gatehouse fleet\n" + discord.token.reveal();
  for (const auto& part :
       {std::to_string(discord.intents), std::to_string(discord.api_version),
        std::to_string(chosen.gateway.total_shards),
        std::to_string(chosen.gateway.spawn_shard_delay.count()), chosen.handlers.envelope,
        std::to_string(static_cast<int>(chosen.handlers.lane_ordering)),
        std::to_string(chosen.events.edited_message_ttl.count())}) {
    text.append("\n").append(part);
  }
  return digest(text);
}

std::string host_name() {
  constexpr std::size_t longest = 256;
  std::array<char, longest> text{};
  if (::gethostname(text.data(), text.size() - 1) != 0) text[0] = '\0';
  const std::string name{text.data()};
  return name.substr(0, name.find('.'));
}

std::string member_name(const config::cluster_settings& chosen) {
  auto name = chosen.member.empty() ? host_name() : chosen.member;
  if (fleet::is_member_name(name)) return name;
  throw std::runtime_error(
      "cluster.member: the host's name cannot be a member's, which has letters, digits, _ and -: "
      "set one");
}

/// Tells two processes of one name apart.
std::string process_id() {
  std::random_device draw;
  return std::to_string(::getpid()) + '-' + std::to_string(draw()) + std::to_string(draw());
}

}  // namespace

fleet::agent_settings make_fleet_settings(const config::settings& chosen,
                                          const std::string& version) {
  const auto& cluster = chosen.cluster;
  fleet::agent_settings made{cluster.name, chosen.nats.replicas, chosen.nats.create, {}};
  auto& member = made.member;
  member.member = member_name(cluster);
  member.process = process_id();
  member.version = version;
  member.fingerprint = fingerprint_of(chosen);
  member.max_shards = cluster.max_shards;
  member.expected_members = cluster.expected_members;
  member.join_wait = cluster.join_wait;
  member.heartbeat = cluster.heartbeat;
  member.takeover = cluster.takeover;
  member.identify_fence = cluster.identify_fence;
  if (cluster.when_isolated == config::isolated_member::stop) {
    member.stop_after = cluster.isolated_after;
  }
  member.move_batch = cluster.move_batch;
  member.rebalance_threshold_percent = cluster.rebalance_threshold_percent;
  member.identify_spacing = chosen.gateway.spawn_shard_delay;
  return made;
}

}  // namespace gatehouse::cluster
