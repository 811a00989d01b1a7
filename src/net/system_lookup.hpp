#pragma once

#include <gatehouse/net/resolver.hpp>

#include <string>

namespace gatehouse::net {

/// Asks the system: hosts file, name servers, whatever nsswitch.conf says. Blocks, at times for
/// long.
resolved system_lookup(const std::string& host);

}  // namespace gatehouse::net
