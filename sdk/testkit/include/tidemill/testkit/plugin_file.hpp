#pragma once

#include <dlfcn.h>

#include <cstring>
#include <stdexcept>
#include <string>

#include "tidemill/plugin.h"

/// A small host for the tests of a plugin: loads it the way the broker does, offers the services,
/// and shows what the plugin did with them. Throws std::runtime_error when something is not as it
/// must be.
namespace tidemill::testkit {

/// A loaded .so. It stays loaded.
class plugin_file {
 public:
  explicit plugin_file(const std::string& path) {
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      throw std::runtime_error(dlerror());
    }
    entry_ = static_cast<const tidemill_plugin*>(dlsym(handle, TIDEMILL_PLUGIN_SYMBOL));
    if (entry_ == nullptr) {
      throw std::runtime_error(path + " has no symbol " TIDEMILL_PLUGIN_SYMBOL);
    }
    if (entry_->magic != TIDEMILL_PLUGIN_MAGIC || entry_->abi_major != TIDEMILL_ABI_MAJOR) {
      throw std::runtime_error(path + " is not a plugin of this ABI");
    }
  }

  [[nodiscard]] const tidemill_plugin& entry() const noexcept { return *entry_; }

  /// The table of a kind: kind<tidemill_codec>(TIDEMILL_CODEC).
  template <class Table>
  [[nodiscard]] const Table& kind(const char* id) const {
    for (std::uint32_t i = 0; i < entry_->kind_count; ++i) {
      if (std::strcmp(entry_->kinds[i].id, id) == 0) {
        return *static_cast<const Table*>(entry_->kinds[i].table);
      }
    }
    throw std::runtime_error(std::string(entry_->name) + " does not implement " + id);
  }

 private:
  const tidemill_plugin* entry_ = nullptr;
};

}  // namespace tidemill::testkit
