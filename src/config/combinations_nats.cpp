#include "combinations.hpp"

#include <gatehouse/address/url.hpp>
#include <gatehouse/config/listen_address.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

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
  if (has_nats_servers(in)) return;
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

void check_pairs(reading& in) {
  const auto& nats = in.values.nats;
  check_pair(in, {"nats.user", !nats.user.empty()}, {"nats.password", !nats.password.empty()});
  check_pair(in, {"nats.certificate_file", !nats.certificate_file.empty()},
             {"nats.key_file", !nats.key_file.empty()});
}

/// The first that is set; empty: none.
std::string_view check_credentials(reading& in) {
  const auto& nats = in.values.nats;
  std::string_view first;
  for (const auto& [key, is_set] :
       {setting{"nats.credentials_file", !nats.credentials_file.empty()},
        setting{"nats.user", !nats.user.empty()}, setting{"nats.token", !nats.token.empty()}}) {
    const bool is_there = is_set || !in.known(key);
    if (is_set && !first.empty()) {
      in.report(in.valid(key)->at, key,
                "is set besides " + std::string(first) +
                    "; only one of nats.credentials_file, nats.user with nats.password, and "
                    "nats.token is allowed");
    }
    if (is_there && first.empty()) first = key;
  }
  return first;
}

void check_places(reading& in, bool has_credentials) {
  const auto* const servers = in.valid("nats.servers");
  const auto& all = in.values.nats.servers;
  const bool has_certificate =
      !in.values.nats.certificate_file.empty() || !in.known("nats.certificate_file");
  if (servers == nullptr || has_credentials || has_certificate) return;
  if (all.size() != servers->elements.size()) return;
  const auto foreign = std::ranges::find_if_not(all, is_loopback);
  if (foreign == all.end()) return;
  in.report(servers->elements[static_cast<std::size_t>(foreign - all.begin())], "nats.servers",
            "is not a loopback address, and there are no credentials; allowed: set "
            "nats.credentials_file, nats.user with nats.password, nats.token or "
            "nats.certificate_file, or a server on 127.0.0.1, [::1] or localhost");
}

void check_certificates(reading& in) {
  const auto& nats = in.values.nats;
  if (!in.known("nats.servers") || std::ranges::any_of(nats.servers, is_tls)) return;
  for (const auto& [key, is_set] :
       {setting{"nats.ca_file", !nats.ca_file.empty()},
        setting{"nats.certificate_file", !nats.certificate_file.empty()}}) {
    const auto* const at = in.valid(key);
    if (at == nullptr || !is_set) continue;
    in.report(at->at, key, "is set, and no server of nats.servers is tls://");
  }
}

}  // namespace

bool has_nats_servers(const reading& in) {
  const bool are_empty = in.valid("nats.servers") != nullptr && in.values.nats.servers.empty();
  return in.has("nats.servers") && !are_empty;
}

void check_nats(reading& in) {
  check_servers(in);
  check_pairs(in);
  check_places(in, !check_credentials(in).empty());
  check_certificates(in);
}

}  // namespace gatehouse::config
