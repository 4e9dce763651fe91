#include "tests/unit/extension/scripted_plugin.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tidemill::extension::testing {
namespace {

script the_script;

tidemill_status create(const tidemill_host* host, tidemill_instance** made, tidemill_error* error) {
  const tidemill_status status = the_script.create ? the_script.create(host, error) : TIDEMILL_OK;
  if (status == TIDEMILL_OK) {
    *made = reinterpret_cast<tidemill_instance*>(++the_script.created);
  }
  return status;
}

void destroy(tidemill_instance*) {
  ++the_script.destroyed;
}

tidemill_status shard_open(tidemill_instance*, std::uint32_t index, tidemill_shard** shard,
                           tidemill_error* error) {
  const tidemill_status status =
      the_script.shard_open ? the_script.shard_open(index, error) : TIDEMILL_OK;
  if (status == TIDEMILL_OK) {
    the_script.open.insert(index);
    *shard = reinterpret_cast<tidemill_shard*>(std::size_t{index} + 1);
  }
  return status;
}

void shard_close(tidemill_shard* shard) {
  const auto index = static_cast<std::uint32_t>(reinterpret_cast<std::size_t>(shard) - 1);
  the_script.open.erase(the_script.open.find(index));
}

tidemill_status choose(tidemill_shard*, const tidemill_batch* batch, std::int32_t* partitions,
                       tidemill_error* error) {
  return the_script.choose ? the_script.choose(*batch, partitions, error) : TIDEMILL_OK;
}

tidemill_status validate(tidemill_shard*, const tidemill_batch* batch,
                         const tidemill_rejections* rejections, tidemill_error* error) {
  return the_script.validate ? the_script.validate(*batch, *rejections, error) : TIDEMILL_OK;
}

tidemill_status vote(tidemill_shard*, const tidemill_log* log, std::uint8_t* votes,
                     tidemill_error* error) {
  return the_script.vote ? the_script.vote(*log, votes, error) : TIDEMILL_OK;
}

std::uint32_t instance_needs(const tidemill_instance*) {
  return the_script.needs;
}

const tidemill_partitioner partitioner = {.struct_size = sizeof partitioner,
                                          .flags = TIDEMILL_DETERMINISTIC,
                                          .needs = TIDEMILL_KEYS,
                                          .reserved = 0,
                                          .choose = choose,
                                          .instance_needs = instance_needs};
const tidemill_transform transform = {.struct_size = sizeof transform,
                                      .flags = 0,
                                      .needs = TIDEMILL_KEYS,
                                      .reserved = 0,
                                      .validate = validate,
                                      .instance_needs = instance_needs};
const tidemill_retention retention = {.struct_size = sizeof retention,
                                      .flags = 0,
                                      .needs = TIDEMILL_FACT_DISK,
                                      .reserved = 0,
                                      .vote = vote};
const tidemill_retention blocking_retention = {.struct_size = sizeof blocking_retention,
                                               .flags = TIDEMILL_MAY_BLOCK,
                                               .needs = 0,
                                               .reserved = 0,
                                               .vote = vote};

const tidemill_config_key keys[] = {
    {"salt", TIDEMILL_TYPE_TEXT, 0, "none", "Anything."},
    {"secret", TIDEMILL_TYPE_TEXT, TIDEMILL_KEY_SECRET, nullptr, "Shown to nobody."}};
const tidemill_kind kinds[] = {{TIDEMILL_PARTITIONER, &partitioner},
                               {TIDEMILL_TRANSFORM, &transform},
                               {TIDEMILL_RETENTION, &retention}};
const tidemill_kind blocking_kinds[] = {{TIDEMILL_RETENTION, &blocking_retention}};

template <std::size_t N>
tidemill_plugin made_of(const tidemill_kind (&offered)[N]) {
  tidemill_plugin made{};
  made.magic = TIDEMILL_PLUGIN_MAGIC;
  made.struct_size = sizeof made;
  made.abi_major = TIDEMILL_ABI_MAJOR;
  made.name = "scripted";
  made.version = "1.2.3";
  made.licence = "Apache-2.0";
  made.summary = "Does what the test says.";
  made.kinds = offered;
  made.kind_count = N;
  made.config_keys = keys;
  made.config_key_count = static_cast<std::uint32_t>(std::size(keys));
  made.config_key_size = sizeof keys[0];
  made.create = create;
  made.destroy = destroy;
  made.shard_open = shard_open;
  made.shard_close = shard_close;
  return made;
}
const tidemill_plugin plugin = made_of(kinds);
const tidemill_plugin blocking_plugin = made_of(blocking_kinds);

}  // namespace

script& current_script() {
  return the_script;
}

const tidemill_plugin& scripted_plugin(std::uint32_t retention_flags) {
  return retention_flags == 0 ? plugin : blocking_plugin;
}

void say(tidemill_error* error, std::string_view message) {
  const std::size_t size = std::min(message.size(), sizeof error->message);
  std::copy_n(message.data(), size, error->message);
  error->message_size = static_cast<std::uint32_t>(size);
}

surroundings::surroundings() {
  the_script = {};
}

outcome<std::unique_ptr<instance>> surroundings::try_make(const tidemill_plugin& raw,
                                                          instance_settings settings) const {
  auto about = read_descriptor(&raw);
  EXPECT_TRUE(about) << about.error().sentence;
  auto loaded = std::make_shared<loaded_plugin>();
  loaded->about = std::move(*about);
  loaded->host = std::make_unique<host_handle>(
      environment, host_identity{loaded->about.name, "", 1 << 20}, config_values());
  if (settings.name.empty()) {
    settings.name = "rule";
  }
  settings.plugin = loaded->about.name;
  return instance::make(std::move(loaded), std::move(settings), environment);
}

std::shared_ptr<const instance> surroundings::make(const tidemill_plugin& raw,
                                                   instance_settings settings) const {
  auto made = try_make(raw, std::move(settings));
  EXPECT_TRUE(made) << made.error().sentence;
  return std::move(*made);
}

byte_buffer batch_of(const std::vector<std::optional<std::string>>& with_keys,
                     std::string_view value) {
  record::batch_builder builder({});
  const std::array<record::header_view, 1> headers{{{as_bytes("name"), as_bytes("content")}}};
  for (const auto& key : with_keys) {
    record::new_record added;
    added.timestamp_ms = 1'700'000'000'000;
    if (key) {
      added.key = as_bytes(*key);
    }
    added.value = as_bytes(value);
    added.headers = headers;
    builder.append(added);
  }
  return builder.finish().value();
}

partition::batch_destination destination(std::uint32_t shard) {
  static const partition::producer_client client{"someone", "plain", "127.0.0.1:40112"};
  partition::batch_destination to;
  to.topic = make_random_uuid(1, 2);
  to.topic_name = "orders";
  to.partition = partition_index{1};
  to.partition_count = 3;
  to.settings_epoch = 7;
  to.shard = shard_index{shard};
  to.client = &client;
  return to;
}

}  // namespace tidemill::extension::testing
