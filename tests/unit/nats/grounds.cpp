#include "grounds.hpp"

#include "nats_double.hpp"

namespace gatehouse::nats {

namespace {

class double_ground final : public ground {
 public:
  engine* process() override { return process_.get(); }

 private:
  nats_double servers_{1 << 20};
  std::unique_ptr<nats_double::process> process_ = servers_.make_process();
};

}  // namespace

std::vector<ground_kind> grounds() {
  return {{"the_double", [] { return std::make_unique<double_ground>(); }}};
}

}  // namespace gatehouse::nats
