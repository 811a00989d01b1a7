#include "admin_target.hpp"

#include <gatehouse/config/listen_address.hpp>

#include <fstream>
#include <iterator>
#include <utility>

namespace gatehouse::app {
namespace {

constexpr auto secret_variable = "GATEHOUSE_ADMIN_AUTHORIZATION";

target_result failure(std::string problem) {
  return {std::nullopt, {std::move(problem)}};
}

/// The secret that is given beside the configuration; false: its file cannot be read.
bool read_secret(const admin_access& access, const config::environment& env,
                 std::optional<config::secret>& into) {
  if (access.authorization_file.empty()) {
    if (auto given = env(secret_variable)) into.emplace(*std::move(given));
    return true;
  }
  std::ifstream file(access.authorization_file);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return false;
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  into.emplace(std::move(text));
  return true;
}

/// What listens on every address is reached on this machine's own.
std::string reachable(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

target_result from_url(const admin_access& access) {
  if (access.url.find("://") == std::string::npos) {
    return failure("--admin wants a URL: http://" + access.url);
  }
  auto url = net::parse_url(access.url);
  if (!url) return failure("--admin " + url.error().problem);
  if (url->scheme != net::url_scheme::http && url->scheme != net::url_scheme::https &&
      url->scheme != net::url_scheme::http_unix) {
    return failure("--admin must be a http or https URL");
  }
  return {admin_target{*std::move(url), {}, {}, access.ca_file}, {}};
}

target_result from_configuration(const admin_access& access, const config::environment& env,
                                 bool has_secret) {
  auto loaded = config::load_admin(access.from, env);
  target_result result;
  for (const auto& problem : loaded.problems) {
    if (!has_secret || problem.key != "admin.authorization") {
      result.problems.push_back(problem.format());
    }
  }
  if (!result.problems.empty()) return result;
  const auto& admin = loaded.values;
  const auto address = config::parse_listen_address(admin.listen);
  if (!address) return failure(access.from.file() + ": admin.listen: the admin port is off");
  if (address->port == 0) {
    return failure(access.from.file() +
                   ": admin.listen: the system has chosen the port; name it with --admin URL");
  }
  const bool is_tls = !admin.certificate_file.empty();
  const net::url origin{is_tls ? net::url_scheme::https : net::url_scheme::http,
                        reachable(address->host), address->port, "/"};
  result.target = admin_target{origin, admin.authorization, admin.certificate_file, access.ca_file};
  return result;
}

}  // namespace

target_result find_admin(const admin_access& access, const config::environment& env) {
  std::optional<config::secret> given;
  if (!read_secret(access, env, given)) {
    return failure("--authorization-file: cannot read " + access.authorization_file);
  }
  auto result =
      access.url.empty() ? from_configuration(access, env, given.has_value()) : from_url(access);
  if (result.target && given) result.target->authorization = *std::move(given);
  return result;
}

}  // namespace gatehouse::app
