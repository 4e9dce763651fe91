"""Speaks the JSON of the matrix (tests/clients/README.md) for client.c, whose path is the first argument."""
import subprocess
import sys
import threading

program = sys.argv.pop(1)
from verbs import bootstrap, classic_only, options, record, rows, say, topic, verb  # noqa: E402

classic_only("librdkafka 2.0")
WORDS = {"produce": lambda: [options.get("codec", "none"), "true" if options.get("idempotent") else "false"],
         "read": lambda: [options["partition"], options["offset"], options["count"]],
         "group": lambda: [options["group"]],
         "offset": lambda: [options["partition"], options["time"]],
         "create": lambda: [options["partitions"], *(f"{name}={value}" for name, value in options["config"].items())],
         "describe": lambda: [options["name"]], "alter": lambda: [options["name"], options["value"]],
         "grow": lambda: [options["partitions"]], "delete": lambda: [], "topics": lambda: []}
running = subprocess.Popen([program, bootstrap, verb, topic, *map(str, WORDS[verb]())], text=True, bufsize=1,
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def hand_on():
    if verb == "produce":
        for row in rows():
            running.stdin.write(f"{row['partition']}\t{row['key']}\t{row['value']}\t{row.get('timestamp', 0)}\n")
    elif verb == "group":
        for line in iter(sys.stdin.readline, ""):
            running.stdin.write(line)
    running.stdin.close()


threading.Thread(target=hand_on, daemon=True).start()
for line in running.stdout:
    kind, *rest = line.rstrip("\n").split("\t")
    if kind == "acked":
        say(partition=int(rest[0]), offset=int(rest[1]))
    elif kind == "record":
        record(int(rest[0]), int(rest[1]), rest[2].encode(), rest[3].encode())
    elif kind == "assigned":
        say(assigned=[int(number) for number in rest[0].split(",") if number])
    elif kind == "committed":
        say(committed=True)
    else:
        say(**{kind: int(rest[0]) if kind == "offset" else rest[0]})
sys.exit(running.wait())
