#include "daemon.hpp"

#include <gatehouse/app/application.hpp>
#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/config/loader.hpp>

#include <ostream>
#include <stdexcept>

namespace gatehouse::app {

int run_daemon(const run_command& asked, std::ostream& errors) {
  auto result = config::load_file(asked.config_path, config::process_environment());
  for (const auto& problem : result.problems) errors << problem.format() << '\n';
  if (!result.config) return bad_configuration;
  daemon running{asked.config_path, *result.config};
  return running.run();
}

}  // namespace gatehouse::app
