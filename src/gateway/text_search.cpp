#include "text_search.hpp"

#include <bit>
#include <cstddef>

#if defined(__x86_64__)
#include <immintrin.h>
#define GATEHOUSE_WIDE __attribute__((target("avx2,bmi,pclmul,popcnt")))
#endif

namespace gatehouse::gateway {

#if defined(__x86_64__)

namespace {

constexpr std::size_t block_bytes = 64;
constexpr std::uint64_t every_bit = ~std::uint64_t{0};

/// Which of 64 bytes are what, the first one in the lowest bit.
struct marks {
  std::uint64_t quotes;
  std::uint64_t backslashes;
  std::uint64_t controls;
  std::uint64_t opens;
  std::uint64_t closes;
};

GATEHOUSE_WIDE inline std::uint64_t joined(__m256i low, __m256i high) noexcept {
  const auto first = static_cast<std::uint32_t>(_mm256_movemask_epi8(low));
  const auto second = static_cast<std::uint32_t>(_mm256_movemask_epi8(high));
  return first | std::uint64_t{second} << 32U;
}

GATEHOUSE_WIDE inline std::uint64_t equal(__m256i low, __m256i high, char wanted) noexcept {
  const __m256i all = _mm256_set1_epi8(wanted);
  return joined(_mm256_cmpeq_epi8(low, all), _mm256_cmpeq_epi8(high, all));
}

GATEHOUSE_WIDE inline marks look_at(const char* at) noexcept {
  const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32));
  const __m256i last_control = _mm256_set1_epi8(0x1F);
  const __m256i case_bit = _mm256_set1_epi8(0x20);  // '[' and '{' differ in it, as do ']' and '}'
  const __m256i low_folded = _mm256_or_si256(low, case_bit);
  const __m256i high_folded = _mm256_or_si256(high, case_bit);
  return {
      .quotes = equal(low, high, '"'),
      .backslashes = equal(low, high, '\\'),
      .controls = joined(_mm256_cmpeq_epi8(_mm256_min_epu8(low, last_control), low),
                         _mm256_cmpeq_epi8(_mm256_min_epu8(high, last_control), high)),
      .opens = equal(low_folded, high_folded, '{'),
      .closes = equal(low_folded, high_folded, '}'),
  };
}

/// Which characters a backslash takes their meaning from, block after block.
class escapes {
 public:
  std::uint64_t next(std::uint64_t backslashes) noexcept {
    if (backslashes == 0) {
      const std::uint64_t first = is_first_escaped_;
      is_first_escaped_ = 0;
      return first;
    }
    // A run of backslashes that begins at an odd place turns the parity of its end around.
    constexpr std::uint64_t even = 0x5555'5555'5555'5555;
    backslashes &= ~is_first_escaped_;
    const std::uint64_t follows = backslashes << 1U | is_first_escaped_;
    const std::uint64_t odd_starts = backslashes & ~even & ~follows;
    const std::uint64_t ends = odd_starts + backslashes;
    is_first_escaped_ = ends < odd_starts ? 1 : 0;
    return (even ^ (ends << 1U)) & follows;
  }

 private:
  std::uint64_t is_first_escaped_ = 0;
};

/// The bits of what is before the end of the text.
inline std::uint64_t within(const char* at, const char* end) noexcept {
  const auto left = static_cast<std::size_t>(end - at);
  return left >= block_bytes ? every_bit : (std::uint64_t{1} << left) - 1;
}

/// Each bit: whether the number of bits up to it is odd.
GATEHOUSE_WIDE inline std::uint64_t parities(std::uint64_t bits) noexcept {
  const __m128i all = _mm_set1_epi8(-1);
  const __m128i wide = _mm_set_epi64x(0, static_cast<std::int64_t>(bits));
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_clmulepi64_si128(wide, all, 0)));
}

/// The place of the bracket that takes `depth` to 0, if it is one of these; else `depth` is after
/// all of them.
GATEHOUSE_WIDE inline int find_last(std::uint64_t opens, std::uint64_t closes,
                                    std::uint64_t& depth) noexcept {
  const auto closed = static_cast<std::uint64_t>(std::popcount(closes));
  if (closed < depth) {
    depth += static_cast<std::uint64_t>(std::popcount(opens)) - closed;
    return -1;
  }
  for (std::uint64_t both = opens | closes; both != 0; both &= both - 1) {
    const int place = std::countr_zero(both);
    if ((opens >> static_cast<unsigned>(place) & 1U) != 0) {
      ++depth;
    } else if (--depth == 0) {
      return place;
    }
  }
  return -1;
}

}  // namespace

bool can_search_text() noexcept {
  static const bool can =
      __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
      __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("popcnt") != 0;
  return can;
}

GATEHOUSE_WIDE const char* find_string_end(const char* at, const char* end) noexcept {
  escapes escaped;
  for (; at < end; at += block_bytes) {
    const marks found = look_at(at);
    const std::uint64_t text = within(at, end);
    const std::uint64_t quotes = found.quotes & ~escaped.next(found.backslashes) & text;
    const std::uint64_t string = quotes == 0 ? text : (quotes & (0 - quotes)) - 1;
    if ((found.controls & string) != 0) return nullptr;
    if (quotes != 0) return at + std::countr_zero(quotes) + 1;
  }
  return nullptr;
}

GATEHOUSE_WIDE const char* find_close(const char* at, const char* end,
                                      std::uint64_t depth) noexcept {
  escapes escaped;
  std::uint64_t begins_in_string = 0;  // all bits, or none
  for (; at < end; at += block_bytes) {
    const marks found = look_at(at);
    const std::uint64_t text = within(at, end);
    const std::uint64_t quotes = found.quotes & ~escaped.next(found.backslashes);
    const std::uint64_t string = parities(quotes) ^ begins_in_string;
    begins_in_string = 0 - (string >> 63U);
    if ((found.controls & string & text) != 0) return nullptr;
    const std::uint64_t code = text & ~string;
    const int last = find_last(found.opens & code, found.closes & code, depth);
    if (last >= 0) return at + last + 1;
  }
  return nullptr;
}

#else

bool can_search_text() noexcept {
  return false;
}

const char* find_string_end(const char* /*at*/, const char* /*end*/) noexcept {
  return nullptr;
}

const char* find_close(const char* /*at*/, const char* /*end*/, std::uint64_t /*depth*/) noexcept {
  return nullptr;
}

#endif

}  // namespace gatehouse::gateway
