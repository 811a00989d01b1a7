#pragma once

#include "tls_identity.hpp"
#include "waiting_clients.hpp"

#include <gatehouse/admin/admin_server.hpp>
#include <gatehouse/admin/router.hpp>
#include <gatehouse/config/secret.hpp>
#include <gatehouse/telemetry/logging.hpp>
#include <gatehouse/telemetry/repeat_limit.hpp>

#include <memory>
#include <string>

namespace gatehouse::admin {

/// What the connections of a server have in common. Admin thread only.
struct service {
  router routes;
  admin_limits limits;
  config::secret authorization;
  std::string listen_host;  ///< as configured
  telemetry::logger log;
  std::shared_ptr<tls_identity> identity;  ///< null: plain HTTP
  waiting_clients waiting{};
  telemetry::repeat_limit refusals{};  ///< of lines about them
  bool is_crowded = false;             ///< clients wait for a place
};

}  // namespace gatehouse::admin
