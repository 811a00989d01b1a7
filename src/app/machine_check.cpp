#include "machine_check.hpp"

#include <gatehouse/admin/admin_server.hpp>
#include <gatehouse/cluster/placement.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/net/tls_context.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <system_error>
#include <unistd.h>

namespace gatehouse::app {
namespace {

using problems = std::vector<config::problem>;
using std::filesystem::path;

std::string last_error() {
  return std::generic_category().message(errno);
}

/// What `open` throws is the key's problem.
void try_to(problems& found, const config::loaded& config, std::string_view key,
            const std::function<void()>& open) {
  try {
    open();
  } catch (const std::runtime_error& failure) {
    found.push_back(config.problem_at(key, failure.what()));
  }
}

void check_trust(problems& found, const config::loaded& config, std::string_view key,
                 const std::string& file) {
  if (file.empty()) return;
  try_to(found, config, key, [&] { const net::tls_context tried{file}; });
}

/// It names its key.
void add_named(problems& found, const config::loaded& config, const std::string& text) {
  const auto end = text.find(": ");
  found.push_back(config.problem_at(text.substr(0, end), text.substr(end + 2)));
}

void check_handler_certificate(problems& found, const config::loaded& config) {
  const auto& handlers = config.values.handlers;
  try {
    const net::tls_context tried{
        "", net::client_identity{handlers.certificate_file, handlers.key_file}};
  } catch (const std::runtime_error& failure) {
    add_named(found, config, failure.what());
  }
}

void check_admin_certificate(problems& found, const config::loaded& config) {
  const auto& admin = config.values.admin;
  if (admin.certificate_file.empty()) return;
  try {
    admin::check_certificate(admin.certificate_file, admin.key_file);
  } catch (const std::runtime_error& failure) {
    add_named(found, config, failure.what());
  }
}

/// Whether a file of this name can be written, or made.
std::string writing_problem(const path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return "is a folder; allowed: a file";
  if (std::filesystem::exists(file, ignored)) {
    return ::access(file.c_str(), W_OK) == 0 ? "" : "cannot be written: " + last_error();
  }
  const path folder = file.has_parent_path() ? file.parent_path() : path{"."};
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
  return "cannot be made in " + folder.string() + ": " + last_error();
}

std::string folder_problem(const path& wanted) {
  std::error_code error;
  const path folder = find_folder(wanted, error);
  if (error) return "cannot be used: " + folder.string() + ": " + error.message();
  if (!std::filesystem::is_directory(folder, error)) {
    return "cannot be used: " + folder.string() + " is no folder";
  }
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) == 0) return {};
  return "cannot be used by this user: " + folder.string() + ": " + last_error();
}

void add(problems& found, const config::loaded& config, std::string_view key, std::string text) {
  if (!text.empty()) found.push_back(config.problem_at(key, std::move(text)));
}

}  // namespace

path find_folder(const path& wanted, std::error_code& error) {
  path folder = std::filesystem::absolute(wanted).lexically_normal();
  while (!std::filesystem::exists(folder, error) && folder.has_relative_path()) {
    if (error && error != std::errc::no_such_file_or_directory) return folder;
    folder = folder.parent_path();
  }
  error.clear();
  return folder;
}

std::vector<config::problem> check_files(const config::loaded& config) {
  const auto& values = config.values;
  problems found;
  check_trust(found, config, "discord.ca_file", values.discord.ca_file);
  check_trust(found, config, "handlers.ca_file", values.handlers.ca_file);
  check_handler_certificate(found, config);
  check_admin_certificate(found, config);
  if (!values.log.file.empty()) {
    add(found, config, "log.file", writing_problem(values.log.file));
  }
  return found;
}

std::vector<config::problem> check_machine(const config::loaded& config) {
  const auto& values = config.values;
  auto found = check_files(config);
  add(found, config, "state.dir", folder_problem(values.state.dir));
  try_to(found, config, "controllers.libraries", [&] {
    const auto silent =
        std::make_shared<spdlog::logger>("check", std::make_shared<spdlog::sinks::null_sink_mt>());
    const controllers::decision_points tried{cluster::own_decisions(values.gateway), silent,
                                             values.controller_libraries};
  });
  return found;
}

}  // namespace gatehouse::app
