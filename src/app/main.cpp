#include <gatehouse/app/application.hpp>
#include <gatehouse/app/cli.hpp>
#include <gatehouse/app/dead_letters.hpp>
#include <gatehouse/app/exit_code.hpp>
#include <gatehouse/app/remote.hpp>

#include <exception>
#include <iostream>

namespace {

struct dispatch {
  int operator()(const gatehouse::app::run_command& asked) const {
    return gatehouse::app::run_daemon(asked, std::cerr);
  }
  int operator()(const gatehouse::app::check_command& asked) const {
    return gatehouse::app::check_configuration(asked, std::cout, std::cerr);
  }
  int operator()(const gatehouse::app::dead_letters_command& asked) const {
    return gatehouse::app::run_dead_letters(asked, std::cout, std::cerr);
  }
  int operator()(const gatehouse::app::status_command& asked) const {
    return gatehouse::app::run_status(asked, gatehouse::app::standard_console());
  }
  int operator()(const gatehouse::app::reshard_command& asked) const {
    return gatehouse::app::run_reshard(asked, gatehouse::app::standard_console());
  }
  int operator()(const gatehouse::app::cluster_command& asked) const {
    return gatehouse::app::run_cluster(asked, gatehouse::app::standard_console());
  }
  int operator()(const gatehouse::app::config_command& asked) const {
    return gatehouse::app::run_config(asked, gatehouse::app::standard_console());
  }
  int operator()(const gatehouse::app::health_command& asked) const {
    return gatehouse::app::run_health(asked, gatehouse::app::standard_console());
  }
  int operator()(const gatehouse::app::doctor_command& asked) const {
    return gatehouse::app::run_doctor(asked, gatehouse::app::standard_console());
  }
  int operator()(const gatehouse::app::tail_command& asked) const {
    return gatehouse::app::run_tail(asked, gatehouse::app::standard_console());
  }
  int operator()(const gatehouse::app::leave& asked) const { return asked.code; }
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto command = gatehouse::app::parse_command_line(argc, argv, std::cout, std::cerr);
    return std::visit(dispatch{}, command);
  } catch (const std::exception& error) {
    std::cerr << "gatehouse: " << error.what() << '\n';
    return gatehouse::app::failed;
  }
}
