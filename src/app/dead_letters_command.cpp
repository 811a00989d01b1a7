#include "dead_letters_replay.hpp"

#include <gatehouse/app/dead_letters.hpp>
#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/config/loader.hpp>

#include <filesystem>
#include <ostream>

namespace gatehouse::app {
namespace {

int list(const dead_letters_command& asked, const config::settings& settings, std::ostream& out,
         std::ostream& errors) {
  const auto listing = storage::read_dead_letters(settings.state.dir);
  if (asked.is_json) {
    out << letters_as_json(listing) << '\n';
  } else if (listing.letters.empty()) {
    out << "no dead letters\n";
  } else {
    out << letters_as_table(listing);
  }
  if (listing.unreadable > 0) {
    errors << listing.unreadable << " unreadable lines in " << settings.state.dir << '\n';
  }
  return stopped_as_asked;
}

int replay(const dead_letters_command& asked, const config::settings& settings, std::ostream& out,
           std::ostream& errors) {
  const auto result = replay_dead_letters(settings);
  out << (asked.is_json ? result_as_json(result) : result_as_text(result)) << '\n';
  if (result.stopped.empty()) return stopped_as_asked;
  errors << "stopped: " << result.stopped << '\n';
  return failed;
}

}  // namespace

int run_dead_letters(const dead_letters_command& asked, std::ostream& out, std::ostream& errors) {
  const auto loaded = config::load_file(asked.config_path, config::process_environment());
  for (const auto& problem : loaded.problems) errors << problem.format() << '\n';
  if (!loaded.config) return bad_configuration;
  const auto& settings = loaded.config->values;
  std::error_code unknown;
  if (!std::filesystem::is_directory(settings.state.dir, unknown)) {
    // Most likely a relative path, and not the daemon's working directory.
    errors << "state.dir: there is no folder "
           << std::filesystem::absolute(settings.state.dir).lexically_normal().string() << '\n';
    return failed;
  }
  return asked.what == dead_letters_command::action::list ? list(asked, settings, out, errors)
                                                          : replay(asked, settings, out, errors);
}

}  // namespace gatehouse::app
