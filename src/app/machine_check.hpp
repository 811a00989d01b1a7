#pragma once

#include <gatehouse/config/loader.hpp>

#include <filesystem>
#include <system_error>
#include <vector>

/// What a configuration names on this machine, opened as the daemon would open it. Nothing is made
/// or changed. Blocking.
namespace gatehouse::app {

/// Trust anchors, the admin port's certificate, the log's file: without them no daemon starts.
[[nodiscard]] std::vector<config::problem> check_files(const config::loaded& config);

/// Beyond them `state.dir`, without which a daemon runs in memory alone, and the libraries of
/// `controllers.libraries`, which are loaded.
[[nodiscard]] std::vector<config::problem> check_machine(const config::loaded& config);

/// The folder itself, or the nearest one above it in which it would be made. With an error: where
/// it was met.
[[nodiscard]] std::filesystem::path find_folder(const std::filesystem::path& wanted,
                                                std::error_code& error);

}  // namespace gatehouse::app
