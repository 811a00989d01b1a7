#include "daemon.hpp"

#include <gatehouse/app/application.hpp>
#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/config/loader.hpp>

#include <malloc.h>
#include <ostream>
#include <stdexcept>

namespace gatehouse::app {

namespace {

/// Events of some 100 kB (GUILD_CREATE) come and go by the thousand. As glibc has it by default
/// each of their buffers would be mapped, touched page by page, and given back.
void keep_large_blocks() {
  constexpr int kept_bytes = 4 << 20;  // a thread, at most
  ::mallopt(M_MMAP_THRESHOLD, kept_bytes);
  ::mallopt(M_TRIM_THRESHOLD, kept_bytes);
}

}  // namespace

int run_daemon(const run_command& asked, std::ostream& errors) {
  auto result = config::load_file(asked.config_path, config::process_environment());
  for (const auto& problem : result.problems) errors << problem.format() << '\n';
  if (!result.config) return bad_configuration;
  keep_large_blocks();
  daemon running{asked.config_path, *result.config};
  return running.run();
}

}  // namespace gatehouse::app
