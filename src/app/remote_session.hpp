#pragma once

#include "admin_client.hpp"

#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/app/remote.hpp>

#include <functional>
#include <ostream>

namespace gatehouse::app {

/// Finds the daemon and runs `talk`; what goes wrong is told on `on.errors` and becomes the exit
/// code.
int with_daemon(const admin_access& access, const console& on,
                const std::function<int(admin_client&)>& talk);

}  // namespace gatehouse::app
