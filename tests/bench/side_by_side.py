#!/usr/bin/env python3
"""The rows of side_by_side.sh, which see. The load is that of the peers' compare.py, row for row: the same load generator
with the same arguments; this script adds the 99.9th percentile, start times, memory, and the bounds that are asked for."""
import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

PEERS = os.environ.get("TIDEMILL_PEERS", "")
TIDEMILL = os.environ.get("TIDEMILL", "")
WIREBENCH = os.path.join(PEERS, "bench", "bin", "wirebench")
BATCHES_IN_FLIGHT = "5"
WAIT_FOR_IDLE_S = 5
KEPT_CONNECTIONS = 10000
MORE_SETTINGS = []


# Rows ------------------------------------------------------------------------------------------------------------------

def produce(batch, partitions, connections, *more):
    few = partitions < 4
    keep = 256 << 20 if few else 64 << 20
    return ["produce", "--partitions", str(partitions), "--conns", str(connections), "--depth", BATCHES_IN_FLIGHT,
            "--batch-bytes", batch, "--record-bytes", "1024", "--warmup", "3", "--config",
            f"retention.bytes={keep},segment.bytes={keep // 2 if few else keep}", *more]


def synced(connections):
    return ["produce", "--partitions", "1", "--conns", str(connections), "--depth", "1", "--batch-bytes", "1024",
            "--record-bytes", "1024", "--warmup", "1", "--config", "flush.messages=1"]


def unbatched(connections, depth):
    return ["unbatched", "--partitions", "4", "--conns", str(connections), "--depth", str(depth), "--warmup", "2"]


def end_to_end(rate):
    return ["e2e", "--rate", str(rate), "--conns", "8", "--partitions", "4", "--warmup", "2"]


def fetch(connections):
    return ["fetch", "--topic", "wbread", "--conns", str(connections), "--warmup", "2"]


class Bound:
    """`field` of Tidemill, divided by that of `by` (or taken as it is), at least or at most `limit`."""

    def __init__(self, text, field, by, limit, at_least=False):
        self.text, self.field, self.by, self.limit, self.at_least = text, field, by, limit, at_least

    def judge(self, median):
        ours, theirs = median("tidemill", self.field), median(self.by, self.field) if self.by else 1.0
        if ours is None or not theirs:
            return None
        ratio = ours / theirs
        reached = ratio >= self.limit if self.at_least else ratio <= self.limit
        sign = ">=" if self.at_least else "<="
        return f"{self.text} {ratio:.2f} ({sign} {self.limit:g}) {'reached' if reached else 'MISSED'}", reached


MB_CPU, REQUEST_CPU = "broker_us_per_MB", "broker_us_per_req"
COMPARED = {
    "w1-16k": ("W1 16 KiB batches, 1 partition, 4 connections", produce("16K", 1, 4),
               [Bound("CPU/MB : straw", MB_CPU, "straw", 1.5), Bound("MB/s : kafka", "MB_s", "kafka", 3, True),
                Bound("p99 : kafka", "p99_us", "kafka", 1 / 3)]),
    "w1-64k": ("W1 64 KiB batches, 16 partitions, 16 connections", produce("64K", 16, 16),
               [Bound("CPU/MB : straw", MB_CPU, "straw", 1.5), Bound("MB/s : kafka", "MB_s", "kafka", 1.3, True),
                Bound("p99.9 : kafka", "p999_us", "kafka", 1)]),
    "w3-1": ("W3 fsync before the answer, 1 KiB, 1 connection", synced(1), []),
    "w3-16": ("W3 16 connections", synced(16), [Bound("req/s : kafka", "req_s", "kafka", 5, True)]),
    "w3-100": ("W3 100 connections", synced(100), [Bound("req/s : kafka", "req_s", "kafka", 15, True)]),
    "w4-100x5": ("W4 one 180 B record a request, 100 connections x 5", unbatched(100, 5),
                 [Bound("req/s : kafka", "req_s", "kafka", 4, True),
                  Bound("CPU/request : straw", REQUEST_CPU, "straw", 3)]),
    "w4-100x1": ("W4 100 connections x 1", unbatched(100, 1), [Bound("req/s : kafka", "req_s", "kafka", 1.5, True)]),
    "w4-1000x1": ("W4 1000 connections x 1", unbatched(1000, 1),
                  [Bound("req/s : kafka", "req_s", "kafka", 1.5, True)]),
    "w5-10k": ("W5 end to end, 10,000/s", end_to_end(10000),
               [Bound("p50 : kafka", "e2e_p50_us", "kafka", 0.5), Bound("p99 : kafka", "e2e_p99_us", "kafka", 0.5)]),
    "w5-50k": ("W5 end to end, 50,000/s", end_to_end(50000),
               [Bound("rate held", "held", None, 1, True), Bound("p99 us", "e2e_p99_us", None, 10000)]),
    "w6-1": ("W6 warm catch-up read, 1 connection", fetch(1), [Bound("MB/s : kafka", "MB_s", "kafka", 0.95, True)]),
    "w6-4": ("W6 4 connections", fetch(4), [Bound("MB/s : kafka", "MB_s", "kafka", 1.2, True)]),
    "w8": ("W8 lz4 batches of 64 KiB, 4 partitions", produce("64K", 4, 4, "--lz4"),
           [Bound("CPU/MB : kafka", MB_CPU, "kafka", 0.25)]),
}
ALONE = {
    "w10-empty": "first acknowledged produce: empty directory (<= 100 ms), after kill -9 (<= 100 ms)",
    "w10-large": "the same: 10 GB on 16 partitions after kill -9 (<= 2 s and the unsynced tail at >= 1 GB/s), clean",
    "w10-many": "1,000 topics x 10 partitions created (<= 3 s); start clean (<= 1 s), after kill -9 (<= 3 s)",
    "w11": "resident: empty (<= 16 MiB), per partition, per idle connection (<= 8 KiB); idle CPU (< 0.2 %)",
}


# Brokers ---------------------------------------------------------------------------------------------------------------

def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    def __init__(self, name, port, pid, process=None):
        self.name, self.port, self.pid, self.process = name, port, pid, process

    def load(self, arguments, label=""):
        """One JSON result of the load generator; None when it failed."""
        command = [WIREBENCH, *arguments, "--broker", f"127.0.0.1:{self.port}", "--pid", str(self.pid), "--label", label]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        except subprocess.TimeoutExpired:
            print(f"  timed out: {' '.join(command)}", flush=True)
            return None
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                return json.loads(line)
        if done.stderr:
            print("  " + done.stderr.strip()[:300], flush=True)
        return None

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(60)

    def resident_kib(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

    def ticks(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])


def wait_for(port):
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"side_by_side: nobody listens on {port}")


def start_tidemill(work, name):
    port = free_port()
    settings = {"broker.data_directory": f"{work}/{name}", "listener.0.address": f"127.0.0.1:{port}",
                "listener.0.advertised": f"127.0.0.1:{port}", "admin.address": "",
                "limits.connections_per_address_max": KEPT_CONNECTIONS, "limits.connections_max": KEPT_CONNECTIONS}
    command = [TIDEMILL]
    for setting in [*(f"{key}={value}" for key, value in settings.items()), *MORE_SETTINGS]:
        command += ["--set", setting]
    with open(f"{work}/{name}.log", "a", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    return Broker("tidemill", port, process.pid, process)


def start_straw(work):
    port = free_port()
    os.makedirs(f"{work}/straw", exist_ok=True)
    process = subprocess.Popen([f"{PEERS}/bench/bin/strawkafka", str(port), f"{work}/straw"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    return Broker("straw", port, process.pid, process)


def start_kafka(work):
    port = free_port()
    said = subprocess.run([f"{PEERS}/apache-kafka.sh", "start", "--port", str(port), "--dir", f"{work}/kafka", "--prop",
                           "log.retention.check.interval.ms=1000"], capture_output=True, text=True, check=True).stdout
    broker = Broker("kafka", port, int(re.search(r"pid=(\d+)", said).group(1)))
    print("warming up Apache Kafka (half a minute)", flush=True)
    for arguments in (produce("64K", 4, 4), produce("16K", 4, 4), unbatched(50, 5), end_to_end(5000)):
        broker.load([*arguments, "--seconds", "5"])
    return broker


# Compared rows ---------------------------------------------------------------------------------------------------------

def busy_cores():
    def ticks():
        with open("/proc/stat", encoding="ascii") as stat:
            values = [int(x) for x in stat.readline().split()[1:9]]
        return values[0] + values[1] + values[2] + values[5] + values[6]
    before = ticks()
    time.sleep(0.25)
    return (ticks() - before) / 100 / 0.25


def wait_until_idle():
    end = time.time() + WAIT_FOR_IDLE_S
    while time.time() < end and busy_cores() > 0.3:
        pass


def load_for_reading(broker):
    broker.load(["produce", "--topic", "wbread", "--partitions", "4", "--conns", "4", "--depth", "5", "--batch-bytes",
                 "64K", "--total-bytes", "2G", "--keep"])


def compare(name, brokers, options):
    title, arguments, bounds = COMPARED[name]
    begun = time.time()
    print(f"{name}: {title}", flush=True)
    results = {broker.name: [] for broker in brokers}
    for number in range(options.runs):
        for broker in brokers:
            wait_until_idle()
            one = broker.load([*arguments, "--seconds", str(options.seconds)], f"{broker.name}/{name}")
            if one is None or not one.get("ok", True):
                print(f"  run {number + 1} of {broker.name}: {one.get('why') if one else 'no result'}", flush=True)
            if one is None:
                continue
            one["held"] = 1 if one.get("ok", True) else 0
            one["other_cores"] = one["system_cores"] - one["broker_cores"] - one["client_cores"]
            results[broker.name].append(one)
            if options.out:
                with open(options.out, "a", encoding="utf-8") as out:
                    out.write(json.dumps({"row": name, "who": broker.name, **one}) + "\n")

    def median(who, field):
        values = [one[field] for one in results.get(who, []) if field in one]
        return statistics.median(values) if values else None

    show(name, arguments[0], brokers, median)
    judged = [verdict for verdict in (bound.judge(median) for bound in bounds) if verdict]
    for text, _ in judged:
        print(f"    {text}")
    print(f"    ({time.time() - begun:.0f} s)", flush=True)
    return [(f"{name}: {text}", reached) for text, reached in judged]


def show(name, mode, brokers, median):
    per_request = mode in ("unbatched", "e2e") or name.startswith("w3")
    prefix = "e2e_" if mode == "e2e" else ""
    unit, rate, cpu = ("req/s", "req_s", REQUEST_CPU) if per_request else ("MB/s", "MB_s", MB_CPU)
    for broker in brokers:
        def of(field, who=broker.name):
            value = median(who, field)
            return float("nan") if value is None else value
        print(f"    {broker.name:9}{of(rate):10.0f} {unit}  {of(cpu):8.1f} us/{'request' if per_request else 'MB'}"
              f"  p50 {of(prefix + 'p50_us'):7.0f}  p99 {of(prefix + 'p99_us'):7.0f}  p99.9 {of(prefix + 'p999_us'):7.0f} us"
              f"  (others {of('other_cores'):.2f} cores)", flush=True)


def run_compared(names, work, options):
    brokers = [start_straw(work), start_tidemill(work, "tidemill")]
    verdicts = []
    try:
        for broker in brokers:
            wait_for(broker.port)
        if options.kafka:
            brokers.append(start_kafka(work))
        print(f"warming {options.warm} GiB of memory", flush=True)
        subprocess.run([f"{PEERS}/bench/warm.sh", str(options.warm), work], check=True, stdout=subprocess.DEVNULL)
        reading = [name for name in names if name.startswith("w6")]
        for name in names:
            if reading and name == reading[0]:
                for broker in brokers:
                    load_for_reading(broker)
            verdicts += compare(name, brokers, options)
            if reading and name == reading[-1]:
                for broker in brokers:
                    broker.load(["delete", "--topic", "wbread"])
    finally:
        for broker in brokers[:2]:
            broker.stop()
        if options.kafka:
            subprocess.run([f"{PEERS}/apache-kafka.sh", "stop", "--dir", f"{work}/kafka"], check=False,
                           capture_output=True)
    return verdicts


# Start and memory ------------------------------------------------------------------------------------------------------

CRC32C_POLYNOMIAL = 0x82F63B78


def crc32c(data):
    crc = 0xFFFFFFFF
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = (crc >> 1) ^ (CRC32C_POLYNOMIAL if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def one_record_batch():
    now = int(time.time() * 1000)
    record = b"\x10\x00\x00\x00\x01\x04hi\x00"  # length 8, no key, value "hi", no headers
    body = struct.pack(">hiqqqhii", 0, 0, now, now, -1, -1, -1, 1) + record
    return struct.pack(">qiibI", 0, 9 + len(body), -1, 2, crc32c(body)) + body


def produce_everywhere(broker, topic, partitions):
    """Waits until one record in each partition is acknowledged: all of them are open, recovered where needed."""
    batch = one_record_batch()
    data = b"".join(struct.pack(">ii", index, len(batch)) + batch for index in range(partitions))
    request = struct.pack(">hhih", 0, 7, 1, -1) + struct.pack(">hhiih", -1, 1, 60000, 1, len(topic)) + topic.encode()
    request += struct.pack(">i", partitions) + data
    errors = set()
    for _ in range(400):
        try:
            with socket.create_connection(("127.0.0.1", broker.port), 60) as connection:
                connection.sendall(struct.pack(">i", len(request)) + request)
                head = connection.recv(4, socket.MSG_WAITALL)
                body = connection.recv(struct.unpack(">i", head)[0], socket.MSG_WAITALL)
        except (OSError, struct.error):
            time.sleep(0.005)
            continue
        at = 4 + 4 + 2 + len(topic) + 4  # correlation, topics, name, partitions
        errors = {struct.unpack_from(">h", body, at + row * 30 + 4)[0] for row in range(partitions)}
        if errors == {0}:
            return
        time.sleep(0.005)
    sys.exit(f"side_by_side: {topic} does not take records: errors {errors}")


class Starts:
    def __init__(self, work):
        self.work, self.verdicts, self.broker = work, [], None

    def judge(self, text, value, unit, limit):
        reached = value <= limit
        line = f"{text} {value:.2f} {unit} (<= {limit:g}) {'reached' if reached else 'MISSED'}"
        print("    " + line, flush=True)
        self.verdicts.append((line, reached))

    def start(self, name, label, limit_ms):
        begin = time.time_ns()
        self.broker = start_tidemill(self.work, name)
        result = self.broker.load(["probe", "--t0", str(begin), "--timeout", "120"], label)
        took = result["first_produce_ack_ms"] if result else float("inf")
        if limit_ms is not None:
            self.judge(label, took, "ms", limit_ms)
        return begin

    def killed(self):
        self.broker.stop(signal.SIGKILL)

    def stopped(self):
        self.broker.stop()

    def empty(self):
        self.start("start", "w10 empty directory (first exec)", None)
        self.stopped()
        shutil.rmtree(f"{self.work}/start")
        self.start("start", "w10 empty directory", 100)
        self.killed()
        self.start("start", "w10 empty after kill -9", 100)
        self.stopped()

    def large(self):
        self.start("large", "", None)
        self.broker.load(["produce", "--topic", "large", "--partitions", "16", "--conns", "4", "--depth", "5",
                          "--batch-bytes", "64K", "--total-bytes", "10G", "--keep"])
        self.killed()
        begin = self.start("large", "w10 10 GB after kill -9", 2000)
        produce_everywhere(self.broker, "large", 16)
        tail_s, scanned = (time.time_ns() - begin) / 1e9, self.scanned_bytes("large")
        self.judge(f"w10 10 GB after kill -9, every partition written to ({scanned / 1e6:.0f} MB looked through)", tail_s,
                   "s", 2 + scanned / 1e9)
        self.stopped()
        begin = self.start("large", "w10 10 GB clean", 2000)
        produce_everywhere(self.broker, "large", 16)
        print(f"    every partition written to after {(time.time_ns() - begin) / 1e6:.0f} ms", flush=True)
        self.stopped()
        shutil.rmtree(f"{self.work}/large")

    def scanned_bytes(self, name):
        with open(f"{self.work}/{name}.log", encoding="utf-8") as log:
            return sum(int(found) for found in re.findall(r"scanned_bytes=(\d+)", log.read()))

    def many(self):
        self.start("many", "", None)
        before = self.broker.resident_kib()
        made = self.broker.load(["topics", "--topics", "1000", "--partitions", "10"])
        self.judge("w10 1,000 topics x 10 partitions created", made["ready_s"] if made else float("inf"), "s", 3)
        self.judge("w11 resident per partition", (self.broker.resident_kib() - before) / 10000, "KiB", 8)
        self.stopped()
        self.start("many", "w10 10,000 partitions clean", 1000)
        self.killed()
        self.start("many", "w10 10,000 partitions after kill -9", 3000)
        self.stopped()

    def memory(self):
        self.broker = start_tidemill(self.work, "idle")
        wait_for(self.broker.port)
        time.sleep(2)  # what a start leaves behind settles
        self.judge("w11 resident, empty", self.broker.resident_kib() / 1024, "MiB", 16)
        before, begin = self.broker.ticks(), time.time()
        time.sleep(20)
        self.judge("w11 idle CPU", (self.broker.ticks() - before) / (time.time() - begin), "% of a core", 0.2)
        held = self.broker.load(["idle", "--conns", "1000", "--seconds", "5"])
        self.judge("w11 resident per idle connection", held["kB_per_conn"] if held else float("inf"), "KiB", 8)
        self.stopped()

    def run(self, name):
        print(f"{name}: {ALONE[name]}", flush=True)
        begun = time.time()
        {"w10-empty": self.empty, "w10-large": self.large, "w10-many": self.many, "w11": self.memory}[name]()
        print(f"    ({time.time() - begun:.0f} s)", flush=True)

    def close(self):
        if self.broker is not None:
            self.broker.stop(signal.SIGKILL)


def require_programs():
    if not os.access(f"{PEERS}/bench/compare.py", os.X_OK):
        print(f"side_by_side.sh: no load generator in {PEERS}; set TIDEMILL_PEERS", file=sys.stderr)
        sys.exit(77)
    if not os.access(TIDEMILL, os.X_OK):
        sys.exit(f"side_by_side.sh: build the release preset first ({TIDEMILL})")
    if not os.access(f"{PEERS}/bench/bin/wirebench", os.X_OK):
        subprocess.run([f"{PEERS}/bench/build.sh"], check=True)


def main():
    parser = argparse.ArgumentParser(usage="side_by_side.sh [options] [ROW...]")
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("--without-kafka", dest="kafka", action="store_false")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--warm", type=int, default=int(os.environ.get("WARM_GIB", "8")), metavar="GIB")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of Tidemill")
    parser.add_argument("--out", help="append one JSON line for each run")
    parser.add_argument("row", nargs="*")
    options = parser.parse_args()
    rows = [*COMPARED, *ALONE]
    if options.list:
        for name in rows:
            print(f"{name:10} {COMPARED[name][0] if name in COMPARED else ALONE[name]}")
        return 0
    wanted = [name for name in rows if not options.row or any(name.startswith(row) for row in options.row)]
    for row in options.row:
        if not any(name.startswith(row) for name in rows):
            sys.exit(f"side_by_side: no row begins with '{row}'; --list prints them")
    require_programs()
    MORE_SETTINGS.extend(options.set)
    work = tempfile.mkdtemp(prefix="side-by-side-")
    starts, verdicts = Starts(work), []
    try:
        compared = [name for name in wanted if name in COMPARED]
        if compared:
            verdicts += run_compared(compared, work, options)
        for name in wanted:
            if name in ALONE:
                starts.run(name)
        verdicts += starts.verdicts
    finally:
        starts.close()
        shutil.rmtree(work, ignore_errors=True)
    missed = [text for text, reached in verdicts if not reached]
    print(f"{len(verdicts) - len(missed)} of {len(verdicts)} bounds reached" + "".join(f"\n  {text}" for text in missed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
