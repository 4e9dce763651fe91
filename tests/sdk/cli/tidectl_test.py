#!/usr/bin/env python3
"""tidectl from outside: answers, errors and exit codes. Usage: tidectl_test.py TIDECTL PLUGIN_DIRECTORY"""
import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

TIDECTL, PLUGINS = sys.argv[1], pathlib.Path(sys.argv[2])
EXTENSIONS = {
    "directories": ["/plugins"],
    "plugins": [{"name": "murmur2", "version": "1.0.0", "kinds": ["partitioner"], "file": "/plugins/murmur2.so"}],
    "instances": [{"name": "keys", "state": "current", "plugin": "murmur2", "version": "1.0.0",
                   "kinds": [{"kind": "partitioner", "calls": 7, "breaker": "closed"}]}],
    "problems": ["/plugins/bad.so: not an ELF file"],
}


def tidectl(*words):
    ran = subprocess.run([TIDECTL, *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
    return ran.returncode, ran.stdout, ran.stderr


class Broker(http.server.BaseHTTPRequestHandler):
    """Answers like the admin server of a broker."""
    asked = []
    reload = 200, {"problems": [], "changed": 1}

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        self.asked.append(("GET", self.path))
        self.answer(*((200, EXTENSIONS) if self.path == "/v1/extensions" else (404, {"error": "no such page"})))

    def do_POST(self):
        self.asked.append(("POST", self.path))
        known = {"/v1/extensions/reload": self.reload, "/v1/extensions/keys/disable": (200, {"name": "keys"})}
        self.answer(*known.get(self.path, (404, {"error": "no instance of that name"})))

    def log_message(self, *_):
        pass


class Files(unittest.TestCase):
    def test_inspect_shows_a_plugin_as_text_and_as_json(self):
        code, text, _ = tidectl("plugin", "inspect", PLUGINS / "weighted.so")
        self.assertEqual(code, 0)
        self.assertIn("weighted 1.0.0", text)
        self.assertIn("weights  list of integers, required", text)
        code, text, _ = tidectl("plugin", "inspect", PLUGINS / "weighted.so", "--json")
        self.assertEqual(code, 0)
        shown = json.loads(text)
        self.assertEqual(shown["kinds"][0]["needs"], ["keys"])
        self.assertTrue(shown["kinds"][0]["deterministic"])
        self.assertIsNone(shown["config_keys"][0]["default"])

    def test_inspect_of_something_else_says_what_it_found(self):
        code, _, error = tidectl("plugin", "inspect", __file__)
        self.assertEqual(code, 1)
        self.assertIn("not an ELF file: it begins with 23 21 2f 75", error)
        code, text, _ = tidectl("--json", "plugin", "inspect", "/nowhere.so")
        self.assertEqual(code, 1)
        self.assertIn("No such file", json.loads(text)["error"])

    def test_new_refuses_names_kinds_and_folders_that_will_not_do(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("Vip", "1vip", "../vip", "a" * 65):
                code, _, error = tidectl("plugin", "new", name, "--folder", f"{folder}/made")
                self.assertEqual(code, 2, name)
                self.assertIn("expected [a-z]", error)
            code, _, error = tidectl("plugin", "new", "vip", "--kind", "juggler", "--folder", f"{folder}/made")
            self.assertEqual(code, 2)
            self.assertIn("--lang c --kind transform; --lang cpp --kind authenticator", error)
            self.assertFalse(pathlib.Path(folder, "made").exists())
            pathlib.Path(folder, "mine").write_text("mine")
            code, _, error = tidectl("plugin", "new", "vip", "--folder", folder)
            self.assertEqual(code, 1)
            self.assertIn("is not empty", error)
            self.assertEqual([one.name for one in pathlib.Path(folder).iterdir()], ["mine"])

    def test_validate_names_what_it_needs(self):
        code, _, error = tidectl("plugin", "validate", PLUGINS / "weighted.so")
        self.assertEqual(code, 2)
        self.assertIn("--set weights=...", error)
        code, _, error = tidectl("plugin", "validate", PLUGINS / "murmur2.so", "--filter", "nothing")
        self.assertEqual(code, 2)
        self.assertIn("--list", error)
        code, _, error = tidectl("plugin", "validate", PLUGINS / "murmur2.so", "--set", "weights")
        self.assertEqual(code, 2)
        self.assertIn("expected key=value", error)

    def test_validate_filters_and_counts(self):
        code, text, _ = tidectl("--json", "plugin", "validate", PLUGINS / "murmur2.so", "--filter", "partitioner.range")
        self.assertEqual(code, 0)
        lines = [json.loads(line) for line in text.splitlines()]
        self.assertEqual([line.get("test") for line in lines], ["partitioner.range", None])
        self.assertEqual(lines[-1], {"tests": 1, "failed": 0})

    def test_every_test_has_a_rule(self):
        code, text, _ = tidectl("--json", "plugin", "validate", "--list")
        self.assertEqual(code, 0)
        tests = json.loads(text)
        self.assertGreaterEqual(len(tests), 35)
        self.assertEqual(len({one["name"] for one in tests}), len(tests))
        self.assertTrue(all(one["rule"] for one in tests))

    def test_bench_measures_each_kind(self):
        code, text, _ = tidectl("--json", "plugin", "bench", PLUGINS / "murmur2.so")
        self.assertEqual(code, 0)
        self.assertTrue(all(one["value"] > 0 for one in json.loads(text)))
        self.assertTrue(any(one["unit"] == "ns per record" for one in json.loads(text)))

    def test_every_command_has_an_example(self):
        for command in ("new", "inspect", "validate", "bench", "list", "reload", "disable"):
            code, text, _ = tidectl("plugin", command, "--help")
            self.assertEqual(code, 0, command)
            self.assertIn(f"Example:\n  tidectl plugin {command}", text)

    def test_new_refuses_names_that_could_not_name_the_class_that_it_makes(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, why in (("class", "a word of C++"), ("co_await", "a word of C++"), ("constexpr", "a word of C++"), ("std", "something of that name"),
                              ("tidemill", "something of that name"), ("index", "something of that name"),
                              ("div_t", "something of that name"), ("linux", "something of that name"),
                              ("a__b", "two underscores"), ("about", "uses that word itself"),
                              ("choose", "uses that word itself")):
                code, text, _ = tidectl("--json", "plugin", "new", name, "--folder", f"{folder}/made")
                self.assertEqual(code, 2, name)
                self.assertIn(f"the name is '{name}', but", json.loads(text)["error"])
                self.assertIn(why, json.loads(text)["error"])
            self.assertFalse(pathlib.Path(folder, "made").exists())
            # What only looks like one, and words that nothing but comments or texts of the template say.
            for name in ("standard", "classes", "does", "vip"):
                self.assertEqual(tidectl("plugin", "new", name, "--folder", f"{folder}/{name}")[0], 0, name)
            # In C the name is a text.
            self.assertEqual(tidectl("plugin", "new", "choose", "--lang", "c", "--folder", f"{folder}/choose")[0], 0)

    def test_a_wrong_command_line_is_told_apart(self):
        for words, error, hint in (
                (["plugin", "foo"], "there is no command 'foo' in 'tidectl plugin'", "there are: new, inspect,"),
                (["plugin", "lst"], "there is no command 'lst' in 'tidectl plugin'", "did you mean 'list'?"),
                (["plugn"], "there is no command 'plugn' in 'tidectl'", "did you mean 'plugin'?"),
                (["plugin", "inspect"], "file is required", "run 'tidectl plugin inspect --help'"),
                (["plugin", "list", "--adnim", "x"], "--adnim", "run 'tidectl plugin list --help'"),
                (["plugin"], "A subcommand is required", "run 'tidectl plugin --help'"),
                ([], "A subcommand is required", "run 'tidectl --help'")):
            code, text, said = tidectl(*words)
            self.assertEqual((code, text), (2, ""), words)
            self.assertIn(error, said)
            self.assertIn(hint, said)
            for place in (0, len(words)):
                code, text, said = tidectl(*words[:place], "--json", *words[place:])
                self.assertEqual((code, said), (2, ""), words)
                answer = json.loads(text)
                self.assertIn(error, answer["error"])
                self.assertIn(hint, answer["next"])


class Running(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = http.server.HTTPServer(("127.0.0.1", 0), Broker)
        cls.admin = f"127.0.0.1:{cls.server.server_port}"
        cls.thread = threading.Thread(target=cls.server.serve_forever)
        cls.thread.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.thread.join()
        cls.server.server_close()

    def setUp(self):
        Broker.asked.clear()
        Broker.reload = 200, {"problems": [], "changed": 1}

    def test_list_shows_what_the_broker_says(self):
        code, text, _ = tidectl("--json", "plugin", "list", "--admin", self.admin)
        self.assertEqual((code, json.loads(text)), (0, EXTENSIONS))
        code, text, _ = tidectl("plugin", "list", "--admin", self.admin)
        self.assertEqual(code, 0)
        self.assertIn("murmur2 1.0.0  partitioner", text)
        self.assertIn("keys  current, murmur2 1.0.0  partitioner: 7 calls, breaker closed", text)
        self.assertIn("PROBLEM: /plugins/bad.so: not an ELF file", text)

    def test_reload_and_disable_ask_for_it(self):
        self.assertEqual(tidectl("plugin", "reload", "--admin", self.admin)[0], 0)
        self.assertEqual(tidectl("plugin", "disable", "keys", "--admin", self.admin)[0], 0)
        self.assertEqual(Broker.asked, [("POST", "/v1/extensions/reload"), ("POST", "/v1/extensions/keys/disable")])

    def test_what_the_broker_refuses_is_an_error(self):
        Broker.reload = 409, {"problems": ["/plugins/vip.so: built for ABI major 2, expected 1"], "changed": 0}
        code, _, error = tidectl("plugin", "reload", "--admin", self.admin)
        self.assertEqual(code, 1)
        self.assertIn("answers 409: /plugins/vip.so: built for ABI major 2", error)
        code, _, error = tidectl("plugin", "disable", "nobody", "--admin", self.admin)
        self.assertEqual(code, 1)
        self.assertIn("no instance of that name", error)

    def test_a_name_that_is_a_path_is_not_sent(self):
        code, _, _ = tidectl("plugin", "disable", "../reload?", "--admin", self.admin)
        self.assertEqual((code, Broker.asked), (2, []))

    def test_without_a_broker_the_error_says_what_to_do(self):
        with http.server.HTTPServer(("127.0.0.1", 0), Broker) as gone:
            port = gone.server_port
        code, _, error = tidectl("plugin", "list", "--admin", f"127.0.0.1:{port}")
        self.assertEqual(code, 1)
        self.assertIn("Connection refused", error)
        self.assertIn("is the broker running", error)
        code, _, error = tidectl("plugin", "list", "--admin", "nonsense")
        self.assertEqual(code, 1)
        self.assertIn("expected host:port", error)


unittest.main(argv=sys.argv[:1])
