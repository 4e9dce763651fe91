#include "interpreter.hpp"

#include <cstring>
#include <ctime>
#include <lua.hpp>

#include "wording.hpp"

namespace tidemill::rules {
namespace {

// A few microseconds of the simplest instructions; each may also handle a string of
// memory_limits::single_bytes_max.
constexpr int instructions_between_looks = 200;
constexpr std::size_t large_block_bytes = std::size_t{16} << 10;
constexpr std::size_t garbage_bytes_max = std::size_t{1} << 20;
constexpr std::size_t sentence_size_max = 512;
constexpr const char* timeout_message = "takes too long";

/// Of this thread. Unlike a clock it stands still while others have the processor.
std::chrono::nanoseconds thread_time() noexcept {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

int append(lua_State*, const void* part, std::size_t size, void* into) {
  try {
    auto& buffer = *static_cast<std::vector<std::byte>*>(into);
    const auto* const begin = static_cast<const std::byte*>(part);
    buffer.insert(buffer.end(), begin, begin + size);
    return 0;
  } catch (...) {
    return 1;
  }
}

}  // namespace

std::unique_ptr<interpreter> interpreter::make(const memory_limits& limits) {
  std::unique_ptr<interpreter> made(new interpreter(limits));
  made->state_ = lua_newstate(allocate, made.get());
  if (made->state_ == nullptr) {
    return nullptr;
  }
  *static_cast<interpreter**>(lua_getextraspace(made->state_)) = made.get();
  // Never in the middle of a call: what there is to collect is collected between them.
  lua_gc(made->state_, LUA_GCSTOP);
  return made;
}

interpreter::~interpreter() {
  if (state_ != nullptr) {
    lua_close(state_);
  }
}

interpreter& interpreter::of(lua_State* state) noexcept {
  return **static_cast<interpreter**>(lua_getextraspace(state));
}

void* interpreter::allocate(void* self, void* block, std::size_t old_size,
                            std::size_t size) noexcept {
  auto& here = *static_cast<interpreter*>(self);
  // One instruction can copy a large string: enough of them take long before the next look.
  if (size >= large_block_bytes && here.is_running_ && here.has_expired()) {
    return nullptr;
  }
  return memory_cap::allocate(&here.memory_, block, old_size, size);
}

// Time -------------------------------------------------------------------------------------------

void interpreter::begin(std::chrono::nanoseconds budget) noexcept {
  is_running_ = true;
  is_expired_ = false;
  budget_ = budget;
  spent_before_ = thread_time();
  next_look_ = std::chrono::steady_clock::now() + budget;
  lua_sethook(state_, hook, LUA_MASKCOUNT, instructions_between_looks);
}

void interpreter::end() noexcept {
  is_running_ = false;
  memory_.refuse_growth(false);
  lua_sethook(state_, nullptr, 0, 0);
}

/// The processor's time counts, so that a busy machine is not held against the script; it is asked
/// for only when the clock, which is cheaper, says that there may be reason to.
bool interpreter::has_expired() noexcept {
  if (is_expired_) {
    return true;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now < next_look_) {
    return false;
  }
  const std::chrono::nanoseconds left = budget_ - (thread_time() - spent_before_);
  if (left > std::chrono::nanoseconds::zero()) {
    next_look_ = now + left;
    return false;
  }
  is_expired_ = true;
  memory_.refuse_growth(true);
  lua_sethook(state_, hook, LUA_MASKCOUNT, 1);
  return true;
}

void interpreter::hook(lua_State* state, lua_Debug*) {
  if (of(state).has_expired()) {
    luaL_error(state, timeout_message);
  }
}

void interpreter::check_deadline() {
  if (has_expired()) {
    luaL_error(state_, timeout_message);
  }
}

// Calls ------------------------------------------------------------------------------------------

fault interpreter::take_fault(int status) {
  fault made;
  if (is_expired_) {
    made.why = fault::cause::timeout;
  } else if (status == LUA_ERRMEM) {
    made.why = fault::cause::memory;
  }
  std::size_t size = 0;
  const char* const text = lua_type(state_, -1) == LUA_TSTRING
                               ? lua_tolstring(state_, -1, &size)
                               : "an error that is no text was raised";
  std::string_view said = size > 0 ? std::string_view(text, size) : std::string_view(text);
  if (status == LUA_ERRMEM && !is_expired_) {
    said = "needs more memory than a rule may have";
  } else if (status == LUA_ERRMEM) {
    said = timeout_message;
  }
  made.sentence = printable(said, sentence_size_max);
  lua_settop(state_, 0);
  return made;
}

std::optional<fault> interpreter::load_source(std::string_view source, const std::string& name) {
  const std::string chunk = "@" + name;
  const int status = luaL_loadbufferx(state_, source.data(), source.size(), chunk.c_str(), "t");
  if (status != LUA_OK) {
    is_expired_ = false;
    return take_fault(status);
  }
  return std::nullopt;
}

std::optional<std::vector<std::byte>> interpreter::dump() const {
  std::vector<std::byte> code;
  constexpr int keep_lines = 0;
  if (lua_dump(state_, append, &code, keep_lines) != 0) {
    return std::nullopt;
  }
  return code;
}

std::optional<fault> interpreter::load_dumped(std::span<const std::byte> code,
                                              const std::string& name) {
  const std::string chunk = "@" + name;
  const int status = luaL_loadbufferx(state_, reinterpret_cast<const char*>(code.data()),
                                      code.size(), chunk.c_str(), "b");
  if (status != LUA_OK) {
    is_expired_ = false;
    return take_fault(status);
  }
  return std::nullopt;
}

std::optional<fault> interpreter::call(int argument_count, int result_count,
                                       std::chrono::nanoseconds budget) {
  begin(budget);
  const int status = lua_pcall(state_, argument_count, result_count, 0);
  end();
  if (status != LUA_OK) {
    return take_fault(status);
  }
  return std::nullopt;
}

std::optional<fault> interpreter::run(lua_CFunction work, void* context,
                                      std::chrono::nanoseconds budget) {
  // Neither of the two allocates: a function without upvalues is a plain value.
  if (lua_checkstack(state_, 2) == 0) {
    return fault{fault::cause::memory, "there is no room on the stack"};
  }
  lua_pushcfunction(state_, work);
  lua_pushlightuserdata(state_, context);
  return call(1, 0, budget);
}

// Memory -----------------------------------------------------------------------------------------

void interpreter::collect_some() noexcept {
  constexpr std::size_t garbage_worth_a_step = std::size_t{64} << 10;
  if (memory_.used_bytes() < used_after_collection_ + garbage_worth_a_step) {
    return;
  }
  // A step that ends a cycle says so.
  constexpr int step_kilobytes = 128;
  if (lua_gc(state_, LUA_GCSTEP, step_kilobytes) != 0) {
    used_after_collection_ = memory_.used_bytes();
  }
}

void interpreter::collect_when_full() noexcept {
  if (memory_.used_bytes() > used_after_collection_ + garbage_bytes_max) {
    lua_gc(state_, LUA_GCCOLLECT);
    used_after_collection_ = memory_.used_bytes();
  }
}

}  // namespace tidemill::rules
