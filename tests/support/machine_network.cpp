#include "machine_network.hpp"

#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

namespace gatehouse::test {
namespace {

bool run(const std::string& command) {
  return std::system(("ip " + command + " >/dev/null 2>&1").c_str()) == 0;
}

void must_run(const std::string& command) {
  if (!run(command)) throw std::runtime_error("failed: ip " + command);
}

}  // namespace

bool machine_network::is_possible() {
  if (::geteuid() != 0) return false;
  const std::string name = "gh-try-" + std::to_string(::getpid());
  return run("netns add " + name) && run("netns delete " + name);
}

machine_network::machine_network(std::size_t machines) : machines_(machines) {
  // 198.18.0.0/15 is kept for tests of networks (RFC 2544). Making the bridge takes the number.
  for (int tried = 0; tried < 250 && number_.empty(); ++tried) {
    const std::string candidate = std::to_string((::getpid() + tried) % 250);
    if (run("link add gho" + candidate + " type bridge")) number_ = candidate;
  }
  if (number_.empty()) throw std::runtime_error("no bridge can be made");
  outside_ = "198.18." + number_;
  inside_ = "198.19." + number_;
  try {
    must_run("address add " + own_address() + "/24 dev " + bridge(line::outside));
    must_run("link set " + bridge(line::outside) + " up");
    must_run("link add " + bridge(line::inside) + " type bridge");
    must_run("link set " + bridge(line::inside) + " up");
    for (std::size_t machine = 0; machine < machines_; ++machine) add_machine(machine);
  } catch (...) {
    remove();
    throw;
  }
}

machine_network::~machine_network() {
  remove();
}

void machine_network::add_machine(std::size_t machine) const {
  must_run("netns add " + name(machine));
  const std::string within = "-n " + name(machine) + ' ';
  must_run(within + "link set lo up");
  for (const auto which : {line::outside, line::inside}) {
    const std::string here = cable(machine, which);
    const std::string there = which == line::outside ? "outside" : "inside";
    must_run("link add " + here + " type veth peer name " + there + " netns " + name(machine));
    must_run("link set " + here + " master " + bridge(which) + " up");
    must_run(within + "address add " + address(machine, which) + "/24 dev " + there);
    must_run(within + "link set " + there + " up");
  }
}

/// A namespace whose processes live goes with the last of them; its cables go at once.
void machine_network::remove() const {
  for (std::size_t machine = 0; machine < machines_; ++machine) {
    for (const auto which : {line::outside, line::inside}) {
      run("link delete " + cable(machine, which));
    }
    run("netns delete " + name(machine));
  }
  for (const auto which : {line::outside, line::inside}) run("link delete " + bridge(which));
}

void machine_network::cut(std::size_t machine, line which) const {
  must_run("link set " + cable(machine, which) + " nomaster");
}

void machine_network::heal(std::size_t machine, line which) const {
  must_run("link set " + cable(machine, which) + " master " + bridge(which));
}

std::string machine_network::address(std::size_t machine, line on) const {
  return (on == line::outside ? outside_ : inside_) + '.' + std::to_string(machine + 1);
}

std::vector<std::string> machine_network::prefix(std::size_t machine) const {
  return {"ip", "netns", "exec", name(machine)};
}

std::string machine_network::namespace_path(std::size_t machine) const {
  return "/run/netns/" + name(machine);
}

std::string machine_network::name(std::size_t machine) const {
  return "gh" + number_ + '-' + std::to_string(machine + 1);
}

std::string machine_network::cable(std::size_t machine, line which) const {
  return (which == line::outside ? "gho" : "ghi") + number_ + '-' + std::to_string(machine + 1);
}

std::string machine_network::bridge(line which) const {
  return (which == line::outside ? "gho" : "ghi") + number_;
}

}  // namespace gatehouse::test
