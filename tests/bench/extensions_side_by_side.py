#!/usr/bin/env python3
"""What extensions cost a running broker, by turns in one run:

    absent   CPU per request of a topic that names no extension: a broker with all shipped plugins loaded, beside one
             without any (the quickest quarter of each, ratio <= 1.02)
    reload   p99 of produce to a topic with tidemill.partitioner: quiet, and with a new version of its plugin loaded once
             per second (ratio of the medians, < 2; no failed request)

    tests/bench/extensions_side_by_side.py [--runs N] [--seconds N] [absent] [reload]

The load generator comes from the folder that TIDEMILL_PEERS names, as for side_by_side.sh; TIDEMILL names another binary
than that of the release preset. Needs an idle machine; each row takes about 75 s with the defaults. Status 1: a bound is
missed, 77: no load generator."""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("TIDEMILL_PEERS", str(ROOT.parent / "shared" / "peers"))
os.environ.setdefault("TIDEMILL", str(ROOT / "build" / "release" / "bin" / "tidemill"))
import side_by_side as bench  # noqa: E402  (reads the two at once)

SHIPPED = pathlib.Path(bench.TIDEMILL).resolve().parents[1] / "plugins"
SEGMENTS = "retention.bytes=67108864,segment.bytes=33554432"


class Broker(bench.Broker):
    """With the plugins of one directory."""

    def __init__(self, work, name, plugins):
        self.admin = bench.free_port()
        port = bench.free_port()
        settings = {"broker.data_directory": f"{work}/{name}", "listener.0.address": f"127.0.0.1:{port}",
                    "admin.address": f"127.0.0.1:{self.admin}", "extensions.directories": str(plugins)}
        command = [bench.TIDEMILL]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        with open(f"{work}/{name}.log", "w", encoding="utf-8") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        super().__init__(name, port, process.pid, process)
        bench.wait_for(port)

    def reload(self):
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin}/v1/extensions/reload", method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status


def measured(broker, arguments, field):
    one = broker.load(arguments, broker.name)
    if one is None or not one.get("ok"):
        sys.exit(f"extensions_side_by_side: {broker.name}: {one.get('why') if one else 'no result'}")
    return one[field]


def verdict(text, ratio, is_reached):
    print(f"    {text} {ratio:.3f}: {'reached' if is_reached else 'MISSED'}", flush=True)
    return is_reached


def quickest(values):
    """The mean of the quickest quarter: what else the machine does only ever adds."""
    return statistics.mean(sorted(values)[:max(1, len(values) // 4)])


def absent(work, options):
    print("absent: one 180 B record a request, 20 connections x 5, a topic that names no extension", flush=True)
    nothing = pathlib.Path(work, "nothing")
    nothing.mkdir()
    brokers = [Broker(work, "without", nothing), Broker(work, "with", SHIPPED)]
    spent = {broker.name: [] for broker in brokers}
    arguments = ["unbatched", "--partitions", "4", "--conns", "20", "--depth", "5", "--warmup", "0.3", "--seconds", "1",
                 "--config", SEGMENTS]
    try:
        for turn in range(5 * options.runs):
            # Each is first in half of the turns: what the machine does meanwhile meets both.
            for broker in brokers if turn % 2 == 0 else brokers[::-1]:
                spent[broker.name].append(measured(broker, arguments, bench.REQUEST_CPU))
    finally:
        for broker in brokers:
            broker.stop()
    for name, values in spent.items():
        print(f"    {name:8} {quickest(values):6.3f} us/request  (median {statistics.median(values):.2f}, "
              f"{min(values):.2f} to {max(values):.2f} in {len(values)} turns)")
    ratio = quickest(spent["with"]) / quickest(spent["without"])
    return verdict("with / without (<= 1.02)", ratio, ratio <= 1.02)


class Reloads:
    """A new content of the plugin, and a reload, once per second while it is entered."""

    def __init__(self, broker, file):
        self.broker, self.file, self.done, self.failed = broker, file, 0, 0
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        original = (SHIPPED / self.file.name).read_bytes()
        while not self.ending.wait(1):
            # Bytes behind the end make another version of it.
            fresh = self.file.with_suffix(".new")
            fresh.write_bytes(original + str(self.done).encode() + os.urandom(8))
            fresh.chmod(0o644)
            fresh.rename(self.file)
            try:
                self.done += self.broker.reload() == 200
            except OSError:
                self.failed += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.ending.set()
        self.thread.join()


def reload(work, options):
    print("reload: one 180 B record a request, 8 connections, 4,000/s, verified by murmur2", flush=True)
    plugins = pathlib.Path(work, "plugins")
    plugins.mkdir(mode=0o755)
    for file in SHIPPED.glob("*.so"):
        shutil.copy(file, plugins)
    broker = Broker(work, "reloading", plugins)
    p99 = {"quiet": [], "reloads": []}
    arguments = ["unbatched", "--partitions", "4", "--conns", "8", "--depth", "5", "--rate", "4000", "--warmup", "1",
                 "--seconds", str(3 * options.seconds), "--config",
                 SEGMENTS + ",tidemill.partitioner=murmur2,tidemill.partitioner.mode=verify-reject"]
    reloads = failed = 0
    try:
        for _ in range(options.runs):
            p99["quiet"].append(measured(broker, arguments, "p99_us"))
            with Reloads(broker, plugins / "murmur2.so") as now:
                p99["reloads"].append(measured(broker, arguments, "p99_us"))
            reloads, failed = reloads + now.done, failed + now.failed
    finally:
        broker.stop()
    medians = {name: statistics.median(values) for name, values in p99.items()}
    for name, values in p99.items():
        print(f"    {name:8} p99 {medians[name]:7.0f} us  ({min(values):.0f} to {max(values):.0f})")
    print(f"    {reloads} reloads, {failed} failed; every request was acknowledged")
    if reloads < options.runs or failed:
        sys.exit("extensions_side_by_side: the reloads did not come about")
    ratio = medians["reloads"] / medians["quiet"]
    return verdict("p99 with reloads / quiet (< 2)", ratio, ratio < 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", choices=[[], "absent", "reload"])
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args()
    if not os.access(bench.WIREBENCH, os.X_OK):
        print(f"extensions_side_by_side: no load generator: {bench.WIREBENCH}", file=sys.stderr)
        return 77
    reached = True
    with tempfile.TemporaryDirectory(prefix="tidemill-bench-") as work:
        os.chmod(work, 0o755)
        for row in options.rows or ["absent", "reload"]:
            reached = {"absent": absent, "reload": reload}[row](work, options) and reached
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
