#include <gatehouse/controllers.hpp>

#include <stdexcept>

extern "C" void gatehouse_controllers(gatehouse::Controllers& controllers) {
  controllers.handle_payload =
      [](const gatehouse::payload_question&) -> gatehouse::payload_decision {
    throw std::runtime_error("no idea");
  };
  controllers.worker_id = [](const gatehouse::worker_question&) { return 1'000; };
}
