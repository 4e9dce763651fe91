#include "stage.hpp"

#include <algorithm>
#include <cstring>

namespace tidemill::conformance {

worker::worker()
    : thread_([this] {
        std::unique_lock lock(mutex_);
        while (true) {
          changed_.wait(lock, [this] { return work_ != nullptr || is_ending_; });
          if (work_ == nullptr) {
            return;
          }
          const auto* work = std::exchange(work_, nullptr);
          lock.unlock();
          std::exception_ptr thrown;
          try {
            (*work)();
          } catch (...) {
            thrown = std::current_exception();
          }
          lock.lock();
          thrown_ = thrown;
          is_done_ = true;
          changed_.notify_all();
        }
      }) {}

worker::~worker() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void worker::run(const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  is_done_ = false;
  work_ = &work;
  changed_.notify_all();
  changed_.wait(lock, [this] { return is_done_; });
  if (thrown_ != nullptr) {
    std::rethrow_exception(std::exchange(thrown_, nullptr));
  }
}

error_room::error_room(std::size_t younger_by_bytes)
    : room_(sizeof(tidemill_error) + younger_by_bytes) {
  std::memset(room_.data(), 0, room_.size());
  raw()->struct_size = static_cast<std::uint32_t>(room_.size());
  raw()->record_index = -1;
}

tidemill_error* error_room::raw() noexcept {
  return reinterpret_cast<tidemill_error*>(room_.data());
}

std::string error_room::message() {
  const std::size_t size = raw()->message_size;
  expect(size <= sizeof raw()->message, "message_size of the error is " + std::to_string(size) +
                                            ", expected at most " +
                                            std::to_string(sizeof raw()->message));
  return {raw()->message, size};
}

void expect_ok(const char* function, tidemill_status status, error_room& why) {
  if (status != TIDEMILL_OK) {
    throw call_failed(function, status,
                      why.message() + (status == TIDEMILL_CONFIG && !why.message().empty()
                                           ? " (a configuration is given with --set key=value)"
                                           : ""));
  }
}

config_map config_of(const tidemill_plugin& plugin, const settings& given) {
  return testkit::effective_config(plugin, given);
}

stage::stage(const context& given, host_form form)
    : file_(given.options.path),
      plugin_(file_.entry()),
      form_(form),
      host_(config_of(plugin_, given.options.config), form) {
  begin();
}

stage::stage(const testkit::plugin_file& file, config_map config, host_form form)
    : file_(file), plugin_(file_.entry()), form_(form), host_(std::move(config), form) {
  begin();
}

void stage::begin() {
  try {
    create();
  } catch (...) {
    // The destructor does not run for what a constructor throws.
    end();
    throw;
  }
}

void stage::create() {
  error_room why(form_.younger_by_bytes);
  if (plugin_.load != nullptr) {
    const tidemill_status status = plugin_.load(host_.raw(), why.raw());
    expect_ok("load", status, why);
  }
  is_loaded_ = true;
  if (plugin_.create != nullptr) {
    const tidemill_status status = plugin_.create(host_.raw(), &instance_, why.raw());
    expect_ok("create", status, why);
  }
  is_created_ = true;
  for (std::uint32_t i = 0; i < 2; ++i) {
    if (plugin_.shard_open == nullptr) {
      shards_[i] = reinterpret_cast<tidemill_shard*>(instance_);
      continue;
    }
    tidemill_status status = TIDEMILL_OK;
    on_shard([&] { status = plugin_.shard_open(instance_, i, &shards_[i], why.raw()); }, i);
    expect_ok("shard_open", status, why);
    ++shards_open_;
  }
}

void stage::end() {
  for (; shards_open_ > 0; --shards_open_) {
    if (plugin_.shard_close != nullptr) {
      on_shard([&] { plugin_.shard_close(shards_[shards_open_ - 1]); }, shards_open_ - 1);
    }
  }
  if (std::exchange(is_created_, false) && plugin_.destroy != nullptr) {
    plugin_.destroy(instance_);
  }
  if (std::exchange(is_loaded_, false) && plugin_.unload != nullptr) {
    plugin_.unload();
  }
}

stage::~stage() {
  end();
}

bool stage::has(std::string_view id) const noexcept {
  return std::any_of(plugin_.kinds, plugin_.kinds + plugin_.kind_count,
                     [&](const tidemill_kind& one) { return id == one.id; });
}

}  // namespace tidemill::conformance
