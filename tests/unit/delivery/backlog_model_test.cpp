#include "fake_block_store.hpp"

#include <gatehouse/delivery/backlog.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace gatehouse::delivery {
namespace {

constexpr int shards = 3;
constexpr std::uint64_t guilds = 4;
const std::string url = "http://127.0.0.1/";

using lane_key = std::pair<int, std::uint64_t>;

// The invariants of backlog_queue, and that its counts are true.

void expect_blocks(const backlog_queue& queue) {
  std::int64_t last = 0;
  for (const auto& block : queue.blocks) {
    std::size_t alive = 0;
    for (const auto* member : block.members) {
      if (member == nullptr) continue;
      ++alive;
      ASSERT_EQ(member->copy, &block) << "a member knows its block";
      ASSERT_FALSE(member->is_lined_up) << "what is committed and in memory is in lanes";
      ASSERT_GT(member->position, last) << "blocks are in order";
      last = member->position;
      ASSERT_TRUE(queue.on_disk == 0 || member->position < queue.from) << "memory comes first";
    }
    ASSERT_EQ(alive, block.alive);
    ASSERT_GT(alive, 0U);
  }
}

void expect_tail(const backlog_queue& queue) {
  std::size_t count = 0;
  std::int64_t last = 0;
  for (const auto& event : queue.tail) {
    ++count;
    ASSERT_TRUE(event.is_lined_up);
    ASSERT_GT(event.position, last) << "a tail is in order";
    ASSERT_TRUE(queue.on_disk == 0 || event.position > queue.from) << "it comes after the disk";
    last = event.position;
  }
  ASSERT_EQ(count, queue.tail_events);
}

/// Drives a backlog at random between a Discord that replays from the safe position, a disk that is
/// slow, full, failing, or loses a process that is killed at any moment, and a handler that takes
/// what it likes; after every step the invariants hold.
class backlog_model final : public backlog::owner {
 public:
  explicit backlog_model(unsigned seed) : random_(seed) {
    settings_.memory_bytes = 256UL << 10;
    settings_.spool_after = runtime::milliseconds{200};
    for (int shard = 0; shard < shards; ++shard) logs_[shard] = new_log(shard, 0);
    begin();
  }
  ~backlog_model() override { end(); }

  void step() {
    now_ += runtime::milliseconds{pick(40)};
    switch (pick(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        for (auto count = pick(12); count > 0; --count) arrive();
        break;
      case 4:
      case 5:
        take();
        break;
      case 6:
      case 7:
        finish();
        break;
      case 8:
        put_back();
        break;
      case 9:
      case 10:
        if (disk_.has_calls()) disk_.carry_out_one();
        break;
      case 11:
      case 12:
        if (disk_.has_answers()) disk_.answer_one();
        break;
      case 13:
        disk_.next_outcome = static_cast<storage::store_outcome>(pick(8) < 6 ? 0 : 1 + pick(2));
        break;
      case 14:
        backlog_->write_marks();
        break;
      default:
        if (pick(60) == 0) crash();
    }
    backlog_->pump(now_);
    expect_invariants();
  }

  /// A healthy disk and handler: everything comes out.
  void drain() {
    disk_.next_outcome = storage::store_outcome::stored;
    for (int idle = 0; idle < 2'000;) {
      bool has_moved = false;
      while (disk_.has_calls()) disk_.carry_out_one();
      while (disk_.has_answers()) {
        disk_.answer_one();
        has_moved = true;
      }
      while (!lanes_.empty() || !under_way_.empty()) {
        take();
        finish();
        has_moved = true;
      }
      now_ += runtime::seconds{1};
      backlog_->pump(now_);
      expect_invariants();
      idle = has_moved ? 0 : idle + 1;
      if (backlog_->behind() == 0 && !has_moved) break;
    }
    EXPECT_EQ(backlog_->behind(), 0U);
    EXPECT_EQ(budget_->bytes(), 0U);
  }

  /// None is missing, and first copies came in order.
  void expect_flawless() const {
    for (const auto& [lane, newest] : newest_of_lane_) {
      const auto& came = first_copies_.find(lane);
      ASSERT_NE(came, first_copies_.end());
      EXPECT_EQ(came->second.size(), sent_.at(lane).size());
      EXPECT_EQ(came->second, sent_.at(lane));
    }
    EXPECT_EQ(lost_, 0U);
  }

 private:
  using event_list = std::vector<events::event_ptr>;

  void expect_invariants() const {
    std::uint64_t behind = 0;
    std::as_const(*backlog_).for_each_queue([&](const backlog_queue& queue) {
      expect_blocks(queue);
      expect_tail(queue);
      behind += queue.on_disk + queue.tail_events;
      EXPECT_TRUE(queue.on_disk == 0 || queue.bare == 0) << "what is on disk is a prefix";
      const bool waits =
          queue.on_disk > 0 || queue.is_loading || queue.tail_under_way > 0 || budget_->exceeds(6);
      EXPECT_TRUE(queue.tail.empty() || waits) << "a tail waits for something";
    });
    EXPECT_EQ(behind, backlog_->behind());
  }

  std::size_t pick(std::size_t below) { return random_() % below; }
  static events::session_log_ptr new_log(int shard, std::int64_t safe) {
    return new events::session_log(shard, "s" + std::to_string(shard), safe);
  }

  void begin() {
    budget_ = std::make_unique<queue_budget>(settings_, types_);
    backlog_ =
        std::make_unique<backlog>(backlog::services{&disk_, pool_, types_, *budget_, settings_,
                                                    envelope_, [this] { return now_; }},
                                  *this);
    for (const auto& found : disk_.found()) {
      position_ = std::max(position_, found.last_position);
      backlog_->restore(found, {});
    }
  }
  void end() {
    budget_.reset();
    lanes_.clear();
    under_way_.clear();
    backlog_.reset();
  }
  /// Killed. What is on disk stays, Discord replays what is newer than what was safe.
  void crash() {
    disk_.crash();
    end();
    begin();
    for (auto& [shard, log] : logs_) {
      const auto safe = log->safe_seq();
      log = new_log(shard, safe);
      const auto& all = of_shard_[shard];
      for (auto seq = safe + 1; seq <= static_cast<std::int64_t>(all.size()); ++seq) {
        receive(shard, all[static_cast<std::size_t>(seq - 1)], seq);
      }
    }
  }

  void arrive() {
    const int shard = static_cast<int>(pick(shards));
    const auto guild = pick(guilds);
    auto& all = of_shard_[shard];
    all.push_back(guild);
    const auto seq = static_cast<std::int64_t>(all.size());
    sent_[{shard, guild}].push_back(seq);
    newest_of_lane_[{shard, guild}] = seq;
    receive(shard, guild, seq);
  }
  void receive(int shard, std::uint64_t guild, std::int64_t seq) {
    auto made = pool_.make("{", std::string(1 + pick(3'000), 'x'));
    made->session = logs_[shard];
    made->session->open(seq);
    made->seq = seq;
    made->guild_id = guild;
    made->type = types_.intern("MESSAGE_CREATE");
    made->received = now_;
    made->position = ++position_;
    auto& queue = backlog_->queue_for(shard, url);
    const bool lines_up = backlog_->lines_up(queue, now_);
    budget_->admit(*made);
    if (lines_up) {
      backlog_->line_up(std::move(made), queue);
    } else {
      backlog_->track(*made, queue);
      deliver(std::move(made));
    }
  }

  // backlog::owner
  void deliver(events::event_ptr next) override {
    auto& lane = lanes_[{next->shard_id(), next->guild_id}];
    if (!lane.empty()) {
      EXPECT_GT(next->position, lane.back()->position);
    }
    lane.push_back(std::move(next));
  }
  events::event_ptr withdraw(events::event& waiting) override {
    const auto found = lanes_.find({waiting.shard_id(), waiting.guild_id});
    auto taken = std::move(found->second.back());
    EXPECT_EQ(taken.get(), &waiting) << "not the newest of its lane";
    found->second.pop_back();
    if (found->second.empty()) lanes_.erase(found);
    return taken;
  }
  bool on_loaded(events::event&) override { return true; }
  void on_left_memory(events::event&) override {}
  void on_safe(events::event& event) override { event.session->settle(event.seq); }
  void on_shed(std::string_view, std::uint64_t) override {}
  void on_lost(int, std::uint64_t events) override { lost_ += events; }
  void on_progress() override {}

  /// One event of a lane that has none under way.
  void take() {
    if (lanes_.empty()) return;
    auto lane = std::next(lanes_.begin(), static_cast<std::ptrdiff_t>(pick(lanes_.size())));
    if (under_way_.contains(lane->first)) return;
    auto event = std::move(lane->second.front());
    lane->second.erase(lane->second.begin());
    budget_->start_delivery(*event);
    under_way_.emplace(lane->first, std::move(event));
    if (lane->second.empty()) lanes_.erase(lane);
  }
  void finish() {
    if (under_way_.empty()) return;
    auto one = std::next(under_way_.begin(), static_cast<std::ptrdiff_t>(pick(under_way_.size())));
    events::event& event = *one->second;
    if (seen_.insert({event.shard_id(), event.seq}).second) {
      first_copies_[one->first].push_back(event.seq);
    }
    event.session->settle(event.seq);
    backlog_->forget(event);
    budget_->forget(event);
    under_way_.erase(one);
  }
  void put_back() {
    if (under_way_.empty()) return;
    auto one = under_way_.begin();
    budget_->wait_again(*one->second);
    auto& lane = lanes_[one->first];
    lane.insert(lane.begin(), std::move(one->second));
    under_way_.erase(one);
  }

  std::mt19937 random_;
  runtime::time_point now_ = runtime::clock::now();
  config::queue_settings settings_;
  const std::string envelope_ = "message";
  events::event_type_registry types_;
  events::event_pool pool_;
  testing::fake_block_store disk_;
  std::unique_ptr<queue_budget> budget_;
  std::unique_ptr<backlog> backlog_;
  std::map<int, events::session_log_ptr> logs_;
  std::int64_t position_ = 0;
  std::map<lane_key, event_list> lanes_;
  std::map<lane_key, events::event_ptr> under_way_;
  std::map<int, std::vector<std::uint64_t>> of_shard_;  // the guild of each seq
  std::map<lane_key, std::vector<std::int64_t>> sent_;
  std::map<lane_key, std::int64_t> newest_of_lane_;
  std::set<std::pair<int, std::int64_t>> seen_;
  std::map<lane_key, std::vector<std::int64_t>> first_copies_;
  std::uint64_t lost_ = 0;
};

class backlog_model_test : public ::testing::TestWithParam<unsigned> {};

TEST_P(backlog_model_test, loses_nothing_and_keeps_the_order_whatever_happens) {
  backlog_model model{GetParam()};
  for (int i = 0; i < 6'000; ++i) model.step();
  model.drain();
  model.expect_flawless();
}

INSTANTIATE_TEST_SUITE_P(seeds, backlog_model_test, ::testing::Range(1U, 25U));

}  // namespace
}  // namespace gatehouse::delivery
