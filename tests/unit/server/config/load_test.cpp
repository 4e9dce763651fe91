#include "server/config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/quantity.hpp"

namespace tidemill::server::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class few_topic_rules final : public topic_setting_rules {
 public:
  [[nodiscard]] std::optional<std::string> canonical_name(std::string_view name) const override {
    return std::string(name.starts_with("log.") ? name.substr(4) : name);
  }
  [[nodiscard]] std::optional<std::string> problem_with(std::string_view name,
                                                        std::string_view text) const override {
    if (name == "segment.byte") {
      return "no such topic setting, did you mean segment.bytes?";
    }
    const bool is_number = name.ends_with(".bytes") || name.ends_with(".partitions");
    return is_number && !parse_integer(text) ? std::optional<std::string>("expected an integer")
                                             : std::nullopt;
  }
  [[nodiscard]] std::optional<std::string> contradiction_in(
      const std::map<std::string, std::string>& settings) const override {
    return settings.contains("contradicting") ? std::optional<std::string>("they contradict")
                                              : std::nullopt;
  }
  [[nodiscard]] std::vector<topic_setting_help> all() const override {
    return {{"segment.bytes", "1073741824", "The size of a segment.", "an integer"}};
  }
};

loaded load_all(const sources& from) {
  return load(from, few_topic_rules{});
}
loaded load_file(std::string text) {
  return load_all({.from_file = sources::file{"t.toml", std::move(text)}});
}
loaded load_overrides(std::vector<std::string> overrides) {
  return load_all({.overrides = std::move(overrides)});
}
loaded load_environment(std::vector<std::pair<std::string, std::string>> variables) {
  return load_all({.environment = std::move(variables)});
}

std::vector<std::string> sentences(const loaded& outcome) {
  std::vector<std::string> texts;
  for (const problem& wrong : outcome.problems) {
    texts.push_back(to_string(wrong));
  }
  return texts;
}

constexpr const char* contract_file = R"([broker]
data_directory = "tidemill-data"
[[listener]]
name = "plain"
address = "127.0.0.1:9092"
advertised = "127.0.0.1:9092"
[admin]
address = "127.0.0.1:9644"
[log]
durability = "replicated"        # or "fsync"
[topic_defaults]
"num.partitions" = 1
"segment.bytes" = 1073741824
)";

TEST(load, nothing_given_is_one_plain_listener_on_loopback) {
  const loaded outcome = load_all({});
  EXPECT_THAT(sentences(outcome), IsEmpty());
  EXPECT_EQ(outcome.values.broker.data_directory, "tidemill-data");
  ASSERT_EQ(outcome.values.listeners.size(), 1U);
  EXPECT_EQ(to_string(outcome.values.listeners[0].address), "127.0.0.1:9092");
  EXPECT_EQ(to_string(outcome.values.admin.address), "127.0.0.1:9644");
  EXPECT_TRUE(outcome.values.broker.auto_create_topics);
  EXPECT_EQ(outcome.values.limits.request_size_bytes_max, 100 << 20);
}

TEST(load, contract_file_is_accepted_as_it_stands) {
  const loaded outcome = load_file(contract_file);
  EXPECT_THAT(sentences(outcome), IsEmpty());
  EXPECT_EQ(outcome.values.topic_defaults.at("segment.bytes"), "1073741824");
  EXPECT_EQ(outcome.values.topic_defaults.at("num.partitions"), "1");
}

/// A value other than the default for every setting.
std::string another_value(const setting& known) {
  switch (known.type) {
    case kind::text:
    case kind::path:
    case kind::name:
    case kind::optional_name:
    case kind::path_list:
      return "other";
    case kind::integer:
      return std::to_string(known.least + 3);
    case kind::size_bytes:
      return "20MiB";
    case kind::duration:
      return "17s";
    case kind::boolean:
      return known.built_in == "true" ? "false" : "true";
    case kind::choice:
      return std::string(known.choices.back());
    case kind::address:
    case kind::optional_address:
      return "[::1]:7";
  }
  return "";
}

struct written_everywhere {
  std::string toml;
  std::vector<std::string> overrides;
  std::vector<std::pair<std::string, std::string>> variables;
};

written_everywhere write_everywhere(const setting& known, const std::string& value) {
  const bool is_list = find_section(known.section)->shape == section_shape::list;
  const bool is_bare = known.type == kind::integer || known.type == kind::boolean;
  const std::string section_name(known.section);
  const std::string key(known.key);
  const std::string quote = is_bare ? "" : "\"";
  const std::string in_toml = quote + value + quote;
  std::string upper = "TIDEMILL_" + section_name + (is_list ? "__0__" : "__") + key;
  std::ranges::transform(upper, upper.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  written_everywhere written{
      (is_list ? "[[" + section_name + "]]\n" : "[" + section_name + "]\n") + key + " = " +
          (known.type == kind::path_list ? "[" + in_toml + "]" : in_toml) + "\n",
      {section_name + (is_list ? ".0." : ".") + key + "=" + value},
      {{upper, value}}};
  // An extension is nothing without these.
  for (const std::string needed : {"name", "plugin"}) {
    if (section_name == "extension" && key != needed) {
      written.toml += needed + " = \"x\"\n";
      written.overrides.push_back("extension.0." + needed + "=x");
      written.variables.emplace_back(
          needed == "name" ? "TIDEMILL_EXTENSION__0__NAME" : "TIDEMILL_EXTENSION__0__PLUGIN", "x");
    }
  }
  return written;
}

class every_setting : public testing::TestWithParam<const setting*> {};

TEST_P(every_setting, takes_its_value_from_each_source_alike) {
  const setting& known = *GetParam();
  const std::string value = another_value(known);
  ASSERT_NE(value, known.built_in);
  const written_everywhere written = write_everywhere(known, value);
  loaded from_file = load_file(written.toml);
  loaded from_override = load_overrides(written.overrides);
  loaded from_environment = load_environment(written.variables);
  loaded untouched = load_all({});
  EXPECT_THAT(sentences(from_file), IsEmpty());
  EXPECT_THAT(sentences(from_override), IsEmpty());
  EXPECT_THAT(sentences(from_environment), IsEmpty());
  EXPECT_EQ(from_file.values, from_override.values);
  EXPECT_EQ(from_file.values, from_environment.values);
  EXPECT_NE(from_file.values, untouched.values);
  const std::string stored = to_toml(known, known.at(from_file.values, 0));
  EXPECT_THAT(stored, testing::AnyOf(value, "\"" + value + "\"", "[\"" + value + "\"]"));
}

TEST_P(every_setting, refuses_a_value_of_the_wrong_type_with_line_and_expectation) {
  const setting& known = *GetParam();
  const bool is_list = find_section(known.section)->shape == section_shape::list;
  const std::string section_name(known.section);
  const std::string header = is_list ? "[[" + section_name + "]]" : "[" + section_name + "]";
  const loaded outcome = load_file(header + "\n\n" + std::string(known.key) + " = 1979-05-27\n");
  ASSERT_EQ(outcome.problems.size(), 1U);
  const std::string path = section_name + (is_list ? ".0." : ".") + std::string(known.key);
  EXPECT_EQ(to_string(outcome.problems[0]),
            "t.toml:3: " + path + ": found a date, expected " + expectation(known));
}

TEST_P(every_setting, is_described) {
  const setting& known = *GetParam();
  EXPECT_TRUE(known.doc.ends_with('.')) << known.key;
  EXPECT_NE(known.at, nullptr);
  EXPECT_NE(find_section(known.section), nullptr);
  EXPECT_THAT(describe_settings(few_topic_rules{}), HasSubstr(std::string(known.key)));
}

std::vector<const setting*> all_settings() {
  std::vector<const setting*> all;
  for (const setting& known : settings()) {
    all.push_back(&known);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(table, every_setting, testing::ValuesIn(all_settings()),
                         [](const auto& each) {
                           return std::string(each.param->section) + "_" +
                                  std::string(each.param->key);
                         });

TEST(load, later_sources_win) {
  sources from;
  from.from_file = sources::file{"t.toml", "[broker]\nrack = \"file\"\nnode_id = 2\nshards = 2\n"};
  from.environment = {{"TIDEMILL_BROKER__NODE_ID", "3"}, {"TIDEMILL_BROKER__SHARDS", "3"}};
  from.overrides = {"broker.shards=4", "broker.shards=5"};
  const loaded outcome = load_all(from);
  EXPECT_EQ(outcome.values.broker.rack, "file");
  EXPECT_EQ(outcome.values.broker.node_id, 3);
  EXPECT_EQ(outcome.values.broker.shards, 5);
  EXPECT_EQ(to_string(outcome.origins.at({"broker", std::nullopt, "rack"})), "t.toml:2");
  EXPECT_EQ(to_string(outcome.origins.at({"broker", std::nullopt, "node_id"})),
            "TIDEMILL_BROKER__NODE_ID");
  EXPECT_EQ(to_string(outcome.origins.at({"broker", std::nullopt, "shards"})),
            "--set broker.shards=5");
}

TEST(load, topic_defaults_read_alike_from_every_source) {
  const std::map<std::string, std::string> expected{{"segment.bytes", "2048"}};
  EXPECT_EQ(load_file("[topic_defaults]\n\"segment.bytes\" = 2048\n").values.topic_defaults,
            expected);
  EXPECT_EQ(load_file("[topic_defaults]\nsegment.bytes = 2048\n").values.topic_defaults, expected);
  EXPECT_EQ(load_overrides({"topic_defaults.segment.bytes=2048"}).values.topic_defaults, expected);
  EXPECT_EQ(
      load_environment({{"TIDEMILL_TOPIC_DEFAULTS__SEGMENT_BYTES", "2048"}}).values.topic_defaults,
      expected);
}

TEST(load, topic_default_of_any_plain_type_becomes_kafka_text) {
  const loaded outcome = load_file(
      "[topic_defaults]\ncleanup.policy = [\"compact\", \"delete\"]\n"
      "min.cleanable.dirty.ratio = 0.5\n");
  EXPECT_THAT(sentences(outcome), IsEmpty());
  EXPECT_EQ(outcome.values.topic_defaults.at("cleanup.policy"), "compact,delete");
  EXPECT_EQ(outcome.values.topic_defaults.at("min.cleanable.dirty.ratio"), "0.5");
}

TEST(load, topic_default_is_kept_under_its_canonical_name) {
  const loaded outcome = load_overrides({"topic_defaults.log.segment.bytes=5"});
  EXPECT_THAT(sentences(outcome), IsEmpty());
  EXPECT_EQ(outcome.values.topic_defaults.at("segment.bytes"), "5");
}

TEST(load, variables_that_cannot_be_ours_are_not_looked_at) {
  for (const char* name :
       {"PATH", "OTHER_TIDEMILL_BROKER__X", "tidemill_broker__x", "TIDEMILL_SERVICE_HOST",
        "TIDEMILL_SERVICE_PORT", "TIDEMILL_SERVICE_PORT_PLAIN", "TIDEMILL_PORT",
        "TIDEMILL_PORT_9092_TCP", "TIDEMILL_PORT_9092_TCP_ADDR", "TIDEMILL_PORT_9092_TCP_PORT",
        "TIDEMILL_PORT_9092_TCP_PROTO", "TIDEMILL_BROKER_SERVICE_HOST",
        "TIDEMILL_BROKER_PORT_9092_TCP", "TIDEMILL_SIMULATION_SEED", "TIDEMILL_BINARY"}) {
    EXPECT_THAT(sentences(load_environment({{name, "x"}})), IsEmpty()) << name;
  }
}

struct wrong_case {
  const char* name;
  sources from;
  const char* sentence;
};

sources file(const char* text) {
  return {.from_file = sources::file{"t.toml", text}};
}
sources override_with(const char* text) {
  return {.overrides = {text}};
}
sources variable(const char* name, const char* value) {
  return {.environment = {{name, value}}};
}

class wrong_configuration : public testing::TestWithParam<wrong_case> {};

TEST_P(wrong_configuration, is_told_in_one_sentence) {
  const loaded outcome = load_all(GetParam().from);
  EXPECT_THAT(sentences(outcome), ElementsAre(GetParam().sentence));
}

const wrong_case wrong_cases[] = {
    {"key_misspelt", file("[broker]\ndata_dir = \"x\"\n"),
     "t.toml:2: broker.data_dir: unknown key; did you mean broker.data_directory?"},
    {"key_in_list_misspelt", file("[[listener]]\nadress = \"x\"\n"),
     "t.toml:2: listener.0.adress: unknown key; did you mean listener.0.address?"},
    {"key_in_wrong_section", file("[broker]\nidle_timeout = \"5m\"\n"),
     "t.toml:2: broker.idle_timeout: unknown key; did you mean limits.idle_timeout?"},
    {"key_in_wrong_list", file("[broker]\naddress = \"x\"\n"),
     "t.toml:2: broker.address: unknown key; did you mean listener.0.address?"},
    {"key_strange", file("[broker]\nzzzzzzzz = 1\n"),
     "t.toml:2: broker.zzzzzzzz: unknown key; `tidemill --help` lists all keys"},
    {"section_misspelt", file("[brokr]\nrack = \"a\"\n"),
     "t.toml:1: brokr: unknown section; did you mean [broker]?"},
    {"list_misspelt", file("\n[[listeners]]\naddress = \"x\"\n"),
     "t.toml:2: listeners: unknown section; did you mean [[listener]]?"},
    {"key_without_section", file("shards = 1\n"),
     "t.toml:1: shards: unknown section; the key shards belongs under [broker]"},
    {"section_strange", file("[zzzzzzzzz]\n"),
     "t.toml:1: zzzzzzzzz: unknown section; `tidemill --help` lists all sections"},
    {"section_is_value", file("broker = 1\n"),
     "t.toml:1: broker: found a plain value, expected a section [broker]"},
    {"listener_is_table", file("[listener]\naddress = \"a:1\"\n"),
     "t.toml:1: listener: found a table, expected entries that start with [[listener]]"},
    {"listener_is_mixed", file("listener = [1, 2]\n"),
     "t.toml:1: listener: found an array, expected entries that start with [[listener]]"},
    {"key_is_table", file("[broker.rack]\na = 1\n"),
     "t.toml:1: broker.rack: found a table, expected text (UTF-8) of at most 249 bytes without "
     "control characters"},
    {"number_as_text", file("[broker]\nshards = \"4\"\n"),
     "t.toml:2: broker.shards: found \"4\" (text), expected a whole number from 0 to 256"},
    {"number_out_of_range", file("[broker]\nshards = 257\n"),
     "t.toml:2: broker.shards: found 257 (a whole number), expected a whole number from 0 to 256"},
    {"number_is_fraction", file("[broker]\nshards = 1.5\n"),
     "t.toml:2: broker.shards: found 1.5 (a fraction), expected a whole number from 0 to 256"},
    {"boolean_as_text", file("[broker]\nauto_create_topics = \"yes\"\n"),
     "t.toml:2: broker.auto_create_topics: found \"yes\" (text), expected true or false"},
    {"duration_without_unit", file("[limits]\nidle_timeout = 600\n"),
     "t.toml:2: limits.idle_timeout: found 600 (a whole number), expected text such as \"500ms\", "
     "\"10s\", \"5m\" or \"12h\", from 1s to 365d"},
    {"choice_unknown", file("[log]\ndurability = \"always\"\n"),
     "t.toml:2: log.durability: found \"always\" (text), expected \"replicated\" or \"fsync\""},
    {"address_without_port", file("[[listener]]\naddress = \"localhost\"\n"),
     "t.toml:2: listener.0.address: found \"localhost\" (text), expected an address and a port "
     "such as \"127.0.0.1:9092\" or \"[::1]:9092\""},
    {"section_later", file("[cluster]\nvoters = [1]\n"),
     "t.toml:2: cluster.voters: not available in this version of tidemill; leave the section "
     "cluster out"},
    {"extension_without_plugin", file("[[extension]]\nname = \"x\"\n"),
     "default: extension.0.plugin: is missing; expected the name of a plugin"},
    {"extension_with_a_name_that_another_has",
     file("[[extension]]\nname = \"x\"\nplugin = \"p\"\n[[extension]]\nname = \"x\"\nplugin = "
          "\"q\"\n"),
     "t.toml:5: extension.1.name: found \"x\", which is the name of extension.0; expected a name "
     "of "
     "its own"},
    {"extension_key_unknown", file("[[extension]]\nname = \"x\"\nplugins = \"p\"\n"),
     "t.toml:3: extension.0.plugins: unknown key; did you mean extension.0.plugin?"},
    {"extension_config_is_a_date",
     file("[[extension]]\nname = \"x\"\nplugin = \"p\"\nconfig.since = 1979-05-27\n"),
     "t.toml:4: extension.0.config.since: found a date, expected a text, a number, true or false, "
     "or a list of texts or of whole numbers"},
    {"path_list_of_numbers", file("[extensions]\ndirectories = [1]\n"),
     "t.toml:2: extensions.directories: found an array of whole numbers, expected a list of paths "
     "such as [\"/opt/plugins\"], or paths separated by ':' in the environment and in --set"},
    {"not_toml", file("[broker]\nrack = \n"),
     "t.toml:2: this is not TOML: Error while parsing key-value pair: expected value, saw '\\n'"},
    {"topic_setting_misspelt", file("[topic_defaults]\n\"segment.byte\" = 1\n"),
     "t.toml:2: topic_defaults.segment.byte: no such topic setting, did you mean segment.bytes?"},
    {"topic_setting_wrong", file("[topic_defaults]\nsegment.bytes = \"big\"\n"),
     "t.toml:2: topic_defaults.segment.bytes: expected an integer"},
    {"topic_setting_of_no_type", file("[topic_defaults]\ncleanup.policy = 1979-05-27\n"),
     "t.toml:2: topic_defaults.cleanup.policy: found a date, expected a plain value or a list of "
     "texts"},
    {"topic_settings_contradict", file("[topic_defaults]\ncontradicting = 1\n"),
     "default: topic_defaults: they contradict"},
    {"names_twice", file("[[listener]]\naddress=\"a:1\"\n[[listener]]\naddress=\"a:2\"\n"),
     "default: listener.1.name: found \"plain\", which is the name of listener.0; expected a name "
     "of its own, given as listener.1.name"},
    {"addresses_twice",
     file("[[listener]]\naddress=\"a:1\"\n[[listener]]\nname=\"b\"\naddress=\"a:1\"\n"),
     "t.toml:5: listener.1.address: found \"a:1\", which is the address of listener.0; expected "
     "an address of its own"},
    {"address_of_admin", file("[[listener]]\naddress=\"127.0.0.1:9644\"\n"),
     "t.toml:2: listener.0.address: found \"127.0.0.1:9644\", which is the address of the admin "
     "server; expected another"},
    {"address_that_another_takes",
     file("[[listener]]\naddress=\"0.0.0.0:1\"\nadvertised=\"a:1\"\n[[listener]]\nname=\"b\"\n"
          "address=\"127.0.0.1:1\"\n"),
     "t.toml:6: listener.1.address: found \"127.0.0.1:1\", which is taken by \"0.0.0.0:1\" of "
     "listener.0; expected an address of its own"},
    {"address_in_disguise", file("[[listener]]\naddress=\"[::ffff:10.0.0.8]:1\"\n"),
     "t.toml:2: listener.0.address: found \"[::ffff:10.0.0.8]:1\", expected the IPv4 address "
     "itself, \"10.0.0.8\""},
    {"address_in_two_spellings",
     file("[[listener]]\naddress=\"[::1]:1\"\n[[listener]]\nname=\"b\"\naddress=\"[0:0::1]:1\"\n"),
     "t.toml:5: listener.1.address: found \"[0:0::1]:1\", which is taken by \"[::1]:1\" of "
     "listener.0; expected an address of its own"},
    {"wildcard_not_advertised", override_with("listener.0.address=0.0.0.0:9092"),
     "default: listener.0.advertised: found \"0.0.0.0:9092\", where no client can connect to; "
     "expected the address that clients are to use, such as \"broker.example:9092\""},
    {"wildcard_in_other_words_not_advertised", override_with("listener.0.address=[0::0]:9092"),
     "default: listener.0.advertised: found \"[0::0]:9092\", where no client can connect to; "
     "expected the address that clients are to use, such as \"broker.example:9092\""},
    {"override_without_value", override_with("broker.shards"),
     "--set broker.shards: expected --set section.key=value"},
    {"override_without_section", override_with("shards=1"),
     "--set shards=1: expected --set section.key=value"},
    {"override_key_unknown", override_with("broker.shrads=1"),
     "--set broker.shrads=1: broker.shrads: unknown key; did you mean broker.shards?"},
    {"override_section_unknown", override_with("brokr.shards=1"),
     "--set brokr.shards=1: brokr: unknown section; did you mean [broker]?"},
    {"override_value_wrong", override_with("broker.shards=many"),
     "--set broker.shards=many: broker.shards: found \"many\", expected a whole number from 0 to "
     "256"},
    {"override_listener_without_number", override_with("listener.address=a:1"),
     "--set listener.address=a:1: listener: expected the number of an entry after the section, "
     "such as listener.0.address"},
    {"override_listener_with_gap", override_with("listener.2.address=a:1"),
     "--set listener.2.address=a:1: listener.2.address: there is no such listener; the next one "
     "to add is listener.1"},
    {"override_listener_key_unknown", override_with("listener.0.adress=a:1"),
     "--set listener.0.adress=a:1: listener.0.adress: unknown key; did you mean "
     "listener.0.address?"},
    {"variable_key_unknown", variable("TIDEMILL_BROKER__DATA_DIRECTRY", "x"),
     "TIDEMILL_BROKER__DATA_DIRECTRY: broker.data_directry: unknown key; did you mean "
     "broker.data_directory?"},
    {"variable_section_unknown", variable("TIDEMILL_BROKR__RACK", "x"),
     "TIDEMILL_BROKR__RACK: brokr: unknown section; did you mean [broker]?"},
    {"variable_with_one_underscore", variable("TIDEMILL_BROKER_NODE_ID", "1"),
     "TIDEMILL_BROKER_NODE_ID: unknown variable; did you mean TIDEMILL_BROKER__NODE_ID?"},
    {"variable_of_a_list_without_number", variable("TIDEMILL_LISTENER_ADDRESS", "x"),
     "TIDEMILL_LISTENER_ADDRESS: unknown variable; did you mean TIDEMILL_LISTENER__0__ADDRESS?"},
    {"variable_strange", variable("TIDEMILL_HOME", "x"),
     "TIDEMILL_HOME: unknown variable; a key is written TIDEMILL_SECTION__KEY, `tidemill --help` "
     "lists all keys"},
    {"variable_without_name", variable("TIDEMILL_", "x"),
     "TIDEMILL_: unknown variable; a key is written TIDEMILL_SECTION__KEY, `tidemill --help` "
     "lists all keys"},
    {"variable_for_a_later_section", variable("TIDEMILL_CLUSTER__X", "x"),
     "TIDEMILL_CLUSTER__X: cluster.x: not available in this version of tidemill; leave the section "
     "cluster out"},
    {"variables_twice",
     {.environment = {{"TIDEMILL_BROKER__RACK", "a"}, {"TIDEMILL_broker__rack", "b"}}},
     "TIDEMILL_broker__rack: broker.rack: found a second value for broker.rack, which stands in "
     "TIDEMILL_BROKER__RACK already; expected one"},
    {"topic_setting_under_two_names",
     file("[topic_defaults]\n\"segment.bytes\" = 1\n\"log.segment.bytes\" = 2\n"),
     "t.toml:2: topic_defaults.segment.bytes: found a second value for "
     "topic_defaults.segment.bytes, which stands in t.toml:3 already; expected one"},
    {"key_twice", file("[broker]\nrack = \"a\"\nrack = \"b\"\n"),
     "t.toml:3: this is not TOML: Error while parsing key-value pair: cannot redefine existing "
     "string 'rack'"},
    {"section_twice", file("[broker]\n[broker]\n"),
     "t.toml:2: this is not TOML: Error while parsing table header: cannot redefine existing table "
     "'broker'"},
    {"number_huge", file("[broker]\nnode_id = 99999999999999999999\n"),
     "t.toml:2: this is not TOML: Error while parsing decimal integer: '99999999999999999999' is "
     "not representable in 64 bits"},
    {"number_is_nan", file("[broker]\nnode_id = nan\n"),
     "t.toml:2: broker.node_id: found NaN (a fraction), expected a whole number from 0 to "
     "2147483647"},
    {"number_is_huge_fraction", file("[broker]\nnode_id = -1e308\n"),
     "t.toml:2: broker.node_id: found -1e+308 (a fraction), expected a whole number from 0 to "
     "2147483647"},
    {"text_empty", file("[broker]\ndata_directory = \"\"\n"),
     "t.toml:2: broker.data_directory: found \"\" (text), expected the path of a directory (UTF-8, "
     "at most 4096 bytes, no control characters)"},
    {"text_not_utf8", override_with("broker.rack=\xff"),
     "--set broker.rack=\\xff: broker.rack: found \"\\xff\", expected text (UTF-8) of at most 249 "
     "bytes without control characters"},
    {"partitions_above_limit", override_with("topic_defaults.num.partitions=100001"),
     "--set topic_defaults.num.partitions=100001: topic_defaults.num.partitions: found 100001, "
     "expected at most 100000, which limits.partitions_max allows"},
    {"partitions_above_lowered_limit",
     {.from_file = sources::file{"t.toml", "[topic_defaults]\nnum.partitions = 9\n"},
      .overrides = {"limits.partitions_max=8"}},
     "t.toml:2: topic_defaults.num.partitions: found 9, expected at most 8, which "
     "limits.partitions_max allows"},
    {"variable_value_wrong", variable("TIDEMILL_LISTENER__0__ADDRESS", "x"),
     "TIDEMILL_LISTENER__0__ADDRESS: listener.0.address: found \"x\", expected an address and a "
     "port such as \"127.0.0.1:9092\" or \"[::1]:9092\""},
    {"control_characters", override_with("broker.rack=a\nb\x1b[31m"),
     "--set broker.rack=a\\nb\\x1b[31m: broker.rack: found \"a\\nb\\x1b[31m\", expected text "
     "(UTF-8) "
     "of at most 249 bytes without control characters"},
};

INSTANTIATE_TEST_SUITE_P(table, wrong_configuration, testing::ValuesIn(wrong_cases),
                         [](const auto& each) { return each.param.name; });

TEST(load, file_that_is_no_utf8_is_refused_with_its_line) {
  const loaded outcome = load_file("[broker]\nrack = \"\xff\"\n");
  EXPECT_THAT(sentences(outcome), ElementsAre(StartsWith("t.toml:2: this is not TOML: ")));
}

TEST(load, fraction_of_a_topic_setting_keeps_all_its_digits) {
  for (const auto& [written, text] :
       std::vector<std::pair<std::string, std::string>>{{"1e-10", "1e-10"},
                                                        {"0.50", "0.5"},
                                                        {"1.0", "1.0"},
                                                        {"nan", "NaN"},
                                                        {"-inf", "-Infinity"}}) {
    const auto outcome =
        load_file("[topic_defaults]\nmin.cleanable.dirty.ratio = " + written + "\n");
    EXPECT_EQ(outcome.values.topic_defaults.at("min.cleanable.dirty.ratio"), text);
  }
}

TEST(describe_settings, lists_the_settings_of_topics_too) {
  EXPECT_THAT(describe_settings(few_topic_rules{}),
              HasSubstr("  segment.bytes               The size of a segment.\n" +
                        std::string(31, ' ') + "Default: 1073741824. Takes an integer.\n"));
}

TEST(load, odd_character_after_a_bracket_is_refused_with_its_line) {
  for (const char* text : {"\n[!x]\n", "\n[ \001a]\n", "\n[[!]]\n", "\ngr\xc3\xb6\xc3\x9f = 1\n"}) {
    const loaded outcome = load_file(text);
    ASSERT_EQ(outcome.problems.size(), 1U) << text;
    EXPECT_THAT(to_string(outcome.problems[0]), StartsWith("t.toml:2: this is not TOML: "));
  }
}

TEST(load, all_problems_are_told_at_once) {
  const loaded outcome = load_file("[broker]\nshards = -1\nrak = 1\n[limits]\ntopics_max = 0\n");
  EXPECT_EQ(outcome.problems.size(), 3U);
}

TEST(load, listeners_are_added_one_after_the_other) {
  const loaded outcome = load_overrides({"listener.2.name=c", "listener.2.address=[::1]:3",
                                         "listener.1.name=b", "listener.1.address=127.0.0.1:2"});
  EXPECT_THAT(sentences(outcome), IsEmpty());
  ASSERT_EQ(outcome.values.listeners.size(), 3U);
  EXPECT_EQ(outcome.values.listeners[2].name, "c");
}

TEST(load, listeners_of_the_file_replace_the_built_in_one) {
  const loaded outcome = load_file("[[listener]]\nname = \"x\"\naddress = \"127.0.0.1:1\"\n");
  ASSERT_EQ(outcome.values.listeners.size(), 1U);
  EXPECT_EQ(outcome.values.listeners[0].name, "x");
}

TEST(print, reads_back_as_the_same_configuration) {
  sources from;
  from.from_file = sources::file{"t.toml", contract_file};
  from.environment = {{"TIDEMILL_LISTENER__0__ADDRESS", "[::1]:9093"}};
  from.overrides = {"broker.rack=a \"b\" \\c", "listener.1.name=b",
                    "listener.1.address=127.0.0.1:1"};
  loaded first = load_all(from);
  ASSERT_THAT(sentences(first), IsEmpty());
  const std::string text = print(first);
  const loaded second = load_file(text);
  EXPECT_THAT(sentences(second), IsEmpty());
  EXPECT_EQ(first.values, second.values);
}

TEST(print, names_the_source_of_each_value) {
  sources from;
  from.from_file = sources::file{"t.toml", "[broker]\nrack = \"a\"\n"};
  from.overrides = {"broker.node_id=7"};
  loaded all = load_all(from);
  const std::string text = print(all);
  EXPECT_THAT(text, testing::ContainsRegex("rack = \"a\" +# t.toml:2\n"));
  EXPECT_THAT(text, testing::ContainsRegex("node_id = 7 +# --set broker.node_id=7\n"));
  EXPECT_THAT(text, testing::ContainsRegex("shards = 0 +# default\n"));
}

TEST(load, extensions_and_their_plugins_keys_come_from_all_sources) {
  const loaded outcome = load_all(
      {.from_file =
           sources::file{"t.toml",
                         "[extensions]\ndirectories = [\"/a\", \"b\"]\n"
                         "[[extension]]\nname = \"keys\"\nplugin = \"range\"\n"
                         "config = { prefixes = [\"a\", \"m\"], sizes = [1, 2], deep.er = 3 }\n"},
       .environment = {{"TIDEMILL_EXTENSION__0__CONFIG__SALT", "pepper"}},
       .overrides = {"extension.1.name=disk", "extension.1.plugin=free_disk",
                     "extension.1.config.free_min=1GiB", "extensions.directories=/c:/d"}});
  EXPECT_THAT(sentences(outcome), IsEmpty());
  EXPECT_THAT(outcome.values.extensions.directories, ElementsAre("/c", "/d"));
  ASSERT_EQ(outcome.values.extension_list.size(), 2U);
  const extension_section& keys = outcome.values.extension_list[0];
  EXPECT_EQ(keys.config.at("prefixes"), written_value(text_list{"a", "m"}));
  EXPECT_EQ(keys.config.at("sizes"), written_value(number_list{1, 2}));
  EXPECT_EQ(keys.config.at("deep.er"), written_value(std::int64_t{3}));
  EXPECT_EQ(keys.config.at("salt"), written_value(untyped{"pepper"}));
  const extension_section& disk = outcome.values.extension_list[1];
  EXPECT_EQ(disk.plugin, "free_disk");
  EXPECT_EQ(disk.config.at("free_min"), written_value(untyped{"1GiB"}));
  EXPECT_EQ(disk.call_time_max, std::chrono::milliseconds(1));
}

TEST(print, extensions_read_back_as_the_same) {
  loaded first = load_file(
      "[[extension]]\nname = \"keys\"\nplugin = \"range\"\n"
      "config = { prefixes = [\"a\", \"m\"], sizes = [1, 2], salt = \"p\\\"q\", on = true, f = 0.5 "
      "}\n");
  ASSERT_THAT(sentences(first), IsEmpty());
  loaded second = load_file(print(first));
  EXPECT_THAT(sentences(second), IsEmpty());
  EXPECT_EQ(first.values, second.values);
}

TEST(compare, extensions_are_reloadable) {
  loaded running = load_all({});
  loaded wanted = load_overrides(
      {"extension.0.name=keys", "extension.0.plugin=range", "extensions.directories=/a"});
  const difference found = compare(running.values, wanted.values);
  EXPECT_THAT(found.reloadable, ElementsAre("extension", "extensions.directories"));
  EXPECT_THAT(found.fixed, IsEmpty());
  take_reloadable(running.values, wanted.values);
  EXPECT_EQ(running.values.extension_list, wanted.values.extension_list);
  EXPECT_EQ(running.values.extensions, wanted.values.extensions);
}

TEST(compare, tells_reloadable_keys_from_fixed_ones) {
  loaded running = load_all({});
  loaded wanted = load_overrides({"broker.log_level=debug", "limits.connections_max=7",
                                  "broker.rack=x", "listener.0.address=127.0.0.1:1"});
  const difference found = compare(running.values, wanted.values);
  EXPECT_THAT(found.reloadable, ElementsAre("broker.log_level", "limits.connections_max"));
  EXPECT_THAT(found.fixed, ElementsAre("listener", "broker.rack"));
}

TEST(take_reloadable, copies_the_reloadable_values_and_no_others) {
  loaded running = load_all({});
  loaded wanted = load_overrides({"broker.log_level=debug", "limits.connections_max=7",
                                  "limits.idle_timeout=2m", "broker.rack=x"});
  take_reloadable(running.values, wanted.values);
  EXPECT_EQ(running.values.broker.log_level, "debug");
  EXPECT_EQ(running.values.limits.connections_max, 7);
  EXPECT_EQ(running.values.limits.idle_timeout, std::chrono::minutes(2));
  EXPECT_EQ(running.values.broker.rack, "");
}

TEST(endpoint, takes_names_and_addresses_of_both_families) {
  for (const char* right : {"127.0.0.1:0", "localhost:65535", "[::1]:9092", "[fe80::1%eth0]:1"}) {
    const auto parsed = parse_endpoint(right);
    ASSERT_TRUE(parsed) << right;
    EXPECT_EQ(to_string(*parsed), right);
  }
  for (const char* wrong : {"", ":", ":1", "a", "a:", "a:x", "a:-1", "a:65536", "::1:9092", "[::1]",
                            "[a]:1", "a b:1", "a/b:1", "[]:1"}) {
    EXPECT_FALSE(parse_endpoint(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace tidemill::server::config
