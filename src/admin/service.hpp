#pragma once

#include <gatehouse/admin/admin_server.hpp>
#include <gatehouse/admin/router.hpp>
#include <gatehouse/config/secret.hpp>
#include <gatehouse/telemetry/logging.hpp>

namespace gatehouse::admin {

/// What the connections of a server have in common. Admin thread only.
struct service {
  router routes;
  admin_limits limits;
  config::secret authorization;
  telemetry::logger log;
};

}  // namespace gatehouse::admin
