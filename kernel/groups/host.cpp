#include "groups/host.hpp"

#include <utility>

#include "groups/led_partition.hpp"

namespace tidemill::groups {
namespace {

/// As Java prints a random UUID.
std::string random_suffix(io::random& random) {
  const auto high = random.next();
  const uuid id = make_random_uuid(high, random.next());
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t index = 0; index < id.octets.size(); ++index) {
    if (index == 4 || index == 6 || index == 8 || index == 10) {
      text += '-';
    }
    text += digits[id.octets[index] >> 4U];
    text += digits[id.octets[index] & 0xfU];
  }
  return text;
}

std::string new_member_id(const join_request& request, io::random& random) {
  std::string id(request.member.instance ? *request.member.instance : request.client_id);
  return id + "-" + random_suffix(random);
}

}  // namespace

host::host(io::event_loop& loop, io::random& random, const group_options& options,
           host_listener& listener)
    : around_(std::make_shared<surroundings>(surroundings{loop, random, options, listener, {}})) {
  around_->held->members.bytes_max = options.shard_metadata_bytes_max;
  around_->held->offsets.bytes_max = options.shard_offset_bytes_max;
}

host::~host() {
  stop();
}

host::led_partition* host::find(partition_index home) const noexcept {
  const auto found = led_.find(home);
  return found == led_.end() ? nullptr : found->second.get();
}

errc host::obstacle(partition_index home) const noexcept {
  const auto* led = find(home);
  if (led == nullptr) {
    return errc::not_coordinator;
  }
  return led->is_loaded() ? errc::none : errc::loading;
}

void host::lead(partition_index home, std::unique_ptr<journal> log) {
  resign(home);
  if (stopped_) {
    return;
  }
  const auto led = std::make_shared<led_partition>(home, std::move(log), around_);
  led_.emplace(home, led);
  led->topics_changed(catalog_);
  if (started_) {
    led->load();
  }
}

void host::start() {
  started_ = true;
  for (const auto& [home, led] : std::map(led_)) {
    led->load();
  }
}

void host::resign(partition_index home) {
  const auto found = led_.find(home);
  if (found == led_.end()) {
    return;
  }
  const auto led = std::move(found->second);
  led_.erase(found);
  led->resign(errc::not_coordinator);
}

bool host::leads(partition_index home) const noexcept {
  return led_.contains(home);
}

void host::stop() {
  stopped_ = true;
  while (!led_.empty()) {
    resign(led_.begin()->first);
  }
}

void host::topics_deleted(const std::vector<std::string>& names) {
  for (const auto& [home, led] : std::map(led_)) {
    if (led->is_loaded()) {
      actions out;
      led->core().topics_deleted(names, out);
      led->perform(std::move(out));
    }
  }
}

void host::topics_changed(std::shared_ptr<const topic_catalog> catalog) {
  catalog_ = std::move(catalog);
  for (const auto& [home, led] : led_) {
    led->topics_changed(catalog_);
  }
}

// Requests ----------------------------------------------------------------------------------------

void host::join(partition_index home, join_request request,
                unique_function<void(join_reply)> done) {
  if (const errc why = obstacle(home); why != errc::none) {
    return done(join_reply{.error = why, .member = std::string(request.member.id)});
  }
  led_partition& led = *find(home);
  const std::string id = new_member_id(request, around_->random);
  request.new_member_id = id;
  led.ask(std::move(done), [&](request_token token, actions& out) {
    led.core().join(request, token, led.now(), out);
  });
}

void host::sync(partition_index home, const sync_request& request,
                unique_function<void(sync_reply)> done) {
  if (const errc why = obstacle(home); why != errc::none) {
    return done(sync_reply{.error = why});
  }
  led_partition& led = *find(home);
  led.ask(std::move(done), [&](request_token token, actions& out) {
    led.core().sync(request, token, led.now(), out);
  });
}

errc host::heartbeat(partition_index home, const heartbeat_request& request) {
  const errc why = obstacle(home);
  if (why == errc::loading) {
    return errc::none;  // the session begins when the load has ended
  }
  if (why != errc::none) {
    return why;
  }
  led_partition& led = *find(home);
  const errc outcome = led.core().heartbeat(request, led.now());
  led.perform({});
  return outcome;
}

std::vector<errc> host::leave(partition_index home, std::string_view group,
                              std::span<const member_claim> members) {
  if (const errc why = obstacle(home); why != errc::none) {
    return std::vector<errc>(members.size(), why);
  }
  led_partition& led = *find(home);
  actions out;
  auto outcomes = led.core().leave(group, members, led.now(), out);
  led.perform(std::move(out));
  return outcomes;
}

void host::commit(partition_index home, const commit_request& request, rows_completion done) {
  if (const errc why = obstacle(home); why != errc::none) {
    return done({errc::none, std::vector<errc>(request.rows.size(), why)});
  }
  led_partition& led = *find(home);
  led.ask(std::move(done), [&](request_token token, actions& out) {
    led.core().commit(request, token, led.now(), out);
  });
}

fetch_reply host::fetch(partition_index home, const fetch_request& request) const {
  if (const errc why = obstacle(home); why != errc::none) {
    return {.error = why};
  }
  return find(home)->core().fetch(request);
}

void host::delete_offsets(partition_index home, const delete_offsets_request& request,
                          rows_completion done) {
  if (const errc why = obstacle(home); why != errc::none) {
    return done({why, {}});
  }
  led_partition& led = *find(home);
  led.ask(std::move(done), [&](request_token token, actions& out) {
    led.core().delete_offsets(request, token, out);
  });
}

void host::delete_group(partition_index home, std::string_view group, rows_completion done) {
  if (const errc why = obstacle(home); why != errc::none) {
    return done({why, {}});
  }
  led_partition& led = *find(home);
  led.ask(std::move(done),
          [&](request_token token, actions& out) { led.core().delete_group(group, token, out); });
}

group_description host::describe(partition_index home, std::string_view group) const {
  if (const errc why = obstacle(home); why != errc::none) {
    return {.error = why};
  }
  return find(home)->core().describe(group);
}

void host::consumer_beat(partition_index home, consumer_heartbeat request,
                         unique_function<void(consumer_heartbeat_reply)> done) {
  if (const errc why = obstacle(home); why != errc::none) {
    consumer_heartbeat_reply refusal;
    refusal.error = why;
    return done(std::move(refusal));
  }
  if (request.member.empty() && request.may_be_nameless && request.epoch == 0) {
    request.member = random_suffix(around_->random);
  }
  led_partition& led = *find(home);
  led.ask(std::move(done), [&](request_token token, actions& out) {
    led.core().consumer_beat(std::move(request), token, led.now(), out);
  });
}

consumer_description host::describe_consumer(partition_index home, std::string_view group) const {
  if (const errc why = obstacle(home); why != errc::none) {
    return {.error = why};
  }
  return find(home)->core().describe_consumer(group);
}

void host::list(listing& to, std::size_t rows_max) const {
  for (auto each = led_.lower_bound(to.home); each != led_.end(); ++each) {
    const auto& [home, led] = *each;
    if (home != to.home) {
      to.home = home;
      to.after.reset();
    }
    if (!led->is_loaded()) {
      to.error = errc::loading;
      continue;
    }
    const std::size_t added =
        led->core().list(to.after ? &*to.after : nullptr, rows_max, to.groups);
    if (added == rows_max) {
      to.after = to.groups.back().id;
      return;
    }
    rows_max -= added;
  }
  to.is_whole = true;
}

std::optional<std::vector<committed_progress>> host::progress(std::string_view topic) const {
  const bool all_known = started_ && !stopped_ && std::ranges::all_of(led_, [](const auto& led) {
                           return led.second->is_loaded();
                         });
  if (!all_known) {
    return std::nullopt;
  }
  std::vector<committed_progress> all;
  for (const auto& [home, led] : led_) {
    led->core().collect_progress(topic, all);
  }
  return all;
}

host::figures host::count() const {
  figures now;
  now.led = led_.size();
  now.rebalances = around_->counted.rebalances;
  now.commits = around_->counted.commits;
  now.failed_writes = around_->counted.failed_writes;
  for (const auto& [home, led] : led_) {
    if (!led->is_loaded()) {
      ++now.loading;
      continue;
    }
    const auto& of = led->core().count();
    now.state.groups += of.groups;
    now.state.members += of.members;
    now.state.offsets += of.offsets;
    for (const auto& [state, count] : of.groups_in_state) {
      now.state.groups_in_state[state] += count;
    }
  }
  return now;
}

}  // namespace tidemill::groups
