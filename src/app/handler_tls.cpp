#include "handler_tls.hpp"

#include <gatehouse/delivery/routing.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace gatehouse::app {
namespace {

bool is_needed(const config::settings& settings) {
  if (!settings.handlers.ca_file.empty() || !settings.handlers.certificate_file.empty())
    return true;
  const delivery::routing routes{settings.handlers, settings.events.routes};
  return std::any_of(routes.urls().begin(), routes.urls().end(),
                     [](const auto& url) { return url.is_tls(); });
}

net::client_identity identity_of(const config::settings& settings) {
  return {settings.handlers.certificate_file, settings.handlers.key_file};
}

}  // namespace

std::shared_ptr<const net::tls_context> make_handler_tls(const config::settings& settings) {
  if (!is_needed(settings)) return nullptr;
  const auto& ca_file = settings.handlers.ca_file;
  try {
    return std::make_shared<const net::tls_context>(ca_file, identity_of(settings));
  } catch (const std::runtime_error& failure) {
    const std::string text = failure.what();
    if (text.starts_with("handlers.")) throw;
    throw std::runtime_error("handlers.ca_file: " + text);
  }
}

std::shared_ptr<const net::tls_context> renew_handler_tls(const net::tls_context* running,
                                                          const config::settings& before,
                                                          const config::settings& now) {
  const bool is_same = running != nullptr && before.handlers.ca_file == now.handlers.ca_file &&
                       running->shows(identity_of(now));
  return is_same ? nullptr : make_handler_tls(now);
}

}  // namespace gatehouse::app
