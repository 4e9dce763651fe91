"""tidectl as a test object, asked about a broker of the test's own."""
import json
import os
import pathlib
import subprocess
import unittest

from broker import BINARY, PATIENCE_SECONDS, Broker, clean_environment

TIDECTL = os.environ.get("TIDECTL_BINARY") or str(pathlib.Path(BINARY).with_name("tidectl"))


def has_kafka():
    """Whether tidectl was built with librdkafka."""
    shown = subprocess.run([TIDECTL, "--help"], capture_output=True, text=True, check=False).stdout
    return "consume" in shown


@unittest.skipUnless(os.path.exists(TIDECTL) and has_kafka(), "tidectl was built without librdkafka")
class WithBroker(unittest.TestCase):
    """One broker for all tests of a class; each test has topics of its own."""

    @classmethod
    def setUpClass(cls):
        # A group of one member need not wait for more of them.
        cls.broker = Broker("--set", "groups.initial_rebalance_delay=0s", configuration="").start()
        cls.addClassCleanup(cls.broker.__exit__)

    def run_tidectl(self, *words, data=None, **variables):
        environment = clean_environment(TIDECTL_BROKERS=self.broker.address, **variables)
        return subprocess.run([TIDECTL, *map(str, words)], input=data, capture_output=True, text=True,
                              env=environment, timeout=PATIENCE_SECONDS, check=False)

    def tidectl(self, *words, data=None):
        """What it says on stdout, when all is well."""
        done = self.run_tidectl(*words, data=data)
        self.assertEqual(done.returncode, 0, f"{words}: {done.stdout}{done.stderr}\n{self.broker.log()}")
        return done.stdout

    def json(self, *words, data=None):
        """Its answers, one a line."""
        return [json.loads(line) for line in self.tidectl("--json", *words, data=data).splitlines()]

    def refused(self, code, *words, data=None):
        """What it says on stderr when it ends with that code."""
        done = self.run_tidectl(*words, data=data)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        self.assertEqual(done.stdout, "", words)
        return done.stderr
