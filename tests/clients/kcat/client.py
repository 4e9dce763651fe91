"""The verbs of the matrix (tests/clients/README.md) with kcat, as far as it can."""
import re
import subprocess
import sys
import threading

from verbs import Orders, bootstrap, cannot, classic_only, options, record, rows, say, topic, verb

FORMAT = "%p\t%o\t%k\t%s\n"


def kcat(*words, **more):
    return subprocess.Popen(["kcat", "-b", bootstrap, *words], text=True, **more)


def end(process):
    if process.wait(80) != 0:
        sys.exit(f"kcat: status {process.returncode}")


def show(line):
    partition, offset, key, value = line.rstrip("\n").split("\t")
    record(int(partition), int(offset), key.encode(), value.encode())


def produce():
    if options.get("idempotent"):
        cannot("kcat does not tell what is acknowledged while it runs")
    of_partition = {}
    for row in rows():
        if "timestamp" in row:
            cannot("kcat gives no timestamps to records")
        of_partition.setdefault(row["partition"], []).append(f"{row['key']}\t{row['value']}\n")
    for partition, lines in of_partition.items():
        writer = kcat("-P", "-t", topic, "-p", str(partition), "-K", "\t", "-z", options.get("codec", "none"),
                      stdin=subprocess.PIPE)
        writer.communicate("".join(lines))
        end(writer)
        for _ in lines:
            say(partition=partition)


def read():
    reader = kcat("-C", "-t", topic, "-p", str(options["partition"]), "-o", str(options["offset"]), "-c",
                  str(options["count"]), "-q", "-f", FORMAT, stdout=subprocess.PIPE)
    for line in reader.stdout:
        show(line)
    end(reader)


def group():
    classic_only("kcat")
    orders = Orders()
    member = kcat("-G", options["group"], "-u", "-f", FORMAT, "-X", "session.timeout.ms=6000", "-X",
                  "heartbeat.interval.ms=1000", "-X", "auto.offset.reset=earliest", "-o", "beginning", topic,
                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def listen():
        for line in member.stderr:
            print(line, end="", file=sys.stderr)
            if "rebalanced" in line:
                say(assigned=[int(number) for number in re.findall(r"\[(\d+)\]", line.split("assigned:")[-1])]
                    if "assigned:" in line else [])
    threading.Thread(target=listen, daemon=True).start()

    def obey():
        while True:
            if orders.take("commit"):
                say(cannot="kcat commits by itself only")
            if orders.take("end"):
                return member.terminate()
            try:
                member.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            return None
    threading.Thread(target=obey, daemon=True).start()
    for line in member.stdout:
        show(line)
    member.wait(80)


def offset():
    asked = kcat("-Q", "-t", f"{topic}:{options['partition']}:{options['time']}", stdout=subprocess.PIPE)
    said = asked.communicate()[0]
    end(asked)
    say(offset=int(re.search(r"offset (-?\d+)", said).group(1)))


def topics():
    for name in re.findall(r'topic "([^"]+)"', subprocess.run(["kcat", "-b", bootstrap, "-L"], text=True, check=True,
                                                              capture_output=True).stdout):
        say(topic=name)


def others():
    cannot("kcat manages no topics")


{"produce": produce, "read": read, "group": group, "offset": offset, "topics": topics}.get(verb, others)()
