#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/net/tls_context.hpp>

#include <memory>

namespace gatehouse::app {

/// What handlers over https are trusted by, and what they are shown; null where there is none: the
/// system's trust anchors alone take about a megabyte. Throws std::runtime_error, whose text begins
/// with the key that is at fault.
std::shared_ptr<const net::tls_context> make_handler_tls(const config::settings& settings);

/// Likewise, if a change of the configuration, or of the certificate in its file, calls for another
/// one than `running`, which may be null; else null.
std::shared_ptr<const net::tls_context> renew_handler_tls(const net::tls_context* running,
                                                          const config::settings& before,
                                                          const config::settings& now);

}  // namespace gatehouse::app
