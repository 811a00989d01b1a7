#include "handler_tls.hpp"

#include <gatehouse/delivery/routing.hpp>

#include <algorithm>

namespace gatehouse::app {
namespace {

bool is_needed(const config::settings& settings) {
  if (!settings.handlers.ca_file.empty()) return true;
  const delivery::routing routes{settings.handlers, settings.events.routes};
  return std::any_of(routes.urls().begin(), routes.urls().end(),
                     [](const auto& url) { return url.is_tls(); });
}

}  // namespace

std::shared_ptr<const net::tls_context> make_handler_tls(const config::settings& settings) {
  if (!is_needed(settings)) return nullptr;
  return std::make_shared<const net::tls_context>(settings.handlers.ca_file);
}

std::shared_ptr<const net::tls_context> make_handler_tls(const config::settings& before,
                                                         const config::settings& now) {
  const bool is_same = before.handlers.ca_file == now.handlers.ca_file;
  return is_same && is_needed(before) ? nullptr : make_handler_tls(now);
}

}  // namespace gatehouse::app
