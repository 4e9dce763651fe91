#!/usr/bin/env python3
"""What compaction at full speed does to those who produce meanwhile: p50 and p99 of 1 KiB requests at
a fixed rate on one topic, first while nothing else goes on, then while another topic is compacted.

    compaction_latency.py WIREBENCH [--size-mib 2048] [--rate 5000] [--seconds 4]

WIREBENCH is the raw load generator that side_by_side.sh uses. TIDEMILL_BINARY: the broker."""
import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "integration"))
from broker import Broker, kcat  # noqa: E402

CONFIGURATION = """
[log]
compaction_interval = "{interval}"
[topic_defaults]
"segment.bytes" = 67108864
"""
PARTITIONS = 8
RECORD_BYTES = 1000


def fill(broker, size_mib):
    """Keyed records of which one in ten has a key of its own."""
    count = 100_000
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as lines:
        value = "v" * RECORD_BYTES
        draw = random.Random(1)
        for _ in range(count):
            lines.write(f"key-{draw.randrange(count // 10)}:{value}\n")
        lines.flush()
        for _ in range(max(1, size_mib * 1024 // count)):
            kcat(broker, "-P", "-t", "table", "-K:", "-X", "linger.ms=20", "-l", lines.name)


def measure(broker, wirebench, options):
    done = subprocess.run([wirebench, "produce", "--broker", broker.address, "--pid",
                           str(broker.process.pid), "--rate", str(options.rate), "--batch-bytes", "1024",
                           "--record-bytes", "1024", "--conns", "4", "--partitions", "4",
                           "--seconds", str(options.seconds)],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def compacted_bytes(broker):
    text = broker.get("/metrics")[1]
    return sum(float(n) for n in
               re.findall(r"(?m)^tidemill_compaction_read_bytes_total\{[^}]*\} (\S+)$", text))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wirebench")
    parser.add_argument("--size-mib", type=int, default=2048)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args()
    with Broker(configuration=CONFIGURATION.format(interval="24h")) as broker:
        broker.start()
        subprocess.run([options.wirebench, "create", "--broker", broker.address, "--topic", "table",
                        "--partitions", str(PARTITIONS), "--config", "cleanup.policy=compact"],
                       check=True)
        fill(broker, options.size_mib)
        broker.stop()
        rows = []
        for what, interval in (("alone", "24h"), ("compacting", "100ms")):
            broker.configuration.write_text(CONFIGURATION.format(interval=interval))
            subprocess.run(["sync"], check=True)
            broker.start()
            if what == "compacting":
                # Logs are opened by whoever uses them first.
                kcat(broker, "-C", "-t", "table", "-o", "-1", "-e", "-q")
            else:
                measure(broker, options.wirebench, argparse.Namespace(rate=options.rate, seconds=1))
            before = compacted_bytes(broker)
            row = measure(broker, options.wirebench, options)
            moved = (compacted_bytes(broker) - before) / 1e6
            rows.append(row)
            print(f"{what}: p50 {row.get('p50_us')} us, p99 {row.get('p99_us')} us, "
                  f"{row.get('req_s')} req/s, compaction read {moved:.0f} MB")
            broker.stop()
        print(f"p99 shift {rows[1]['p99_us'] / rows[0]['p99_us']:.2f}")


if __name__ == "__main__":
    main()
