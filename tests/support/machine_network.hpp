#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gatehouse::test {

/// Machines of a test: network namespaces with two lines each. Over `outside` they reach this
/// process, where Discord and the handlers are; over `inside` only each other. Each line can be cut
/// as a cable is cut: nobody is told. Takes root and iproute2; gone, whatever became of its
/// machines' processes, when this goes.
class machine_network {
 public:
  enum class line { outside, inside };

  /// Throws std::runtime_error when the namespaces cannot be made.
  explicit machine_network(std::size_t machines);
  ~machine_network();
  machine_network(const machine_network&) = delete;
  machine_network& operator=(const machine_network&) = delete;

  /// False where these tests have to be skipped.
  [[nodiscard]] static bool is_possible();

  /// What the test itself listens on.
  [[nodiscard]] std::string own_address() const { return outside_ + ".254"; }
  [[nodiscard]] std::string address(std::size_t machine, line on) const;
  /// A program started with these in front of its arguments runs on that machine.
  [[nodiscard]] std::vector<std::string> prefix(std::size_t machine) const;
  /// To `setns` a thread of the test into.
  [[nodiscard]] std::string namespace_path(std::size_t machine) const;

  void cut(std::size_t machine, line which) const;
  void heal(std::size_t machine, line which) const;

 private:
  [[nodiscard]] std::string name(std::size_t machine) const;
  [[nodiscard]] std::string cable(std::size_t machine, line which) const;
  [[nodiscard]] std::string bridge(line which) const;
  void add_machine(std::size_t machine) const;
  void remove() const;

  std::string number_;            ///< tells the networks of several test processes apart
  std::string outside_, inside_;  ///< first three bytes of their addresses
  std::size_t machines_;
};

}  // namespace gatehouse::test
