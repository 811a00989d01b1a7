#include "version.hpp"

#include <gatehouse/app/cli.hpp>
#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/config/effective.hpp>
#include <gatehouse/config/loader.hpp>

#include <CLI/CLI.hpp>

#include <filesystem>
#include <ostream>

namespace gatehouse::app {
namespace {

std::string find_config() {
  for (const char* path : config_paths) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return path;
  }
  return config_paths[0];
}

/// Returns the subcommand that decides between list and replay.
const CLI::App* add_dead_letters(CLI::App& app, dead_letters_command& into,
                                 std::string& config_path, const std::string& where) {
  auto* const both = app.add_subcommand(
      "dead-letters",
      "The events that handlers have refused, as they lie in state.dir; the daemon "
      "may run or not");
  both->require_subcommand(1);
  auto* const list = both->add_subcommand("list", "Print them, without their payloads");
  auto* const replay = both->add_subcommand(
      "replay", "Send them again, in order, to the handlers that the configuration names now");
  for (auto* const each : {list, replay}) {
    each->add_option("-c,--config", config_path, where);
    each->add_flag("--json", into.is_json, "Print JSON");
  }
  return replay;
}

}  // namespace

command parse_command_line(int argc, const char* const* argv, std::ostream& out,
                           std::ostream& errors) {
  CLI::App app{"Gatehouse, a standalone Discord gateway proxy"};
  app.name("gatehouse");
  app.set_version_flag("--version", std::string{"gatehouse "} + version);
  app.require_subcommand(1);

  std::string config_path;
  const std::string where =
      "Configuration file; default: " + std::string{config_paths[0]} + ", then " + config_paths[1];
  auto* const run = app.add_subcommand("run", "Run the daemon");
  run->add_option("-c,--config", config_path, where);
  auto* const check = app.add_subcommand(
      "check", "Validate the configuration and print what it comes to, secrets hidden");
  check->add_option("-c,--config", config_path, where);
  dead_letters_command letters;
  const auto* const replay = add_dead_letters(app, letters, config_path, where);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    // Help and version come this way as well, with code 0; a wrong command line is a
    // configuration error.
    return leave{app.exit(stop, out, errors) == 0 ? stopped_as_asked : bad_configuration};
  }
  if (config_path.empty()) config_path = find_config();
  if (run->parsed()) return run_command{config_path};
  if (check->parsed()) return check_command{config_path};
  letters.what =
      replay->parsed() ? dead_letters_command::action::replay : dead_letters_command::action::list;
  letters.config_path = config_path;
  return letters;
}

int check_configuration(const check_command& asked, std::ostream& out, std::ostream& errors) {
  const auto result = config::load_file(asked.config_path, config::process_environment());
  for (const auto& problem : result.problems) errors << problem.format() << '\n';
  if (!result.config) return bad_configuration;
  out << config::effective_toml(result.config->values);
  for (const auto& key : config::not_in_effect(result.config->keys_set)) {
    errors << asked.config_path << ": " << key
           << ": accepted, but without effect in this version\n";
  }
  return stopped_as_asked;
}

}  // namespace gatehouse::app
