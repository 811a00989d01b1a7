#include "combinations.hpp"

#include <gatehouse/address/url.hpp>
#include <gatehouse/config/listen_address.hpp>

#include <algorithm>
#include <array>

namespace gatehouse::config {
namespace {

bool is_tls(const std::string& server) {
  return server.starts_with("tls://");
}

bool is_loopback(const std::string& server) {
  const auto parsed = address::parse_url("http" + server.substr(server.find(':')));
  return parsed && listen_address{.host = parsed->host}.is_loopback();
}

void require_servers(reading& in, std::string_view key, const std::vector<std::string>& urls,
                     const std::vector<position>& places) {
  if (urls.size() != places.size()) return;
  const auto found = std::ranges::find_if(
      urls, [](const std::string& url) { return url.starts_with("jetstream:"); });
  if (found == urls.end()) return;
  in.report(places[static_cast<std::size_t>(found - urls.begin())], key,
            "is a stream of NATS, and nats.servers is not set, for example "
            "[\"nats://127.0.0.1:4222\"]");
}

/// Whoever has a stream among its handlers needs servers.
void check_servers(reading& in) {
  // Servers that are set, but wrong, have been reported.
  if (in.has("nats.servers") &&
      !(in.valid("nats.servers") != nullptr && in.values.nats.servers.empty())) {
    return;
  }
  if (const auto* const urls = in.valid("handlers.urls")) {
    require_servers(in, "handlers.urls", in.values.handlers.urls, urls->elements);
  }
  const auto found = in.marks.find("events.route.urls");
  if (found == in.marks.end() || found->second.size() != in.values.events.routes.size()) return;
  for (std::size_t i = 0; i < found->second.size(); ++i) {
    require_servers(in, "events.route.urls", in.values.events.routes[i].urls,
                    found->second[i].elements);
  }
}

void check_pair(reading& in, std::string_view one, std::string_view other) {
  const bool has_one = in.has(one);
  if (has_one == in.has(other)) return;
  const auto set = has_one ? one : other;
  const auto* const at = in.valid(set);
  if (at == nullptr) return;
  in.report(at->at, set,
            "is set without " + std::string(has_one ? other : one) + "; allowed: both, or neither");
}

constexpr std::array<std::string_view, 3> ways_of_credentials{"nats.credentials_file", "nats.user",
                                                              "nats.token"};

void check_credentials(reading& in) {
  std::string_view first;
  for (const auto key : ways_of_credentials) {
    if (!in.has(key)) continue;
    const auto* const at = in.valid(key);
    if (!first.empty() && at != nullptr) {
      in.report(at->at, key,
                "is set besides " + std::string(first) +
                    "; only one of nats.credentials_file, "
                    "nats.user with nats.password, and nats.token is allowed");
    }
    if (first.empty()) first = key;
  }
  const auto* const servers = in.valid("nats.servers");
  const bool has_any = !first.empty() || in.has("nats.certificate_file");
  if (servers == nullptr || has_any) return;
  const auto& all = in.values.nats.servers;
  if (all.size() != servers->elements.size()) return;
  const auto foreign = std::ranges::find_if_not(all, is_loopback);
  if (foreign == all.end()) return;
  in.report(servers->elements[static_cast<std::size_t>(foreign - all.begin())], "nats.servers",
            "is not a loopback address, and there are no credentials; allowed: set "
            "nats.credentials_file, nats.user with nats.password, nats.token or "
            "nats.certificate_file, or a server on 127.0.0.1, [::1] or localhost");
}

void check_certificates(reading& in) {
  const auto* const servers = in.valid("nats.servers");
  if (servers == nullptr || std::ranges::any_of(in.values.nats.servers, is_tls)) return;
  for (const std::string_view key : {"nats.ca_file", "nats.certificate_file"}) {
    const auto* const at = in.valid(key);
    if (at == nullptr || !in.has(key)) continue;
    in.report(at->at, key, "is set, and no server of nats.servers is tls://");
  }
}

}  // namespace

void check_nats(reading& in) {
  check_servers(in);
  check_pair(in, "nats.user", "nats.password");
  check_pair(in, "nats.certificate_file", "nats.key_file");
  check_credentials(in);
  check_certificates(in);
}

}  // namespace gatehouse::config
