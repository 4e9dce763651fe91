#!/usr/bin/env python3
"""Command line, configuration from all sources, messages and exit codes."""
import pathlib
import re
import tempfile
import tomllib
import unittest

from broker import Broker, run

CONTRACT = """\
[broker]
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
"""


class Configuration(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory(prefix="tidemill-test-")
        self.addCleanup(self.home.cleanup)

    def file(self, text):
        path = pathlib.Path(self.home.name) / "t.toml"
        path.write_text(text)
        return str(path)

    def printed(self, *words, **variables):
        done = run("--print-config", *words, **variables)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return tomllib.loads(done.stdout)

    def refused(self, sentence, *words, **variables):
        done = run("--check-config", *words, **variables)
        self.assertEqual(done.returncode, 2, done)
        self.assertIn(sentence, done.stderr)
        self.assertEqual(done.stdout, "")

    def test_contract_file_works_as_it_stands(self):
        done = run("--check-config", "--config", self.file(CONTRACT))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_check_and_print_together_are_refused(self):
        self.refused("--check-config excludes --print-config", "--print-config")

    def test_each_key_of_the_contract_works_from_every_source(self):
        keys = [("broker.data_directory", "elsewhere"), ("listener.0.name", "outside"),
                ("listener.0.address", "127.0.0.1:19092"), ("admin.address", "127.0.0.1:19644"),
                ("listener.0.advertised", "broker.example:19092"), ("log.durability", "fsync"),
                ("topic_defaults.num.partitions", "7"),
                ("topic_defaults.segment.bytes", "1048576")]
        file = self.file(CONTRACT)
        for key, value in keys:
            section, rest = key.split(".", 1)
            variable = rest.replace(".", "__") if section == "listener" else rest.replace(".", "_")
            by_override = self.printed("--config", file, "--set", f"{key}={value}")
            by_variable = self.printed("--config", file,
                                       **{f"TIDEMILL_{section}__{variable}".upper(): value})
            self.assertEqual(by_override, by_variable, key)
            self.assertNotEqual(by_override, self.printed("--config", file), key)

    def test_order_of_the_sources(self):
        file = self.file('[broker]\nrack = "file"\nnode_id = 2\nshards = 2\n')
        got = self.printed("--config", file, "--set", "broker.shards=4",
                           TIDEMILL_BROKER__SHARDS="3", TIDEMILL_BROKER__NODE_ID="3")["broker"]
        self.assertEqual((got["rack"], got["node_id"], got["shards"]), ("file", 3, 4))

    def test_print_names_the_sources(self):
        done = run("--print-config", "--config", self.file('[broker]\nrack = "a"\n'),
                   "--set", "broker.node_id=4")
        self.assertRegex(done.stdout, r'rack = "a" +# .*t\.toml:2\n')
        self.assertRegex(done.stdout, r"node_id = 4 +# --set broker.node_id=4\n")
        self.assertRegex(done.stdout, r"shards = 0 +# default\n")

    def test_wrong_value_names_file_line_key_found_and_expected(self):
        self.refused('t.toml:2: broker.shards: found "many" (text), expected a whole number from 0'
                     ' to 256', "--config", self.file('[broker]\nshards = "many"\n'))

    def test_unknown_keys_get_a_suggestion(self):
        self.refused("t.toml:2: broker.data_dir: unknown key; did you mean broker.data_directory?",
                     "--config", self.file('[broker]\ndata_dir = "x"\n'))
        self.refused("broker.shrads: unknown key; did you mean broker.shards?",
                     "--set", "broker.shrads=1")
        self.refused("TIDEMILL_BROKR__SHARDS: brokr: unknown section; did you mean [broker]?",
                     TIDEMILL_BROKR__SHARDS="1")

    def test_unknown_variables_are_refused_like_unknown_keys(self):
        self.refused("TIDEMILL_BROKER_RACK: unknown variable; did you mean TIDEMILL_BROKER__RACK?",
                     TIDEMILL_BROKER_RACK="a")
        self.refused("TIDEMILL_HOME: unknown variable; a key is written TIDEMILL_SECTION__KEY",
                     TIDEMILL_HOME="a")
        for name in ("TIDEMILL_SERVICE_HOST", "TIDEMILL_PORT_9092_TCP_ADDR", "TIDEMILL_SIMULATION_SEED"):
            self.printed(**{name: "10.0.0.1"})

    def test_every_key_refuses_what_no_key_takes(self):
        for value, found in (("[1]", "found an array"), ("1979-05-27", "found a date"),
                             ("{ a = 1 }", "found a table"), ("nan", "found NaN"), ("-inf", "found -Infinity")):
            lines, keys = [], []
            for section, content in self.printed().items():
                is_list = isinstance(content, list)
                lines.append(f"[[{section}]]" if is_list else f"[{section}]")
                for key in (content[0] if is_list else content):
                    lines.append(f"{key} = {value}")
                    keys.append((len(lines), f"{section}.0.{key}" if is_list else f"{section}.{key}"))
            done = run("--check-config", "--config", self.file("\n".join(lines) + "\n"))
            self.assertEqual(done.returncode, 2)
            self.assertEqual(len(done.stderr.splitlines()), len(keys), done.stderr)
            for line, key in keys:
                self.assertRegex(done.stderr, rf"t\.toml:{line}: {key}: {found}[^\n]*, expected ")

    def test_every_topic_setting_refuses_what_none_takes_and_stands_in_the_help(self):
        help_text = run("--help").stdout.split("[topic_defaults]")[1].split("\n[")[0]
        names = re.findall(r"^  ([a-z.]+) ", help_text, re.M)
        self.assertGreater(len(names), 34)
        for value, found in (('"x y"', 'found "x y"'), ("1979-05-27", "found a date"), ("true", None)):
            text = "[topic_defaults]\n" + "".join(f'"{name}" = {value}\n' for name in names)
            done = run("--check-config", "--config", self.file(text))
            self.assertEqual(done.returncode, 2)
            for line, name in enumerate(names, 2):
                if found:
                    self.assertRegex(done.stderr, rf"t\.toml:{line}: topic_defaults\.{name}: {found}, expected ")

    def test_partitions_by_default_are_no_more_than_may_exist(self):
        self.refused("topic_defaults.num.partitions: found 9, expected at most 8, which"
                     " limits.partitions_max allows", "--set", "limits.partitions_max=8",
                     TIDEMILL_TOPIC_DEFAULTS__NUM_PARTITIONS="9")

    def test_directory_that_cannot_be_made_is_told_in_a_sentence(self):
        done = run("--set", "broker.data_directory=/proc/x", "--set", "listener.0.address=127.0.0.1:0",
                   "--set", "admin.address=")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the data directory /proc/x cannot be used: it does not exist and cannot be made there;"
                      " set broker.data_directory to another", done.stderr)

    def test_directory_without_its_identity_is_refused_and_left_alone(self):
        with Broker() as broker:
            broker.start().stop()
            (broker.data / "meta.toml").unlink()
            for _ in range(2):
                self.assertEqual(broker.spawn().process.wait(60), 1)
            self.assertIn("holds data, but meta.toml, which says whose, is missing", broker.log())
            self.assertFalse((broker.data / "meta.toml").exists())

    def test_topic_defaults_are_checked_as_topic_settings(self):
        file = self.file('[topic_defaults]\n"retention.ms" = "abc"\n"retention.mss" = 1\n')
        self.refused('t.toml:2: topic_defaults.retention.ms: found "abc", expected', "--config", file)
        self.refused("t.toml:3: topic_defaults.retention.mss: no such topic setting, did you mean"
                     " retention.ms?", "--config", file)

    def test_sections_of_later_versions_are_refused_by_name(self):
        self.refused("t.toml:2: cluster.voters: not available in this version",
                     "--config", self.file('[cluster]\nvoters = [1]\n'))

    def test_broken_toml_has_a_line(self):
        self.refused("t.toml:3: this is not TOML:", "--config", self.file("[broker]\n\nrack = \n"))

    def test_missing_file_is_a_configuration_error(self):
        self.refused("/no/such/file.toml: the configuration file cannot be read: No such file",
                     "--config", "/no/such/file.toml")
        self.refused("the configuration file cannot be read", "--config", self.home.name)

    def test_running_with_a_wrong_configuration_also_exits_2(self):
        done = run("--set", "broker.shards=many")
        self.assertEqual(done.returncode, 2)
        self.assertIn("broker.shards", done.stderr)

    def test_wrong_command_lines_exit_2(self):
        for words in (["--no-such"], ["--config"], ["stray"], ["--set"]):
            done = run(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("`tidemill --help`", done.stderr)

    def test_help_names_every_key_that_print_prints(self):
        help_text = run("--help").stdout
        for section, keys in self.printed().items():
            for key in (keys[0] if isinstance(keys, list) else keys):
                self.assertIn(f"  {key} ", help_text, section)

    def test_version_is_one_line(self):
        done = run("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^tidemill \d+\.\d+\.\d+\n")


if __name__ == "__main__":
    unittest.main()
