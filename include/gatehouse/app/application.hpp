#pragma once

#include <iosfwd>

#include <gatehouse/app/cli.hpp>

namespace gatehouse::app {

/// The daemon from configuration to exit. Returns the exit code.
int run_daemon(const run_command& asked, std::ostream& errors);

}  // namespace gatehouse::app
