#!/usr/bin/env python3
"""What a rule that loops for ever costs the other topics of its shard: a histogram of the latencies of single produce
requests to another topic, first while a harmless rule is asked beside it, then while an endless one is.

    endless_rule.py [--seconds 30] [--rate 100]

--rate: requests a second to the topic with the rule. TIDEMILL_BINARY: the broker. One shard, so that nothing hides."""
import argparse
import multiprocessing
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "integration"))
from broker import Broker  # noqa: E402
from extensions_test import Wire, batch_of, metric  # noqa: E402

BOUNDS_US = (100, 200, 300, 400, 600, 800, 1000, 1500, 2000, 5000)
RULES = {
    "harmless": "return tidemill.validate { needs = {}, on_error = 'open', record = function() end }",
    "endless": "return tidemill.validate { needs = {}, on_error = 'open', record = function() while true do end end }",
}


def beside(broker, topic, rate, stop):
    with Wire(broker) as wire:
        batch = batch_of([b"a"])
        while not stop.is_set():
            wire.produce(topic, 0, batch)
            time.sleep(1 / rate)


def latencies(broker, seconds):
    batch, taken = batch_of([b"a"]), []
    with Wire(broker) as wire:
        for _ in range(200):
            wire.produce("other", 0, batch)
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            wire.produce("other", 0, batch)
            taken.append((time.perf_counter() - begun) * 1e6)
            time.sleep(0.0005)
    return sorted(taken)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rate", type=float, default=100)
    options = parser.parse_args()
    rows = {}
    for name, source in RULES.items():
        with Broker("--set", "broker.shards=1", configuration="") as broker:
            scripts = broker.home / "scripts"
            scripts.mkdir(mode=0o755)
            (scripts / "rule.lua").write_text(source)
            (scripts / "rule.lua").chmod(0o644)
            broker.words += ["--set", f"extensions.scripts={scripts}"]
            broker.start()
            with Wire(broker) as wire:
                wire.create("ruled", 1, tidemill__validate="lua:rule.lua")
                wire.create("other", 1)
            stop = multiprocessing.Event()
            writer = multiprocessing.Process(target=beside, args=(broker, "ruled", options.rate, stop))
            writer.start()
            rows[name] = latencies(broker, options.seconds)
            stop.set()
            writer.join()
            stopped = metric(broker, "tidemill_extension_timeouts_total", instance="lua:rule.lua")
            print(f"{name}: {len(rows[name])} requests to the other topic, the rule was stopped {stopped:.0f} times "
                  f"in {options.seconds:.0f} s")
    print(f"{'latency':>12} {'harmless':>10} {'endless':>10}")
    below = 0
    for bound in (*BOUNDS_US, float("inf")):
        counts = [sum(below < one <= bound for one in rows[name]) for name in RULES]
        print(f"{f'<= {bound} us' if bound != float('inf') else 'more':>12} {counts[0]:>10} {counts[1]:>10}")
        below = bound
    for share in (0.5, 0.99, 0.999, 1):
        values = [rows[name][min(len(rows[name]) - 1, int(share * len(rows[name])))] for name in RULES]
        print(f"{f'p{share * 100:g}' if share < 1 else 'longest':>12} {values[0]:>9.0f}us {values[1]:>9.0f}us")


if __name__ == "__main__":
    main()
