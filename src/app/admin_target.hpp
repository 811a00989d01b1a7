#pragma once

#include <gatehouse/app/cli.hpp>
#include <gatehouse/config/loader.hpp>
#include <gatehouse/config/secret.hpp>
#include <gatehouse/net/url.hpp>

#include <optional>
#include <string>
#include <vector>

namespace gatehouse::app {

/// A daemon's admin port, and what it takes to be let in.
struct admin_target {
  net::url origin;
  config::secret authorization;
  std::string pinned_certificate_file{};  ///< the daemon's own, from its configuration
  std::string ca_file{};
};

struct target_result {
  std::optional<admin_target> target;
  std::vector<std::string> problems;  ///< if there is none: lines for the user
};

/// Reads the configuration, unless a URL is given, and the file of the secret. The first of these
/// is the secret: `authorization_file`, GATEHOUSE_ADMIN_AUTHORIZATION, the configuration's.
target_result find_admin(const admin_access& access, const config::environment& env);

}  // namespace gatehouse::app
