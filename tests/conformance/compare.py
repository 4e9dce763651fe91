#!/usr/bin/env python3
"""Asks a broker every question of scenarios.py and matrix.py and compares its answers with Apache Kafka's.

  compare.py HOST:PORT              compare with expected.json and deliberate.json; status 1 on others
  compare.py HOST:PORT --learn      the broker is Apache Kafka 4.3, group.initial.rebalance.delay.ms=0: write expected.json
  compare.py HOST:PORT --kafka      the broker is a fresh Apache Kafka: give it time, know no differences
  compare.py HOST:PORT --accept     write what differs now into deliberate.json (then give reasons)
  compare.py --binary PATH          start that tidemill on a free port first
  compare.py ... --only NAME        scenarios whose name starts so
  compare.py ... --verbose          print every answer

What differs from run to run (ids, ports, the suffix of topic names) is written as a name.
"""

import argparse
import json
import random
import re
import socket
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
import matrix  # noqa: E402
import scenarios  # noqa: E402
import wire  # noqa: E402

HERE = Path(__file__).resolve().parent
RETRY_SECONDS_MAX = 15
SETTLE_SECONDS_KAFKA = 5  # it answers before its leaders are ready
SHOWN_SIZE_MAX = 255
VERSIONED = re.compile(r"(.*) v(-?\d+)$")
RETRIABLE = {3, 5, 14, 15, 16, 51}


class Run:
    """One pass over the scenarios against one broker."""

    def __init__(self, address, settle_seconds):
        self.settle_seconds = settle_seconds
        self.address, self.apis = address, wire.load()
        self.start_anew()

    def start_anew(self):
        """Forgets all topics."""
        self.suffix = "." + "".join(random.choices(string.ascii_lowercase, k=8))
        self.saved = {}
        self.learn_broker()

    def learn_broker(self):
        connection = wire.Connection(self.address, self.apis)
        answer = connection.call({"api": "metadata", "version": 9, "body": {"topics": []}})
        connection.close()
        self.saved["node"] = answer["brokers"][0]["node_id"]
        self.saved["node_name"] = str(self.saved["node"])
        self.saved["cluster"] = answer["cluster_id"]

    def fill(self, value):
        if isinstance(value, dict):
            return {key: self.fill(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.fill(one) for one in value]
        if isinstance(value, str):
            if value.startswith("$"):
                return self.saved[value[1:]]
            return value.replace("@", self.suffix)
        return value

    def hide(self, value, key=None):
        if isinstance(value, dict):
            return {name: self.hide(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [self.hide(one, key) for one in value]
        if key in ("host", "port") and value not in ("", -1, 0):
            return f"${key}"
        if key in ("node_id", "controller_id", "leader_id", "replica_nodes", "in_sync_replicas", "broker_id",
                   "broker_ids") and value == self.saved["node"]:
            return "$node"
        if key in ("error_message", "batch_index_error_message") and value:
            return "$words"
        if isinstance(value, str):
            for name, known in self.saved.items():
                if value == known and key != "value":
                    return f"${name}"
            if key == "topic_id" and value.strip("0") and not value.startswith("0" * 28):
                return "$some_id"
            shown = value.replace(self.suffix, "@")
            return shown if len(shown) <= SHOWN_SIZE_MAX else f"$text of {len(shown)}"
        return value

    def ask(self, connection, step):
        deadline = time.monotonic() + RETRY_SECONDS_MAX
        while True:
            answer = connection.call(step)
            codes = set(find(answer, "error_code"))
            patient = step.get("retry") or (step.get("retry_kafka") and self.settle_seconds)
            retry = RETRIABLE if patient else set(step.get("retry_errors", []))
            if not codes & retry or time.monotonic() > deadline:
                return answer
            time.sleep(0.1)

    def scenario(self, name, steps):
        """(step name, answer) of each step."""
        if name == "every: setup":
            self.start_anew()
        connection = wire.Connection(self.address, self.apis)
        try:
            for step in steps:
                filled = self.fill({key: step[key] for key in step if key not in ("save", "name")})
                try:
                    answer = self.ask(connection, filled)
                except (wire.Closed, TimeoutError) as error:
                    yield step["name"], "closed" if isinstance(error, wire.Closed) else "silence"
                    connection.close()
                    connection = wire.Connection(self.address, self.apis)
                    continue
                saved = step.get("save", {})
                for variable, path in saved.items() if answer is not None else ():
                    self.saved[variable] = at(answer, path)
                if step["name"] == "make":
                    time.sleep(self.settle_seconds)
                yield step["name"], trim(self.hide(answer), step) if answer is not None else "no answer"
        finally:
            connection.close()


def find(value, name):
    if isinstance(value, dict):
        for key, one in value.items():
            if key == name:
                yield one
            yield from find(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from find(one, name)


def at(value, path):
    for part in path.split("."):
        value = value[int(part)] if part.isdigit() else value[part]
    return value


def trim(answer, step):
    """Keeps what the step is about."""
    if "only" in step:
        return {path: [at(row, path.split(".", 1)[1]) for row in answer[path.split(".")[0]]]
                if "." in path else answer.get(path) for path in step["only"]}
    for row in answer.get("topics", []) if isinstance(answer.get("topics"), list) else []:
        if "only_configs" in step and row.get("configs") is not None:
            row["configs"] = [one for one in row["configs"] if one["name"] in step["only_configs"]]
        elif row.get("configs") and not step.get("all_configs"):
            row["configs"] = "$configs"
    if step.get("names_only"):
        for row in answer["results"]:
            row["configs"] = sorted(one["name"] for one in row["configs"])
    mask(answer, set(step.get("mask", [])))
    return answer


def mask(value, names):
    if isinstance(value, dict):
        for key, one in value.items():
            if key in names and one != -1:
                value[key] = "$masked"
            else:
                mask(one, names)
    elif isinstance(value, list):
        for one in value:
            mask(one, names)


def sort_unordered(answer):
    """Kafka answers topics and configs in the order of a hash map: order says nothing there."""
    if isinstance(answer, dict):
        for key in ("topics", "results", "configs", "responses", "groups"):
            rows = answer.get(key)
            if isinstance(rows, list) and rows and isinstance(rows[0], dict):
                answer[key] = sorted((sort_unordered(one) for one in rows), key=json.dumps)
    return answer


def difference(expected, found, path=""):
    """Lines that say where two answers differ. Words beside an error are never counted."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in {**expected, **found}:
            if key.endswith("error_message"):
                continue
            yield from difference(expected.get(key, "(absent)"), found.get(key, "(absent)"), f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for position, (left, right) in enumerate(zip(expected, found)):
            yield from difference(left, right, f"{path}[{position}]")
    elif expected != found:
        yield f"{path or '.'}: Kafka {json.dumps(expected)}, here {json.dumps(found)}"


def read_json(path):
    return json.loads(path.read_text()) if path.exists() else {}


def read_answers(name):
    """Full name of a step -> what NAME.json says of it. Steps that are asked in many versions are kept
    together: {"case": [["4-12", what], ...]}."""
    answers = read_json(HERE / f"{name}.json")
    for case, groups in read_json(HERE / f"{name}_every.json").items():
        for versions, what in groups:
            for part in versions.split(","):
                first, last = re.fullmatch(r"(-?\d+)(?:-(-?\d+))?", part).groups()
                for version in range(int(first), int(last or first) + 1):
                    answers[f"{case} v{version}"] = what
    return answers


def write_answers(name, answers):
    plain, groups = {}, {}
    for full_name, what in answers.items():
        if not full_name.startswith("every: ") or not VERSIONED.match(full_name):
            plain[full_name] = what
            continue
        case, version = VERSIONED.match(full_name).groups()
        for versions, known in groups.setdefault(case, []):
            if known == what:
                versions.append(int(version))
                break
        else:
            groups[case].append(([int(version)], what))
    write_json(HERE / f"{name}.json", plain)
    write_json(HERE / f"{name}_every.json",
               {case: [[",".join(ranges(versions)), what] for versions, what in rows]
                for case, rows in groups.items()})


def ranges(numbers):
    """[4, 5, 6, 9] -> "4-6", "9"."""
    runs = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [str(first) if first == last else f"{first}-{last}" for first, last in runs]


def write_json(path, value):
    rows = ",\n".join(f"{json.dumps(key)}: {json.dumps(one, sort_keys=True)}" for key, one in value.items())
    path.write_text("{\n" + rows + "\n}\n")


def start_binary(binary, arguments):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    directory = tempfile.mkdtemp(prefix="tidemill-conformance-")
    address = f"127.0.0.1:{port}"
    process = subprocess.Popen(
        [binary, "--set", f"broker.data_directory={directory}", "--set", f"listener.0.address={address}",
         "--set", f"listener.0.advertised={address}", "--set", "admin.address=127.0.0.1:0",
         "--set", "groups.initial_rebalance_delay=0s", *arguments],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + RETRY_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, address
        except OSError:
            time.sleep(0.05)
    process.kill()
    sys.exit(f"{binary} does not listen on {address}")


def report(name, expected, deliberate, found, options):
    if options.verbose:
        print(f"{name}: {json.dumps(found)}")
    wanted = deliberate.get(name, {}).get("answer", expected.get(name))
    lines = list(difference(wanted, found))
    if lines and not options.learn:
        print(f"{name}\n  " + "\n  ".join(lines))
    return bool(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("address", nargs="?")
    parser.add_argument("--binary")
    parser.add_argument("--argument", action="append", default=[])
    parser.add_argument("--learn", action="store_true")
    parser.add_argument("--kafka", action="store_true")
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    process = None
    if options.binary:
        process, options.address = start_binary(options.binary, options.argument)
    if not options.address:
        parser.error("an address or --binary")
    expected, deliberate = read_answers("expected"), read_answers("deliberate")
    if options.kafka:
        deliberate = {}
    different = total = 0
    try:
        run = Run(options.address, SETTLE_SECONDS_KAFKA if options.learn or options.kafka else 0)
        for name, steps in {**scenarios.all_scenarios(), **matrix.all_cases()}.items():
            if not name.startswith(options.only) and not (
                    name == "every: setup" and options.only.startswith("every")):
                continue
            for step_name, answer in run.scenario(name, steps):
                total += 1
                full_name, answer = f"{name} / {step_name}", sort_unordered(answer)
                if report(full_name, expected, deliberate, answer, options):
                    different += 1
                    if options.accept:
                        deliberate.setdefault(full_name, {"reason": ""})["answer"] = answer
                elif options.accept and answer == expected.get(full_name):
                    deliberate.pop(full_name, None)
                if options.learn:
                    expected[full_name] = answer
    finally:
        if process:
            process.terminate()
            process.wait(30)
    if options.learn:
        write_answers("expected", expected)
    if options.accept:
        write_answers("deliberate", deliberate)
    print(f"{total} answers, {different} different, "
          f"{sum(1 for name in deliberate)} deliberate differences known")
    sys.exit(1 if different and not (options.learn or options.accept) else 0)


if __name__ == "__main__":
    main()
