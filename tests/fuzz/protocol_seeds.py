#!/usr/bin/env python3
"""Writes seeds for protocol_request_fuzzer: every golden vector with a request header before it.

  protocol_seeds.py FOLDER
"""

import gzip
import json
import struct
import sys
from pathlib import Path

VECTORS = Path(__file__).parents[1] / "data/kafka-messages/messages.jsonl.gz"


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with gzip.open(VECTORS, "rt") as lines:
        for line in lines:
            one = json.loads(line)
            body = bytes.fromhex(one["hex"])
            if one["type"] not in ("request", "response") or len(body) > 4096:
                continue
            header = struct.pack(">hhih", one["key"], one["version"], 1, -1)
            if one["flexible"]:
                header += b"\0"
            name = f"{one['api']}-{one['type']}-{one['version']}-{one['case']}"
            (folder / name).write_bytes(header + body)
            count += 1
    print(f"{count} seeds in {folder}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__)
        sys.exit(sys.argv[1:] not in (["-h"], ["--help"]))
    main(Path(sys.argv[1]))
