#include "daemon.hpp"
#include "machine_check.hpp"

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
  // There are no other threads yet.
  ::mallopt(M_MMAP_THRESHOLD, kept_bytes);  // NOLINT(concurrency-mt-unsafe)
  ::mallopt(M_TRIM_THRESHOLD, kept_bytes);  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace

int run_daemon(const run_command& asked, std::ostream& errors) {
  auto result = config::load(asked.from, config::process_environment());
  for (const auto& each : result.warnings) errors << each.format() << '\n';
  auto problems = result.problems;
  // A file that is missing will be missing again: better to stay down than to restart for ever.
  if (result.config) problems = check_files(*result.config);
  for (const auto& each : problems) errors << each.format() << '\n';
  if (!problems.empty()) return bad_configuration;
  keep_large_blocks();
  daemon running{asked.from, *result.config};
  return running.run();
}

}  // namespace gatehouse::app
