#include "command_line.hpp"
#include "completions.hpp"
#include "manual_page.hpp"

#include <gatehouse/app/cli.hpp>
#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/config/effective.hpp>
#include <gatehouse/config/loader.hpp>

#include <ostream>

namespace gatehouse::app {

command parse_command_line(int argc, const char* const* argv, std::ostream& out,
                           std::ostream& errors) {
  command_line line;
  try {
    line.definition().parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    // Help and version come this way as well, with code 0; a wrong command line is a
    // configuration error.
    const bool is_answered = line.definition().exit(stop, out, errors) == 0;
    return leave{is_answered ? stopped_as_asked : bad_configuration};
  }
  if (line.completions_for().empty()) return line.chosen();
  out << completions(line.definition(), line.completions_for());
  return leave{stopped_as_asked};
}

std::string manual_page() {
  command_line line;
  return render_manual(line.definition());
}

int check_configuration(const check_command& asked, std::ostream& out, std::ostream& errors) {
  const auto result = config::load_file(asked.config_path, config::process_environment());
  for (const auto& problem : result.problems) errors << problem.format() << '\n';
  if (!result.config) return bad_configuration;
  out << config::effective_toml(result.config->values);
  return stopped_as_asked;
}

}  // namespace gatehouse::app
