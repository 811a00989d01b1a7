#include "received_dispatch.hpp"

#include <gatehouse/events/overlap.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

/// Two sessions that receive the same events, as a model: what the handlers get in all is what
/// happened, once each and in the order of each guild, whenever the steps of a reshard come.
namespace gatehouse::events {
namespace {

constexpr int guilds = 3;
constexpr int window = 1'000;
constexpr int end_of_time = 9'000;

runtime::time_point at(int ms) {
  return runtime::time_point{std::chrono::hours{5}} + runtime::milliseconds{ms};
}

struct occurrence {
  int guild;
  content_key content;
  int happened;
  int at_old = 0;  ///< received by the serving generation
  int at_new = 0;
};

enum class repetition {
  none,           ///< every content is new
  distant,        ///< a content comes again after two windows at the earliest
  from_then_on,   ///< new ones until the comparison has begun; then any, at any time
  beyond_jitter,  ///< any, as long as it does not come again within twice the difference of lags
};

struct moments {
  int compare, stop, serve;
};

/// A random world.
class world {
 public:
  world(unsigned seed, repetition repeats) : random_(seed), repeats_(repeats) {
    when.compare = draw(0, 3'000);
    when.stop = when.compare + 2 * window + draw(0, 2'000);
    when.serve = when.stop + draw(1, window);
    told_delay_ = draw(0, 1) == 0 ? 0 : draw(1, 900);
    for (int guild = 0; guild < guilds; ++guild) fill(guild);
  }

  int draw(int least, int most) { return std::uniform_int_distribution{least, most}(random_); }
  [[nodiscard]] int told_delay() const { return told_delay_; }

  moments when{};
  std::vector<occurrence> all;  ///< each guild's in its order

 private:
  [[nodiscard]] int longest_lag() const {
    return (repeats_ == repetition::beyond_jitter ? window / 8 : window) - 1;
  }
  /// How long after itself a content may come again.
  [[nodiscard]] int distance(int now) const {
    switch (repeats_) {
      case repetition::none:
        return end_of_time;
      case repetition::distant:
        return 2 * window;
      case repetition::from_then_on:
        return now < when.compare + window ? end_of_time : 0;
      case repetition::beyond_jitter:
        break;
    }
    return window / 4;
  }

  void fill(int guild) {
    const int busy = draw(5, 400);
    const bool are_constant = draw(0, 1) == 0;
    const int old_lag = draw(0, longest_lag());
    const int new_lag = draw(0, longest_lag());
    int old_free = 0;
    int new_free = 0;
    for (int now = draw(0, busy); now < end_of_time; now += draw(0, busy)) {
      occurrence next{guild, choose(guild, now), now};
      // A session receives what happens in a guild in its order.
      old_free = std::max(old_free, now + (are_constant ? old_lag : draw(0, longest_lag())));
      new_free = std::max(new_free, now + (are_constant ? new_lag : draw(0, longest_lag())));
      next.at_old = old_free;
      next.at_new = new_free;
      all.push_back(next);
    }
  }

  content_key choose(int guild, int now) {
    const auto known = static_cast<content_key>(guild) * 1'000'000U;
    if (repeats_ != repetition::none) {
      const auto content = known + static_cast<content_key>(draw(0, 3));
      const auto last = last_of_.find(content);
      const bool is_early = repeats_ == repetition::from_then_on && now < when.compare + window;
      if (!is_early && (last == last_of_.end() || now - last->second > distance(now))) {
        last_of_[content] = now;
        return content;
      }
    }
    return known + ++fresh_ + 100U;
  }

  std::mt19937 random_;
  repetition repeats_;
  int told_delay_ = 0;
  std::map<content_key, int> last_of_;
  content_key fresh_ = 0;
};

/// What the handlers get, as places in `world.all`.
class reshard_run {
 public:
  explicit reshard_run(world& in) : world_(in) {
    for (std::size_t i = 0; i < in.all.size(); ++i) add(i);
    std::stable_sort(steps_.begin(), steps_.end(),
                     [](const step& left, const step& right) { return left.when < right.when; });
    for (const auto& next : steps_) {
      if (!is_serving_ && next.when >= world_.when.serve) serve();
      perform(next);
    }
    if (!is_serving_) serve();
  }

  [[nodiscard]] const std::vector<std::size_t>& forwarded() const { return forwarded_; }
  [[nodiscard]] std::size_t forwarded_by_new() const { return by_new_; }

 private:
  enum class kind { old_receives, new_receives };
  struct step {
    int when;
    kind what;
    std::size_t place;
  };
  struct unsaid {
    int when;
    forwarded_copy copy;
  };

  void add(std::size_t place) {
    steps_.push_back({world_.all[place].at_old, kind::old_receives, place});
    steps_.push_back({world_.all[place].at_new, kind::new_receives, place});
  }

  void perform(const step& next) {
    tell_until(next.when);
    if (next.what == kind::old_receives) {
      if (next.when < world_.when.stop) on_old(next);
    } else if (next.when >= world_.when.compare) {
      on_new(next);
    }
  }

  void on_old(const step& next) {
    forwarded_.push_back(next.place);
    if (next.when < world_.when.compare) return;
    const int when = next.when + world_.draw(0, world_.told_delay());
    last_told_ = std::max(last_told_, when);
    unsaid_.push_back({last_told_, {world_.all[next.place].content, at(next.when)}});
  }

  void tell_until(int now) {
    while (!unsaid_.empty() && unsaid_.front().when <= now) {
      overlap_.on_forwarded(unsaid_.front().copy);
      unsaid_.pop_front();
    }
  }

  void on_new(const step& next) {
    const auto key = world_.all[next.place].content;
    switch (overlap_.on_received(key, at(next.when))) {
      case overlap::fate::dropped:
        break;
      case overlap::fate::passed:
        forwarded_.push_back(next.place);
        ++by_new_;
        break;
      case overlap::fate::held: {
        const test::received_dispatch received{"X", static_cast<std::int64_t>(next.place), "{}"};
        overlap_.hold(key, {{session_, received.view(), at(next.when)}, std::nullopt});
        break;
      }
    }
  }

  void serve() {
    is_serving_ = true;
    tell_until(end_of_time * 2);  // all of it is known by now
    overlap_.on_stopping(at(world_.when.stop));
    for (const auto& due : overlap_.serve(at(world_.when.serve))) {
      forwarded_.push_back(static_cast<std::size_t>(due.content.seq()));
      ++by_new_;
    }
  }

  world& world_;
  std::vector<step> steps_;
  std::deque<unsaid> unsaid_;
  int last_told_ = 0;
  bool is_serving_ = false;
  session_log_ptr session_{new session_log{0, "session", 0}};
  overlap overlap_{at(world_.when.compare), runtime::milliseconds{window}};
  std::vector<std::size_t> forwarded_;
  std::size_t by_new_ = 0;
};

std::vector<content_key> contents_of(const world& in, int guild,
                                     const std::vector<std::size_t>& places) {
  std::vector<content_key> list;
  for (const auto place : places) {
    if (in.all[place].guild == guild) list.push_back(in.all[place].content);
  }
  return list;
}

class overlap_model : public testing::TestWithParam<repetition> {};

TEST_P(overlap_model, every_event_is_forwarded_once_and_in_order) {
  std::size_t by_new = 0;
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    world in{seed, GetParam()};
    std::vector<std::size_t> expected(in.all.size());
    std::iota(expected.begin(), expected.end(), 0U);
    const reshard_run run{in};
    by_new += run.forwarded_by_new();
    for (int guild = 0; guild < guilds; ++guild) {
      ASSERT_EQ(contents_of(in, guild, run.forwarded()), contents_of(in, guild, expected))
          << "seed " << seed << ", guild " << guild;
    }
  }
  EXPECT_GT(by_new, 10'000U) << "the model has to have something to do";
}

std::string name_of(const testing::TestParamInfo<repetition>& of) {
  switch (of.param) {
    case repetition::none:
      return "without_repetition";
    case repetition::distant:
      return "distant_repetition";
    case repetition::from_then_on:
      return "repetition_from_then_on";
    case repetition::beyond_jitter:
      break;
  }
  return "repetition_beyond_jitter";
}

INSTANTIATE_TEST_SUITE_P(contents, overlap_model,
                         testing::Values(repetition::none, repetition::distant,
                                         repetition::from_then_on, repetition::beyond_jitter),
                         name_of);

}  // namespace
}  // namespace gatehouse::events
