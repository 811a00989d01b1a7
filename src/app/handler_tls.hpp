#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/net/tls_context.hpp>

#include <memory>

namespace gatehouse::app {

/// What handlers over https are trusted by; null where none is: the system's trust anchors alone
/// take about a megabyte. Throws std::runtime_error when `handlers.ca_file` cannot be read.
std::shared_ptr<const net::tls_context> make_handler_tls(const config::settings& settings);

/// Likewise, if a change of the configuration calls for another one; else null.
std::shared_ptr<const net::tls_context> make_handler_tls(const config::settings& before,
                                                         const config::settings& now);

}  // namespace gatehouse::app
