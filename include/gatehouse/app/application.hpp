#pragma once

#include <gatehouse/app/cli.hpp>

#include <iosfwd>

namespace gatehouse::app {

/// The daemon from configuration to exit. Returns the exit code.
int run_daemon(const run_command& asked, std::ostream& errors);

}  // namespace gatehouse::app
