#include "command_line.hpp"
#include "completions.hpp"
#include "machine_check.hpp"
#include "manual_page.hpp"
#include "mistyped_command.hpp"

#include <gatehouse/app/cli.hpp>
#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/config/documentation.hpp>
#include <gatehouse/config/effective.hpp>
#include <gatehouse/config/loader.hpp>

#include <ostream>

namespace gatehouse::app {

command parse_command_line(int argc, const char* const* argv, std::ostream& out,
                           std::ostream& errors) {
  command_line line;
  if (const auto mistake = find_mistyped_command(line.definition(), {argv, argv + argc});
      !mistake.empty()) {
    errors << "gatehouse: " << mistake << '\n';
    return leave{bad_configuration};
  }
  try {
    line.definition().parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    // Help and version come this way as well, with code 0; a wrong command line is a
    // configuration error.
    const bool is_answered = line.definition().exit(stop, out, errors) == 0;
    return leave{is_answered ? stopped_as_asked : bad_configuration};
  }
  if (line.completions_for().empty()) return line.chosen();
  out << completions(line.definition(), line.completions_for(), line.words());
  return leave{stopped_as_asked};
}

std::string manual_page() {
  command_line line;
  return render_manual(line.definition());
}

int check_configuration(const check_command& asked, std::ostream& out, std::ostream& errors) {
  if (asked.is_schema) {
    out << config::render_schema();
    return stopped_as_asked;
  }
  const auto result = config::load(asked.from, config::process_environment());
  for (const auto& each : result.warnings) errors << each.format() << '\n';
  auto problems = result.problems;
  if (result.config) problems = check_machine(*result.config);
  for (const auto& each : problems) errors << each.format() << '\n';
  if (!problems.empty()) return bad_configuration;
  out << "# " << asked.from.file() << " is valid; it comes to:\n\n"
      << config::effective_toml(result.config->values);
  return stopped_as_asked;
}

}  // namespace gatehouse::app
