"""What every Python client of the matrix shares (tests/clients/README.md): its arguments, its lines in and out."""
import json
import sys
import threading

bootstrap, verb, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
topic = options["topic"]
CANNOT = 77


def say(**what):
    print(json.dumps(what), flush=True)


def record(partition, offset, key, value):
    say(partition=partition, offset=offset, key=key.decode(), value=value.decode())


def cannot(why):
    say(cannot=why)
    sys.exit(CANNOT)


def rows():
    """The records to write, as they come."""
    return map(json.loads, sys.stdin)


def classic_only(client):
    if options.get("protocol", "classic") != "classic":
        cannot(f"{client} knows the classic group protocol only")


class Orders:
    """What a member of a group is told while it reads."""

    def __init__(self):
        self._lines = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        self._lines.extend(line.strip() for line in iter(sys.stdin.readline, ""))
        self._lines.append("end")

    def take(self, order):
        """True once for each time that it was said."""
        if order not in self._lines:
            return False
        self._lines.remove(order)
        return True
