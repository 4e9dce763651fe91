#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "tidemill/testkit/plugin_file.hpp"
#include "tidemill/testkit/test_host.hpp"

namespace tidemill::testkit {

/// A caller-owned error, and what stands in it.
class error_slot {
 public:
  error_slot() noexcept {
    raw_.struct_size = sizeof raw_;
    raw_.record_index = -1;
  }
  [[nodiscard]] tidemill_error* raw() noexcept { return &raw_; }
  [[nodiscard]] std::string message() const { return {raw_.message, raw_.message_size}; }
  [[nodiscard]] std::int32_t record_index() const noexcept { return raw_.record_index; }

 private:
  tidemill_error raw_{};
};

/// An instance of a plugin with one shard state. Throws what create() says.
class instance {
 public:
  explicit instance(const plugin_file& file, const settings& given = {}, std::uint32_t shard = 0)
      : plugin_(file.entry()), host_(plugin_, given) {
    error_slot why;
    if (plugin_.create != nullptr &&
        plugin_.create(host_.raw(), &instance_, why.raw()) != TIDEMILL_OK) {
      throw std::runtime_error(why.message());
    }
    if (plugin_.shard_open == nullptr) {
      shard_ = reinterpret_cast<tidemill_shard*>(instance_);
    } else if (plugin_.shard_open(instance_, shard, &shard_, why.raw()) != TIDEMILL_OK) {
      throw std::runtime_error(why.message());
    }
  }
  instance(const instance&) = delete;
  instance& operator=(const instance&) = delete;
  ~instance() {
    if (plugin_.shard_open != nullptr && plugin_.shard_close != nullptr) {
      plugin_.shard_close(shard_);
    }
    if (plugin_.create != nullptr && plugin_.destroy != nullptr) {
      plugin_.destroy(instance_);
    }
  }

  [[nodiscard]] tidemill_shard* shard() const noexcept { return shard_; }
  [[nodiscard]] tidemill_instance* raw() const noexcept { return instance_; }
  [[nodiscard]] test_host& host() noexcept { return host_; }

 private:
  const tidemill_plugin& plugin_;
  test_host host_;
  tidemill_instance* instance_ = nullptr;
  tidemill_shard* shard_ = nullptr;
};

}  // namespace tidemill::testkit
