// load, create, shard_open and their ends, with hosts and configurations of every sort.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "calls.hpp"
#include "measure.hpp"
#include "stage.hpp"

namespace tidemill::conformance {
namespace {

constexpr std::size_t younger_bytes = 64;

std::string creates(const context& given) {
  stage one(given);
  call_all_kinds(one);
  one.end();
  expect(one.side().held_bytes() == 0, std::to_string(one.side().held_bytes()) +
                                           " bytes of the host's memory are not given back");
  return {};
}

std::string lives_with_a_host_of_minor_0(const context& given) {
  stage one(given, {.younger_by_bytes = 0});
  call_all_kinds(one);
  return {};
}

std::string lives_with_a_younger_host(const context& given) {
  stage one(given, {.younger_by_bytes = younger_bytes});
  call_all_kinds(one);
  return {};
}

/// A host that lacks something: the plugin may refuse to work with it, in words.
std::string lives_with_a_poor_host(const context& given, host_form form) {
  const testkit::plugin_file file(given.options.path);
  try {
    stage one(file, config_of(file.entry(), given.options.config), form);
    call_all_kinds(one);
    return "works without any";
  } catch (const call_failed& refused) {
    expect(refused.has_message(),
           std::string(refused.what()) + ", expected one that says what is missing");
    return refused.what();
  }
}

std::string lives_without_services(const context& given) {
  return lives_with_a_poor_host(given, {.has_services = false});
}

std::string lives_without_memory(const context& given) {
  return lives_with_a_poor_host(given, {.has_memory = false});
}

/// Values of a type that nobody would write, and everybody's mistake is one of.
std::vector<std::vector<std::string>> hostile_values(std::uint32_t type) {
  const std::string long_text(std::size_t{1} << 16U, 'x');
  switch (type) {
    case TIDEMILL_TYPE_TEXT:
      return {{""}, {long_text}, {"\xff\xfe\x80"}, {std::string("a\0b", 3)}, {"%s%n"}, {"../../x"}};
    case TIDEMILL_TYPE_TEXT_LIST:
      return {{}, {""}, {"", "", ""}, {long_text}, std::vector<std::string>(10'000, "a")};
    case TIDEMILL_TYPE_INTEGER_LIST:
      return {{},
              {"0"},
              {"-1"},
              {"9223372036854775807", "9223372036854775807"},
              {"-9223372036854775808"},
              std::vector<std::string>(10'000, "1")};
    case TIDEMILL_TYPE_NUMBER:
      return {{"0"}, {"-1"}, {"nan"}, {"inf"}, {"-inf"}, {"1e308"}};
    case TIDEMILL_TYPE_BOOLEAN:
      return {{"true"}, {"false"}};
    default:
      return {{"0"}, {"1"}, {"-1"}, {"9223372036854775807"}, {"-9223372036854775808"}};
  }
}

/// An instance of a configuration that may be refused, in words, or must then work.
void try_config(const testkit::plugin_file& file, const config_map& config,
                const std::string& which, std::size_t& refused) {
  try {
    stage one(file, config, {});
    call_all_kinds(one);
  } catch (const call_failed& why) {
    expect(why.has_message(), which + ": " + why.what() + ", expected one that names the key");
    ++refused;
  } catch (const fault& why) {
    throw fault(which + ": " + why.what());
  }
}

std::string withstands_hostile_configuration(const context& given) {
  const testkit::plugin_file file(given.options.path);
  const config_map good = config_of(file.entry(), given.options.config);
  std::size_t tried = 0;
  std::size_t refused = 0;
  for (std::uint32_t i = 0; i < file.entry().config_key_count; ++i) {
    const auto* key = reinterpret_cast<const tidemill_config_key*>(
        reinterpret_cast<const char*>(file.entry().config_keys) +
        std::size_t{i} * file.entry().config_key_size);
    config_map config = good;
    for (const auto& values : hostile_values(key->type)) {
      config[key->name] = {key->type, values};
      try_config(file, config, "key '" + std::string(key->name) + "'", refused);
      ++tried;
    }
    config.erase(key->name);
    try_config(file, config, "without key '" + std::string(key->name) + "'", refused);
    ++tried;
  }
  if (tried == 0) {
    throw not_applicable("it declares no configuration keys");
  }
  return std::to_string(tried) + " configurations, " + std::to_string(refused) + " refused";
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::string does_not_grow(const context& given) {
  expect_plain_memory();
  constexpr std::uint64_t warm_up = 1000;
  constexpr std::size_t growth_bytes_max = std::size_t{256} << 10U;
  const testkit::plugin_file file(given.options.path);
  const tidemill_plugin& plugin = file.entry();
  host side(config_of(plugin, given.options.config), {});
  error_room why;
  if (plugin.load != nullptr) {
    expect_ok("load", plugin.load(side.raw(), why.raw()), why);
  }
  if (plugin.create == nullptr) {
    throw not_applicable("it has no create()");
  }
  std::size_t before = 0;
  std::size_t heap_before = 0;
  std::uint64_t done = 0;
  const auto deadline = std::chrono::steady_clock::now() + given.options.deadline / 2;
  for (; done < given.options.repetitions + warm_up; ++done) {
    if (done == warm_up) {
      before = resident_bytes();
      heap_before = mallinfo2().uordblks;
    }
    if (done % warm_up == 0 && done > warm_up && std::chrono::steady_clock::now() > deadline) {
      break;
    }
    tidemill_instance* instance = nullptr;
    const tidemill_status status = plugin.create(side.raw(), &instance, why.raw());
    expect_ok("create", status, why);
    tidemill_shard* shard = nullptr;
    if (plugin.shard_open != nullptr) {
      expect_ok("shard_open", plugin.shard_open(instance, 0, &shard, why.raw()), why);
      if (plugin.shard_close != nullptr) {
        plugin.shard_close(shard);
      }
    }
    if (plugin.destroy != nullptr) {
      plugin.destroy(instance);
    }
  }
  const std::uint64_t counted = done - warm_up;
  const auto grown = [&](std::size_t now, std::size_t then) { return now > then ? now - then : 0; };
  const std::size_t heap = grown(mallinfo2().uordblks, heap_before);
  const std::size_t growth = std::max(heap, grown(resident_bytes(), before));
  expect(growth <= growth_bytes_max, "grows by " + std::to_string(growth) + " bytes over " +
                                         std::to_string(counted) + " times create and destroy, " +
                                         std::to_string(growth / counted) + " each, expected none");
  expect(side.held_bytes() == 0,
         std::to_string(side.held_bytes()) + " bytes of the host's memory are not given back");
  return std::to_string(counted) + " times";
}

std::size_t thread_count() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
}

std::string leaves_no_thread(const context& given) {
  std::size_t threads = 0;
  {
    stage one(given);
    call_all_kinds(one);
    one.end();
    threads = thread_count();
  }
  // The control thread and the two of the shards.
  constexpr std::size_t own = 3;
  expect(threads <= own, std::to_string(threads - own) +
                             " threads of the plugin run on after unload(), expected them joined");
  return {};
}

std::string keeps_to_its_threads(const context& given) {
  stage one(given);
  call_all_kinds(one);
  one.end();
  const auto faults = one.side().faults();
  expect(faults.empty(), faults.empty() ? "" : faults.front());
  return {};
}

}  // namespace

std::span<const test> life_tests() {
  static const test tests[] = {
      {"life.creates", "load, create, shard_open, calls and their ends go well", creates},
      {"life.older_host", "nothing is read behind the tables of minor 0",
       lives_with_a_host_of_minor_0},
      {"life.younger_host", "longer tables of a younger host change nothing",
       lives_with_a_younger_host},
      {"life.no_services", "a host without services is lived with, or refused in words",
       lives_without_services},
      {"life.no_memory", "a host that has no memory left is lived with, or refused in words",
       lives_without_memory},
      {"life.hostile_configuration", "any value of a declared type is refused in words, or works",
       withstands_hostile_configuration},
      {"life.growth", "creating and destroying again and again needs no more memory",
       does_not_grow},
      {"life.threads_left", "threads of the plugin end with it", leaves_no_thread},
      {"life.wrong_thread", "what belongs to the control thread is called there alone",
       keeps_to_its_threads},
  };
  return tests;
}

}  // namespace tidemill::conformance
