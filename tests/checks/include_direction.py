#!/usr/bin/env python3
"""Includes point only down the list of rooms (ARCHITECTURE.md, "Rooms"). Usage: include_direction.py ROOT"""
import pathlib
import re
import sys

# What each room may include besides itself.
ALLOWED = {
    "base": set(),
    "io": {"base"},
    "record": {"base"},
    "protocol": {"base"},
    "log": {"base", "io", "record"},
    "dump": {"base", "io", "record", "log"},
    "replication": {"base", "io", "record", "log"},
    "replication/core": {"base", "record"},
    "groups/core": {"base", "record"},
    "metadata": {"base", "io", "record", "protocol", "log", "replication"},
    "quota": {"base", "io", "metadata"},
    "partition": {"base", "io", "record", "log", "replication"},
    "groups": {"base", "io", "record", "protocol", "log", "replication"},
    "extension": {"base", "io", "record", "log", "partition"},
    "network": {"base", "io"},
    "api": {"base", "io", "record", "protocol", "log", "replication", "partition", "metadata", "quota", "groups", "network"},
    "server": {"base", "io", "record", "protocol", "log", "replication", "partition", "metadata", "quota", "groups",
               "extension", "network", "api"},
}
# Headers that only some places may see, and why.
ONLY_IN = {
    r"metadata/single_voter/": (("metadata/single_voter", "server"), "nobody else knows which engine the quorum has"),
    # Beast's parser, which does no I/O, speaks in Asio's buffers.
    r"boost/asio(?!/buffer\.hpp)|boost/beast/core/tcp": (("io/asio",), "sockets, timers and threads are io's"),
    r"lua\.h|lua\.hpp|tidemill/": (("extension",), "the plugin and Lua hosts live in extension/"),
    r"sys/socket\.h|sys/epoll\.h|netinet/": (("io",), "sockets are io's"),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def room_of(path):
    """The most specific row of the table that the folder of `path` falls under."""
    parts = path.parts
    two = "/".join(parts[:2])
    return two if two in ALLOWED else parts[0]


def main(root):
    kernel = pathlib.Path(root) / "kernel"
    errors, edges, files = [], 0, 0
    for file in sorted(kernel.rglob("*.?pp")):
        relative = file.relative_to(kernel)
        files += 1
        room = room_of(relative)
        if room not in ALLOWED:
            errors.append(f"{relative}: room '{room}' is not in the table")
            continue
        for kind, name in INCLUDE.findall(file.read_text(encoding="utf-8")):
            for pattern, (places, why) in ONLY_IN.items():
                if re.match(pattern, name) and not any(str(relative).startswith(place + "/") for place in places):
                    errors.append(f"{relative}: includes {name}: only {', '.join(places)} may, because {why}")
            if kind == '"' and not name.startswith("tidemill/"):
                target = room_of(pathlib.PurePath(name))
                edges += 1
                if target.split("/")[0] != room.split("/")[0] and target.split("/")[0] not in ALLOWED[room]:
                    errors.append(f"{relative}: {room} must not include {name}")
    for plugin in (pathlib.Path(root) / "plugins").rglob("*.?pp"):
        for kind, name in INCLUDE.findall(plugin.read_text(encoding="utf-8")):
            if kind == '"' and not (plugin.parent / name).exists() and not name.startswith("tidemill/"):
                errors.append(f"{plugin}: plugins see only sdk/, not {name}")
    # The SDK is built, and used, without the kernel. Some rooms of its command-line tool are called as the kernel's are.
    sdk = pathlib.Path(root) / "sdk"
    for file in (one for one in sdk.rglob("*.[ch]*") if one.is_file()):
        for kind, name in INCLUDE.findall(file.read_text(encoding="utf-8")):
            if (kernel / name).exists() and not any((near / name).exists() for near in (file.parent, sdk / "cli")):
                errors.append(f"sdk/{file.relative_to(sdk)}: the SDK does not know the kernel's {name}")
    print("\n".join(errors) or f"{edges} includes in {files} files point downwards")
    if files == 0:
        errors.append("no file checked")
    return 1 if errors else 0


if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
    print(__doc__)
    sys.exit(len(sys.argv) < 2)
sys.exit(main(sys.argv[1]))
