#include <gatehouse/storage/spool.hpp>

#include <benchmark/benchmark.h>
#include <spdlog/logger.h>

#include <cstdint>
#include <filesystem>
#include <future>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace gatehouse::bench {
namespace {

using namespace storage;

constexpr std::size_t payload_bytes = 1'000;
const queue_key queue{0, "http://127.0.0.1:8081/"};

stored_event make_event(std::int64_t position, std::string_view payload) {
  stored_event made;
  made.position = position;
  made.guild_id = 1;
  made.seq = position;
  made.received_unix_ms = 1'700'000'000'000;
  made.session_id = "0123456789abcdef0123456789abcdef";
  made.type = "MESSAGE_CREATE";
  made.payload = payload;
  return made;
}

/// Events are copied into a block.
void add(benchmark::State& state) {
  const std::string payload(payload_bytes, 'x');
  constexpr std::int64_t events = 256;
  for (auto _ : state) {
    event_block block;
    for (std::int64_t i = 0; i < events; ++i) block.add(make_event(i, payload));
    benchmark::DoNotOptimize(block.data().data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * events);
}

/// A folder on the disk, not in memory, that is gone with it.
class state_folder_on_disk {
 public:
  state_folder_on_disk() {
    std::string name = "/var/tmp/gatehouse-bench-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~state_folder_on_disk() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  state_folder_on_disk(const state_folder_on_disk&) = delete;
  state_folder_on_disk& operator=(const state_folder_on_disk&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<new_block> make_store(spool& into, std::int64_t& position, std::int64_t block_events) {
  const std::string payload(payload_bytes, 'x');
  std::vector<new_block> blocks;
  for (int i = 0; i < 4; ++i) {
    auto& block = blocks.emplace_back(new_block{into.next_id(), queue, {}});
    for (std::int64_t e = 0; e < block_events; ++e) {
      block.events.add(make_event(position++, payload));
    }
  }
  return blocks;
}

/// Events are written in stores of four blocks, read back and removed, with 64 MiB of others
/// between; the time is that of all threads.
void pass_through(benchmark::State& state) {
  const state_folder_on_disk folder;
  spool tested{{folder.path(), std::uint64_t{1} << 30U, {}},
               std::make_shared<spdlog::logger>("spool")};
  const std::int64_t block_events = state.range(0);
  const std::int64_t store_events = 4 * block_events;
  std::int64_t position = 0;
  std::int64_t from = 0;
  const auto store = [&] {
    tested.store(make_store(tested, position, block_events), [](const store_result& result) {
      if (result.outcome != store_outcome::stored) std::abort();
    });
  };
  const auto load = [&] {
    std::promise<load_result> answer;
    tested.load({queue, from, static_cast<std::size_t>(store_events) * 1'200},
                [&](load_result result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  };
  while (position * static_cast<std::int64_t>(payload_bytes) < std::int64_t{64} << 20U) store();
  load();  // all that was asked for before is done then
  for (auto _ : state) {
    store();
    const load_result loaded = load();
    std::vector<std::uint64_t> ids;
    for (const auto& block : loaded.blocks) ids.push_back(block.id);
    from = loaded.blocks.back().last_position + 1;
    tested.remove(std::move(ids));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * store_events);
}

BENCHMARK(add)->Name("storage/event_block_add_1kB");
BENCHMARK(pass_through)
    ->Name("storage/spool_1kB_store_load_remove")
    ->Arg(1)
    ->Arg(16)
    ->Arg(256)
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace gatehouse::bench
