#include "extension/lua/rule_plugin.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>

#include "tidemill/host.h"
#include "tidemill/partitioner.h"
#include "tidemill/retention.h"
#include "tidemill/rules/rule.hpp"
#include "tidemill/transform.h"

namespace tidemill::extension::lua {
namespace {

struct rule_instance {
  const tidemill_host* host = nullptr;
  std::shared_ptr<const rules::rule_program> program;
  std::uint64_t fingerprint = 0;
  const tidemill_host_metrics* metrics = nullptr;
  std::uint32_t timeouts = TIDEMILL_NO_METRIC;
  std::uint32_t memory_faults = TIDEMILL_NO_METRIC;
  std::uint32_t memory_bytes = TIDEMILL_NO_METRIC;
};

struct rule_shard {
  const rule_instance& of;
  std::unique_ptr<rules::rule_runner> runner;
};

rule_shard& here(tidemill_shard* shard) noexcept {
  return *reinterpret_cast<rule_shard*>(shard);
}

void say(tidemill_error* error, std::string_view message) noexcept {
  const std::size_t size = std::min(message.size(), sizeof error->message);
  std::memcpy(error->message, message.data(), size);
  error->message_size = static_cast<std::uint32_t>(size);
}

std::string config_text(const tidemill_host* host, const char* key) {
  const auto* const config =
      static_cast<const tidemill_host_config*>(host->extension(host, TIDEMILL_HOST_CONFIG));
  tidemill_config_value value{};
  if (config == nullptr || config->get(host, key, 0, &value) != TIDEMILL_OK) {
    return {};
  }
  return {reinterpret_cast<const char*>(value.text.data), value.text.size};
}

void register_metrics(rule_instance& rule) {
  rule.metrics = static_cast<const tidemill_host_metrics*>(
      rule.host->extension(rule.host, TIDEMILL_HOST_METRICS));
  if (rule.metrics == nullptr) {
    return;
  }
  rule.timeouts =
      rule.metrics->counter(rule.host, "timeouts_total", "Calls that a rule's deadline has ended.");
  rule.memory_faults = rule.metrics->counter(rule.host, "memory_faults_total",
                                             "Calls that needed more memory than a rule may have.");
  rule.memory_bytes = rule.metrics->gauge(rule.host, "memory_bytes",
                                          "Memory of the rule on the shard that was asked last.");
}

tidemill_status create(const tidemill_host* host, tidemill_instance** instance,
                       tidemill_error* error) {
  auto made = std::make_unique<rule_instance>();
  made->host = host;
  auto compiled =
      rules::rule_program::compile(config_text(host, "file"), config_text(host, "source"));
  if (compiled.program == nullptr) {
    say(error, compiled.problem);
    return TIDEMILL_CONFIG;
  }
  made->program = std::move(compiled.program);
  const std::string sha256 = config_text(host, "sha256");
  std::from_chars(sha256.data(), sha256.data() + std::min<std::size_t>(sha256.size(), 16),
                  made->fingerprint, 16);
  register_metrics(*made);
  *instance = reinterpret_cast<tidemill_instance*>(made.release());
  return TIDEMILL_OK;
}

/// The front of the text's SHA-256, so that people recognize it.
std::uint64_t fingerprint(const tidemill_instance* instance) {
  return reinterpret_cast<const rule_instance*>(instance)->fingerprint;
}

void destroy(tidemill_instance* instance) {
  delete reinterpret_cast<rule_instance*>(instance);
}

tidemill_status shard_open(tidemill_instance* instance, std::uint32_t, tidemill_shard** shard,
                           tidemill_error* error) {
  const auto& rule = *reinterpret_cast<const rule_instance*>(instance);
  auto opened = rules::rule_runner::open(rule.program);
  if (opened.runner == nullptr) {
    say(error, opened.problem);
    return TIDEMILL_INTERNAL;
  }
  *shard = reinterpret_cast<tidemill_shard*>(new rule_shard{rule, std::move(opened.runner)});
  return TIDEMILL_OK;
}

void shard_close(tidemill_shard* shard) {
  delete &here(shard);
}

std::uint32_t needs_of(const tidemill_instance* instance) {
  return reinterpret_cast<const rule_instance*>(instance)->program->facts.columns;
}

/// Books a call and makes a status of it.
tidemill_status conclude(const rule_shard& at, const std::optional<rules::fault>& failed,
                         tidemill_error* error) {
  const rule_instance& rule = at.of;
  if (rule.metrics != nullptr) {
    rule.metrics->set(rule.host, rule.memory_bytes, static_cast<double>(at.runner->memory_bytes()));
  }
  if (!failed) {
    return TIDEMILL_OK;
  }
  say(error, failed->sentence);
  if (failed->why == rules::fault::cause::error) {
    return TIDEMILL_INTERNAL;
  }
  const bool is_memory = failed->why == rules::fault::cause::memory;
  if (rule.metrics != nullptr) {
    rule.metrics->add(rule.host, is_memory ? rule.memory_faults : rule.timeouts, 1);
  }
  // Time is what it must not cost others: it is left alone at once, not after some more of it.
  return is_memory ? TIDEMILL_NO_MEMORY : TIDEMILL_UNAVAILABLE;
}

tidemill_status choose(tidemill_shard* shard, const tidemill_batch* batch, std::int32_t* partitions,
                       tidemill_error* error) {
  const rule_shard& at = here(shard);
  const tidemill_status status = conclude(at, at.runner->choose(*batch, partitions), error);
  if (status == TIDEMILL_OK && !at.runner->reason().empty()) {
    say(error, at.runner->reason());
  }
  return status;
}

tidemill_status validate(tidemill_shard* shard, const tidemill_batch* batch,
                         const tidemill_rejections* rejections, tidemill_error* error) {
  const rule_shard& at = here(shard);
  return conclude(at, at.runner->validate(*batch, *rejections), error);
}

tidemill_status vote(tidemill_shard* shard, const tidemill_log* log, std::uint8_t* votes,
                     tidemill_error* error) {
  const rule_shard& at = here(shard);
  return conclude(at, at.runner->vote(*log, votes), error);
}

constexpr tidemill_partitioner partitioner{
    sizeof(tidemill_partitioner), 0, TIDEMILL_KEYS, 0, choose, needs_of};
constexpr tidemill_transform transform{
    sizeof(tidemill_transform), 0, TIDEMILL_KEYS, 0, validate, needs_of};
constexpr tidemill_retention retention{
    sizeof(tidemill_retention), 0,
    TIDEMILL_FACT_DISK | TIDEMILL_FACT_GROUPS | TIDEMILL_FACT_FIRST_TIMESTAMPS, 0, vote};

constexpr tidemill_kind kinds[] = {{TIDEMILL_PARTITIONER, &partitioner},
                                   {TIDEMILL_RETENTION, &retention},
                                   {TIDEMILL_TRANSFORM, &transform}};
constexpr tidemill_config_key keys[] = {
    {"file", TIDEMILL_TYPE_TEXT, TIDEMILL_KEY_REQUIRED, nullptr, "What messages call the rule."},
    {"sha256", TIDEMILL_TYPE_TEXT, 0, nullptr, "Of the text."},
    {"source", TIDEMILL_TYPE_TEXT, TIDEMILL_KEY_REQUIRED | TIDEMILL_KEY_SECRET, nullptr,
     "The text of the rule."}};

constexpr tidemill_plugin plugin_of(const tidemill_kind& kind) noexcept {
  tidemill_plugin made{};
  made.magic = TIDEMILL_PLUGIN_MAGIC;
  made.struct_size = sizeof made;
  made.abi_major = TIDEMILL_ABI_MAJOR;
  made.abi_minor = TIDEMILL_ABI_MINOR;
  made.name = "lua";
  made.version = "1.0.0";
  made.licence = "Apache-2.0";
  made.summary = "Runs a rule written in Lua.";
  made.kinds = &kind;
  made.kind_count = 1;
  made.config_keys = keys;
  made.config_key_count = std::size(keys);
  made.config_key_size = sizeof keys[0];
  made.create = create;
  made.destroy = destroy;
  made.shard_open = shard_open;
  made.shard_close = shard_close;
  made.fingerprint = fingerprint;
  return made;
}

constexpr tidemill_plugin plugins[] = {plugin_of(kinds[0]), plugin_of(kinds[1]),
                                       plugin_of(kinds[2])};

}  // namespace

const tidemill_plugin& rule_plugin(rules::rule_kind which) noexcept {
  return plugins[static_cast<std::size_t>(which)];
}

}  // namespace tidemill::extension::lua
