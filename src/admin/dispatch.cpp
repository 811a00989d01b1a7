#include "dispatch.hpp"

#include <gatehouse/telemetry/log_fields.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>
#include <spdlog/logger.h>

#include <exception>
#include <string>
#include <utility>
#include <variant>

namespace gatehouse::admin {
namespace {

using boost::asio::awaitable;

bool is_open(const route_result& found) {
  if (const auto* match = std::get_if<route_match>(&found)) {
    return match->row->needs == access::open;
  }
  const auto* other = std::get_if<method_not_allowed>(&found);
  return other != nullptr && other->needs == access::open;
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

/// Whether the Host header names this server in a way that only its own users do: by an address, as
/// localhost, or by the name it listens on. A web page whose name resolves to this machine (DNS
/// rebinding) has the browser send that name instead.
bool is_own_host(std::optional<std::string_view> host, std::string_view listen_host) {
  if (!host) return false;
  const auto name = without_port(*host);
  if (boost::beast::iequals(name, "localhost")) return true;
  if (!name.empty() && boost::beast::iequals(name, listen_host)) return true;
  boost::system::error_code is_no_address;
  boost::asio::ip::make_address(std::string{name}, is_no_address);
  return !is_no_address;
}

/// A web page elsewhere may make its visitor's browser send requests here, but not hide where they
/// come from (Fetch standard, Origin header).
bool is_cross_origin(const incoming& from) {
  if (!from.origin || from.method == "GET" || from.method == "HEAD") return false;
  const auto scheme_end = from.origin->find("://");
  return scheme_end == std::string_view::npos ||
         from.origin->substr(scheme_end + 3) != from.host.value_or("");
}

void tell_kept_back(service& with, std::uint64_t more, std::string_view when) {
  telemetry::write_line(*with.log, config::log_level::warn, {{telemetry::log_field::count, more}},
                        "refused requests: … and {} more {}", more, when);
}

/// Whoever guesses, or asks in a loop, does not fill the log.
void tell_refused(service& with, const incoming& from, std::string_view path,
                  std::string_view why) {
  if (!with.refusals.admit(runtime::clock::now())) return;
  telemetry::write_line(
      *with.log, config::log_level::warn,
      {{telemetry::log_field::method, from.method}, {telemetry::log_field::path, path}},
      "refused {} {}: {}", from.method, path, why);
}

request request_for(route_match& match, const incoming& from, bool authorized) {
  const auto path_end = from.target.find('?');
  request asked;
  asked.method = match.row->method;
  asked.path = from.target.substr(0, path_end);
  if (path_end != std::string_view::npos) asked.query = from.target.substr(path_end + 1);
  asked.parameters = std::move(match.parameters);
  asked.body = from.body;
  asked.authorized = authorized;
  return asked;
}

awaitable<answer> run(const route_match& match, const request& asked, const service& with) {
  try {
    response reply = co_await match.row->answer(asked);
    co_return answer{std::move(reply), {}};
  } catch (const std::exception& error) {
    with.log->error("{} {}: {}", asked.method, asked.path, error.what());
    co_return answer{error_response(500, "internal error, see the log"), {}};
  }
}

}  // namespace

awaitable<answer> dispatch(incoming from, service& with) {
  if (const auto more = with.refusals.take_due(runtime::clock::now())) {
    tell_kept_back(with, more, fmt::format("in {} s", telemetry::repeat_limit::window.count()));
  }
  const auto path = from.target.substr(0, from.target.find('?'));
  // A secret is what a web page does not have, whatever name it was loaded from.
  if (with.authorization.empty() && !is_own_host(from.host, with.listen_host)) {
    tell_refused(with, from, path,
                 "the Host header is neither an address nor localhost nor the name in "
                 "admin.listen, and no admin.authorization is set");
    co_return answer{
        error_response(421,
                       "Host must be an IP address, localhost or the name in admin.listen, "
                       "unless admin.authorization is set")};
  }
  const bool authorized = with.authorization.empty() ||
                          (from.authorization && with.authorization.equals(*from.authorization));
  auto found = with.routes.find(from.method, path);
  if (!authorized && !is_open(found)) {
    tell_refused(with, from, path, "no or wrong Authorization header");
    auto refusal = error_response(401, "no or wrong Authorization header");
    // RFC 9110, section 11.6.1. No browser asks its user because of this scheme.
    refusal.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"gatehouse\"");
    co_return answer{std::move(refusal)};
  }
  if (is_cross_origin(from)) {
    tell_refused(with, from, path,
                 fmt::format("from a web page of {}", from.origin.value_or("nowhere")));
    co_return answer{error_response(403, "not from a web page of another origin"), {}};
  }
  if (std::holds_alternative<not_found>(found)) {
    co_return answer{error_response(404, "no such route"), {}};
  }
  if (auto* other = std::get_if<method_not_allowed>(&found)) {
    co_return answer{error_response(405, "only " + other->allow), std::move(other->allow)};
  }

  auto& match = std::get<route_match>(found);
  const request asked = request_for(match, from, authorized);
  answer reply = co_await run(match, asked, with);
  // An open route may refuse by itself. That browsers ask for the page before anybody has given the
  // secret is nothing to tell.
  if (!authorized && reply.message.status == 401 && from.method != "GET") {
    tell_refused(with, from, path, "no or wrong Authorization header");
  }
  with.log->debug("{} {}: {}", from.method, path, reply.message.status);
  co_return reply;
}

void tell_last_refusals(service& with) {
  if (const auto more = with.refusals.take_all()) tell_kept_back(with, more, "before the stop");
}

}  // namespace gatehouse::admin
