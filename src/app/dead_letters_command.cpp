#include "dead_letters_replay.hpp"

#include <gatehouse/app/dead_letters.hpp>
#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/config/loader.hpp>
#include <gatehouse/runtime/wall_clock.hpp>
#include <gatehouse/storage/dead_letter_replay.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <grp.h>
#include <ostream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse::app {
namespace {

using action = dead_letters_command::action;

/// What lies in the folder was put there by its owner, or by whoever has broken into the daemon:
/// root follows nothing there, and makes nothing that the daemon could not remove.
void become_owner_of(const std::filesystem::path& folder) {
  struct stat facts {};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &facts) != 0 || facts.st_uid == 0) return;
  if (::setgroups(0, nullptr) == 0 && ::setgid(facts.st_gid) == 0 && ::setuid(facts.st_uid) == 0) {
    return;
  }
  throw std::system_error(errno, std::generic_category(),
                          "cannot become the owner of " + folder.string());
}

letter_filter filter_of(const dead_letters_command& asked) {
  return [asked, now = runtime::unix_ms_now()](const storage::dead_letter& letter) {
    const std::chrono::milliseconds age{now - letter.unix_ms};
    const auto& names = asked.events;
    return (names.empty() || std::find(names.begin(), names.end(), letter.type) != names.end()) &&
           (!asked.older_than || age >= *asked.older_than) &&
           (!asked.newer_than || age < *asked.newer_than);
  };
}

int list(const dead_letters_command& asked, const std::filesystem::path& folder, std::ostream& out,
         std::ostream& errors) {
  const auto listing = storage::read_dead_letters(folder, filter_of(asked));
  if (asked.is_json) {
    out << letters_as_json(listing) << '\n';
  } else if (listing.letters.empty()) {
    out << "no dead letters\n";
  } else {
    out << letters_as_table(listing);
  }
  if (listing.unreadable > 0) {
    errors << listing.unreadable << " unreadable lines in " << folder.string() << '\n';
  }
  return stopped_as_asked;
}

int show(const dead_letters_command& asked, const std::filesystem::path& folder, std::ostream& out,
         std::ostream& errors) {
  const auto found = storage::read_dead_letters(
      folder, [&](const storage::dead_letter& each) { return each.event_id == asked.event_id; });
  for (const auto& each : found.letters) {
    out << (asked.is_json ? storage::to_line(each) + '\n' : letter_as_text(each));
  }
  if (!found.letters.empty()) return stopped_as_asked;
  errors << "there is no dead letter of this id\n";
  return failed;
}

int purge(const dead_letters_command& asked, const std::filesystem::path& folder,
          std::ostream& out) {
  const auto is_wanted = filter_of(asked);
  storage::dead_letter_replay letters{folder};
  std::size_t removed = 0;
  while (const auto letter = letters.next()) {
    if (!is_wanted(*letter)) continue;
    letters.done();
    ++removed;
  }
  if (asked.is_json) {
    out << "{\"removed\":" << removed << "}\n";
  } else {
    out << removed << " removed\n";
  }
  return stopped_as_asked;
}

int replay(const dead_letters_command& asked, const std::filesystem::path& folder,
           letter_sender& sender, std::ostream& out, std::ostream& errors) {
  const auto result = replay_dead_letters(folder, sender, filter_of(asked));
  out << (asked.is_json ? result_as_json(result) : result_as_text(result)) << '\n';
  if (!result.stopped.empty()) errors << "stopped: " << result.stopped << '\n';
  const bool is_in_vain = result.refused > 0 && result.accepted == 0;
  return result.stopped.empty() && !is_in_vain ? stopped_as_asked : failed;
}

}  // namespace

int run_dead_letters(const dead_letters_command& asked, std::ostream& out, std::ostream& errors) {
  const auto loaded = config::load(asked.from, config::process_environment());
  for (const auto& problem : loaded.problems) errors << problem.format() << '\n';
  if (!loaded.config) return bad_configuration;
  const std::filesystem::path folder = loaded.config->values.state.dir;
  std::error_code unknown;
  if (!std::filesystem::is_directory(folder, unknown)) {
    // Most likely a relative path, and not the daemon's working directory.
    errors << "state.dir: there is no folder "
           << std::filesystem::absolute(folder).lexically_normal().string() << '\n';
    return failed;
  }
  // It reads certificates.
  std::optional<letter_sender> sender;
  if (asked.what == action::replay) sender.emplace(loaded.config->values);
  become_owner_of(folder);
  switch (asked.what) {
    case action::list:
      return list(asked, folder, out, errors);
    case action::show:
      return show(asked, folder, out, errors);
    case action::purge:
      return purge(asked, folder, out);
    case action::replay:
      return replay(asked, folder, *sender, out, errors);
  }
  return failed;
}

}  // namespace gatehouse::app
