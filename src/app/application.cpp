#include "daemon.hpp"
#include "machine_check.hpp"

#include <gatehouse/app/application.hpp>
#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/config/loader.hpp>

#include <csignal>
#include <cstdlib>
#include <malloc.h>
#include <ostream>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>

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

/// Memory holds the token, secrets and users' messages: no core dump of it is written, and no other
/// process of the same user may look into it, unless an operator asks for that to find a bug.
void keep_memory_private() {
#ifndef __SANITIZE_ADDRESS__  // whose search for leaks looks into its own process in that way
  // There are no other threads yet.
  const char* const wanted = ::getenv("GATEHOUSE_CORE_DUMPS");  // NOLINT(concurrency-mt-unsafe)
  if (wanted != nullptr && std::string_view{wanted} == "1") return;
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/// A connection takes one, and the limit that a shell or a container hands down, often 1,024, is
/// there for programs that use select(). What the administrator has set is the hard limit.
void use_all_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int run_daemon(const run_command& asked, std::ostream& errors) {
  keep_memory_private();
  // From here on they wait until the daemon listens for them.
  mask_reload_signals(SIG_BLOCK);
  use_all_descriptors();
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
