#include "reshard_driver.hpp"

#include <gtest/gtest.h>

#include <random>

/// A random walk through everything that can happen, in and out of turn.
namespace gatehouse::cluster {
namespace {

using gateway::shard_state;

/// What the manager and its workers see of it.
class observer {
 public:
  void see(const reshard::action& wanted) {
    ASSERT_FALSE(is_finished_) << "nothing follows the end: " << describe(wanted);
    std::visit([this](const auto& content) { see(content); }, wanted);
  }
  void see_saved(bool is_saved) {
    if (!is_saving_) return;
    is_saving_ = false;
    has_saved_ = is_saved;
    has_failed_ = !is_saved;
  }
  /// After all that came of one input.
  void look(const reshard& tested) const {
    EXPECT_EQ(tested.is_serving(), serves_ && !is_finished_);
    EXPECT_EQ(tested.is_saving(), is_saving_);
    EXPECT_FALSE(has_failed_) << "a failed save lets the old set go on";
    EXPECT_FALSE(is_finished_ && tested.deadline()) << "nothing to wait for";
    EXPECT_FALSE(is_stopped_ && !is_saving_ && !serves_ && !tested.deadline()) << "for ever";
    EXPECT_FALSE(is_retiring_ && !serves_ && is_stopped_) << "nobody is heard";
  }
  [[nodiscard]] bool is_finished() const { return is_finished_; }
  [[nodiscard]] bool serves() const { return serves_; }
  [[nodiscard]] int ended_generation() const { return ended_generation_; }

 private:
  void see(const reshard::start_shards&) { ASSERT_EQ(std::exchange(starts_, 1), 0); }
  void see(const reshard::compare& of) {
    ASSERT_FALSE(is_stopped_ || is_saving_ || serves_ || is_retiring_);
    ASSERT_GE(of.window, small_plan().window);
    ASSERT_LE(of.window, reshard::longest_window);
    is_comparing_ = true;
  }
  void see(const reshard::stop_forwarding&) {
    ASSERT_TRUE(is_comparing_);
    ASSERT_FALSE(is_stopped_ || is_retiring_ || serves_);
    is_stopped_ = true;
  }
  void see(const reshard::go_on_forwarding&) {
    ASSERT_TRUE(is_stopped_);
    ASSERT_FALSE(is_saving_ || serves_);
    is_stopped_ = false;
    has_failed_ = false;
  }
  void see(const reshard::save_sessions&) {
    ASSERT_TRUE(is_stopped_);
    ASSERT_FALSE(is_saving_ || serves_);
    is_saving_ = true;
  }
  void see(const reshard::serve&) {
    ASSERT_TRUE(has_saved_ && is_stopped_);
    ASSERT_FALSE(serves_ || is_retiring_);
    serves_ = true;
  }
  void see(const reshard::end_generation& of) {
    ASSERT_FALSE(is_retiring_);
    ASSERT_EQ(of.generation, serves_ ? 0 : 1) << "never the set that is heard";
    is_retiring_ = true;
    ended_generation_ = of.generation;
  }
  void see(const reshard::finish& of) {
    ASSERT_TRUE(is_retiring_);
    ASSERT_EQ(of.is_done, serves_);
    is_finished_ = true;
  }

  int starts_ = 0;
  int ended_generation_ = -1;
  bool is_comparing_ = false;
  bool is_stopped_ = false;
  bool is_saving_ = false;
  bool has_saved_ = false;
  bool has_failed_ = false;
  bool serves_ = false;
  bool is_retiring_ = false;
  bool is_finished_ = false;
};

class walk {
 public:
  explicit walk(unsigned seed) : random_(seed) { look(); }

  void step() {
    take_input();
    look();
  }
  /// From here on everything goes well.
  void complete() {
    for (int i = 0; i < 3'000 && !seen_.is_finished(); ++i) {
      for (const int id : {0, 1}) run_.state({id, 0}, shard_state::connected);
      run_.connect_new();
      run_.report();
      run_.drain();
      save(true);
      look();
      if (seen_.ended_generation() >= 0) run_.ended(seen_.ended_generation());
      look();
      step_in_time();
      look();
    }
  }
  [[nodiscard]] const observer& seen() const { return seen_; }

 private:
  int draw(int least, int most) { return std::uniform_int_distribution{least, most}(random_); }

  void take_input() {
    if (draw(0, 2) == 0) run_.pass(runtime::milliseconds{draw(0, 3'000)});
    switch (draw(0, 11)) {
      case 0:
      case 1:
        run_.connect_new();
        break;
      case 2:
        change_state();
        break;
      case 3:
      case 4:
        run_.report(static_cast<std::size_t>(draw(0, 3) / 3), runtime::milliseconds{draw(0, 2'200)},
                    draw(0, 200) == 0 ? reshard::most_held_bytes + 1 : 0U);
        break;
      case 5:
        run_.drain(draw(0, 1));
        break;
      case 6:
        run_.drain();
        break;
      case 7:
        save(draw(0, 2) != 0);
        break;
      case 8:
        if (draw(0, 30) == 0) run_.roll_back();
        break;
      case 9:
        if (seen_.ended_generation() >= 0) run_.ended(seen_.ended_generation());
        break;
      default:
        step_in_time();
    }
  }
  void step_in_time() {
    run_.step();
    const auto next = run_.tested().deadline();
    EXPECT_TRUE(!next || *next > run_.now()) << "or it would be called for ever";
  }
  void change_state() {
    const bool is_connected = draw(0, 3) != 0;
    run_.state({draw(0, 3), draw(0, 1)},
               is_connected ? shard_state::connected : shard_state::disconnected);
  }
  void save(bool is_saved) {
    look();
    seen_.see_saved(is_saved);
    run_.saved(is_saved);
  }
  void look() {
    for (const auto& wanted : run_.take_actions()) seen_.see(wanted);
    seen_.look(run_.tested());
    const auto told = run_.progress();
    EXPECT_GE(told.remaining, runtime::milliseconds{0});
    EXPECT_GE(told.connected, 0);
    EXPECT_LE(told.connected, told.to_shards);
    EXPECT_LE(told.loaded, told.to_shards);
  }

  std::mt19937 random_;
  reshard_driver run_;
  observer seen_;
};

TEST(reshard_random, keeps_its_promises_whatever_happens) {
  int served = 0;
  int rolled_back = 0;
  for (unsigned seed = 0; seed < 3'000; ++seed) {
    walk random{seed};
    for (int i = 0; i < 150 && !random.seen().is_finished(); ++i) {
      random.step();
      ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed << ", step " << i;
    }
    random.complete();
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
    ASSERT_TRUE(random.seen().is_finished()) << "seed " << seed;
    ++(random.seen().serves() ? served : rolled_back);
  }
  EXPECT_GT(served, 500);
  EXPECT_GT(rolled_back, 100);
}

}  // namespace
}  // namespace gatehouse::cluster
