#include "remote_session.hpp"

#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace gatehouse::app {

console standard_console() {
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  // One thread only; https://no-color.org wants any value but the empty one to count.
  const char* const no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
  const bool is_forbidden = no_color != nullptr && *no_color != '\0';
  return {std::cout, std::cerr, is_terminal, is_terminal && !is_forbidden};
}

int with_daemon(const admin_access& access, const console& on,
                const std::function<int(admin_client&)>& talk) {
  auto found = find_admin(access, config::process_environment());
  for (const auto& problem : found.problems) on.errors << problem << '\n';
  if (!found.target) return bad_configuration;
  try {
    admin_client client{*std::move(found.target)};
    return talk(client);
  } catch (const admin_failure& failure) {
    on.errors << "gatehouse: " << failure.what() << '\n';
    return failed;
  }
}

}  // namespace gatehouse::app
