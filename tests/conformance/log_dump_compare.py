#!/usr/bin/env python3
"""tidemill-log-dump says of log files what Kafka's own tool says of them.

    log_dump_compare.py DUMP DIRECTORY          every partition below DIRECTORY
    log_dump_compare.py DUMP --made-by PROGRAM  runs PROGRAM DIRECTORY first, with a directory of its own

Compares batches, index entries, producer snapshots and aborted transactions, field by field. Kafka's jars are those
of kafka_dump_log.sh, which fetches them; where it cannot, this is skipped with status 77.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

VERSION = os.environ.get("KAFKA_VERSION", "4.3.1")
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "tidemill-tests"
LIBRARIES = CACHE / f"kafka-{VERSION}" / "libs"
SUFFIXES = (".log", ".index", ".timeindex", ".txnindex", ".snapshot")


def fields(line):
    """"name: value name: value" as a dictionary."""
    return dict(re.findall(r"(\w+): (\S+)", line))


def kafka_dump(file):
    done = subprocess.run(["java", "-Xmx512M", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{LIBRARIES}/*",
                           "org.apache.kafka.tools.DumpLogSegments", "--files", str(file)],
                          capture_output=True, text=True, timeout=120, check=False)
    return [row for row in (fields(line) for line in done.stdout.splitlines()) if row]


def optional(value):
    """OptionalLong.empty, OptionalLong[7]."""
    return None if value.endswith("empty") else int(value[value.index("[") + 1:-1])


def kafka_rows(file):
    rows = kafka_dump(file)
    if file.suffix == ".log":
        return [{"position": int(row["position"]), "size": int(row["size"]), "base_offset": int(row["baseOffset"]),
                 "last_offset": int(row["lastOffset"]), "count": int(row["count"]),
                 "leader_epoch": int(row["partitionLeaderEpoch"]), "producer_id": int(row["producerId"]),
                 "producer_epoch": int(row["producerEpoch"]), "base_sequence": int(row["baseSequence"]),
                 "last_sequence": int(row["lastSequence"]), "transactional": row["isTransactional"] == "true",
                 "control": row["isControl"] == "true", "compression": row["compresscodec"], "crc": int(row["crc"]),
                 "delete_horizon": optional(row["deleteHorizonMs"])} for row in rows if "baseOffset" in row]
    if file.suffix == ".index":
        return [{"offset": int(row["offset"]), "position": int(row["position"])} for row in rows if "position" in row]
    if file.suffix == ".timeindex":
        return [{"timestamp": int(row["timestamp"]), "offset": int(row["offset"])} for row in rows
                if "timestamp" in row]
    if file.suffix == ".snapshot":
        return [{"producer_id": int(row["producerId"]), "producer_epoch": int(row["producerEpoch"]),
                 "last_sequence": int(row.get("lastSequence", -1)), "last_offset": int(row.get("lastOffset", -1)),
                 "coordinator_epoch": int(row["coordinatorEpoch"]),
                 "transaction_first_offset": optional(row["currentTxnFirstOffset"])} for row in rows
                if "producerId" in row]
    return [{"producer_id": int(row["producerId"]), "first_offset": int(row["firstOffset"]),
             "last_offset": int(row["lastOffset"]), "last_stable_offset": int(row["lastStableOffset"])} for row in rows
            if "firstOffset" in row]


def own_rows(dump, file):
    done = subprocess.run([dump, str(file)], capture_output=True, text=True, timeout=120, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0:
        raise AssertionError(f"{file}: {done.returncode} {[row for row in rows if row['kind'] == 'problem']}")
    return rows


def compare(dump, file):
    """How many rows were compared, and the differences."""
    theirs, ours = kafka_rows(file), own_rows(dump, file)
    if theirs and not ours and all(set(row.values()) == {0} for row in theirs):
        return 0, []  # a file that Kafka has made as large as it may become, and not written to yet
    differences = [] if len(theirs) == len(ours) else [f"{file}: Kafka shows {len(theirs)} rows, we {len(ours)}"]
    for number, (expected, found) in enumerate(zip(theirs, ours)):
        found = {name: found[name] for name in expected}
        if found != expected:
            differences.append(f"{file}: row {number}: Kafka {expected}, we {found}")
    return len(theirs), differences


def main(dump, words):
    with tempfile.TemporaryDirectory() as made:
        if words[0] == "--made-by":
            subprocess.run([words[1], made], check=True)
            words = [made]
        script = pathlib.Path(__file__).with_name("kafka_dump_log.sh")
        if not (LIBRARIES.parent / "complete").exists():
            fetched = subprocess.run([script, words[0]], check=False)
            if fetched.returncode == 77:
                return 77
        counts, differences = {}, []
        for file in sorted(pathlib.Path(words[0]).rglob("0*")):
            if file.suffix in SUFFIXES:
                rows, differing = compare(dump, file)
                counts[file.suffix] = counts.get(file.suffix, 0) + rows
                differences += differing
        print("\n".join(differences[:20]))
        print(f"rows compared with Kafka {VERSION}: {counts}; {len(differences)} differences")
        return 1 if differences or counts.get(".log", 0) == 0 else 0


if len(sys.argv) < 3 or sys.argv[1] in ("-h", "--help"):
    print(__doc__)
    sys.exit(0 if len(sys.argv) > 1 and sys.argv[1] in ("-h", "--help") else 2)
sys.exit(main(sys.argv[1], sys.argv[2:]))
