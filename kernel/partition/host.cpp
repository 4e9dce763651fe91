#include "partition/host.hpp"

#include <utility>

#include "partition/host_body.hpp"

namespace tidemill::partition {

host::host(const host_services& services, const host_options& options)
    : body_(std::make_shared<host_body>(services, options)) {}

host::~host() = default;

void host::start() {
  body_->start();
}
void host::stop(unique_function<void()> done) {
  body_->stop(std::move(done));
}

void host::assign(const partition_key& key, assignment assigned) {
  body_->assign(key, std::move(assigned));
}
void host::remove(const partition_key& key, unique_function<void(result<void>)> done) {
  body_->remove(key, std::move(done));
}
void host::open(const partition_key& key, open_completion done) {
  body_->open(key, std::move(done));
}

bool host::contains(const partition_key& key) const noexcept {
  return body_->find(key) != nullptr;
}

partition* host::find(const partition_key& key) noexcept {
  partition_slot* slot = body_->find(key);
  return slot != nullptr && slot->here.is_open() ? &slot->here : nullptr;
}

host::figures host::count() const noexcept {
  figures all;
  for (const auto& [key, slot] : body_->slots()) {
    ++all.assigned;
    all.open += slot.here.is_open() ? 1U : 0U;
    if (slot.opening) {
      (slot.opening->running ? all.opening : all.failed) += 1;
    }
  }
  return all;
}

void host::visit(unique_function<void(const partition&)> visitor) const {
  for (const auto& [key, slot] : body_->slots()) {
    visitor(slot.here);
  }
}

}  // namespace tidemill::partition
