#include "extension/instance.hpp"

#include <utility>

#include "extension/plugin_call.hpp"
#include "io/crash_note.hpp"
#include "tidemill/inspection/rules.hpp"

namespace tidemill::extension {
namespace {

/// FNV-1a: the same in every process.
class hasher {
 public:
  void add(std::string_view text) noexcept {
    for (const char one : text) {
      state_ = (state_ ^ static_cast<unsigned char>(one)) * 0x100000001b3ULL;
    }
    state_ = (state_ ^ 0xffU) * 0x100000001b3ULL;  // "ab", "c" is not "a", "bc"
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return state_; }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

std::uint64_t hash_of(const descriptor& about, const config_values& config) {
  hasher hash;
  hash.add(about.name);
  hash.add(about.version);
  for (const auto& [name, entry] : config) {
    hash.add(name);
    for (const config_element& one : entry.elements) {
      hash.add(std::to_string(one.integer));
      hash.add(std::to_string(one.number));
      hash.add(one.text);
    }
  }
  return hash.value();
}

}  // namespace

instance::instance(std::shared_ptr<const loaded_plugin> from, instance_settings settings,
                   std::unique_ptr<host_handle> host)
    : plugin_(std::move(from)),
      settings_(std::move(settings)),
      lasting_name_(io::lasting_text(settings_.name)),
      host_(std::move(host)) {}

outcome<std::unique_ptr<instance>> instance::make(std::shared_ptr<const loaded_plugin> from,
                                                  instance_settings settings,
                                                  const host_environment& environment) {
  TIDEMILL_TRY_ASSIGN(config, check_config(from->about.keys, settings.config));
  host_identity identity{from->about.name, settings.name, settings.memory_bytes_max};
  auto host = std::make_unique<host_handle>(environment, std::move(identity), std::move(config));
  std::unique_ptr<instance> made(
      new instance(std::move(from), std::move(settings), std::move(host)));
  TIDEMILL_TRY(made->create());
  TIDEMILL_TRY(made->ask_needs());
  return made;
}

outcome<void> instance::create() {
  const tidemill_plugin& plugin = *about().raw;
  if (plugin.create != nullptr) {
    error_slot error;
    const tidemill_status status = call_plugin(about(), name(), "create", error, [&] {
      return plugin.create(host_->raw(), &raw_, error.raw());
    });
    if (status != TIDEMILL_OK) {
      raw_ = nullptr;
      return problem{"it could not be made: " + error.message(status)};
    }
  }
  is_created_ = true;
  fingerprint_ = hash_of(about(), host_->config());
  if (plugin.fingerprint != nullptr) {
    notify_plugin(about(), name(), "fingerprint", [&] { fingerprint_ = plugin.fingerprint(raw_); });
  }
  return {};
}

outcome<void> instance::ask_needs() {
  const auto ask = [&](const auto* table, std::uint32_t& into) -> outcome<void> {
    if (table == nullptr) {
      return {};
    }
    into = table->needs;
    if (table->instance_needs != nullptr) {
      notify_plugin(about(), name(), "instance_needs", [&] { into = table->instance_needs(raw_); });
    }
    if ((into & ~inspection::all_columns) != 0) {
      return problem{"it needs columns that this broker does not know; a newer one may"};
    }
    return {};
  };
  TIDEMILL_TRY(ask(about().partitioner, partitioner_columns_));
  return ask(about().transform, transform_columns_);
}

instance::~instance() {
  const tidemill_plugin& plugin = *about().raw;
  if (is_created_ && plugin.create != nullptr && plugin.destroy != nullptr) {
    notify_plugin(about(), name(), "destroy", [&] { plugin.destroy(raw_); });
  }
}

std::uint32_t instance::columns(kind which) const noexcept {
  switch (which) {
    case kind::partitioner:
      return partitioner_columns_;
    case kind::transform:
      return transform_columns_;
    case kind::retention:
    case kind::codec:
      break;
  }
  return 0;
}

outcome<std::unique_ptr<shard_state>> shard_state::open(std::shared_ptr<const instance> of,
                                                        std::uint32_t index) {
  std::unique_ptr<shard_state> opened(new shard_state(std::move(of)));
  const instance& with = *opened->instance_;
  const tidemill_plugin& plugin = *with.about().raw;
  if (plugin.shard_open == nullptr) {
    opened->raw_ = reinterpret_cast<tidemill_shard*>(with.raw());
    return opened;
  }
  error_slot error;
  const tidemill_status status = call_plugin(with.about(), with.name(), "shard_open", error, [&] {
    return plugin.shard_open(with.raw(), index, &opened->raw_, error.raw());
  });
  if (status != TIDEMILL_OK) {
    return problem{"shard_open: " + error.message(status)};
  }
  opened->is_open_ = true;
  return opened;
}

shard_state::~shard_state() {
  const tidemill_plugin& plugin = *instance_->about().raw;
  if (is_open_ && plugin.shard_close != nullptr) {
    notify_plugin(instance_->about(), instance_->name(), "shard_close",
                  [&] { plugin.shard_close(raw_); });
  }
}

}  // namespace tidemill::extension
