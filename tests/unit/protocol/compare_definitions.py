#!/usr/bin/env python3
"""Compares our schema files with Kafka's message definitions, field by field.

  compare_definitions.py SCHEMA_FOLDER DEFINITIONS_FOLDER

Prints every difference and exits with 1 if there is one.
"""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "kernel/protocol/generator"))
from schema import Versions, parse_folder  # noqa: E402

SCALAR_ZERO = {"bool": "false"}
# Definitions that say Data at the end of names that otherwise mean the same.
RENAMED = {"DefaultPrincipal": "DefaultPrincipalData", "QuorumState": "QuorumStateData"}


def load_definitions(folder):
    found = {}
    for path in sorted(folder.rglob("*.json")):
        text = re.sub(r"(?m)(^|\s)//.*$", "", path.read_text())
        definition = json.loads(re.sub(r"/\*.*?\*/", "", text, flags=re.S))
        # The records of the metadata log are each broker's own; ours may share a name by chance.
        foreign = definition["type"] == "metadata"
        if definition.get("validVersions", "none") != "none" and not foreign:
            found[definition["name"]] = definition
    return found


def parse_range(text, around):
    """The part of a range like "3+" that lies in `around`; None where there is none."""
    if text is None or text == "none":
        return None
    first, plus, last = re.fullmatch(r"(\d+)(\+)?(?:-(\d+))?", text).groups()
    low = max(int(first), around.first)
    high = min(around.last if plus else int(last or first), around.last)
    return Versions(low, high) if low <= high else None


def normal_default(text, base, is_array, nullable):
    if text is None or text == "":
        if base == "records" and nullable:
            return "null"
        return SCALAR_ZERO.get(base, "0")
    if text == "null":
        return "null"
    text = str(text).lower()
    if base in ("int8", "int16", "uint16", "int32", "uint32", "int64") and not is_array:
        return str(int(text, 0))
    return text


class Comparison:
    def __init__(self):
        self.differences = []
        self.field_count = 0

    def check(self, where, what, ours, theirs):
        if ours != theirs:
            self.differences.append(f"{where}: {what} is {ours}, the definition says {theirs}")

    def message(self, ours, theirs):
        where = ours.wire_name
        valid = parse_range(theirs["validVersions"], Versions(0, 1000))
        flexible = parse_range(theirs["flexibleVersions"], Versions(0, 1000))
        self.check(where, "versions", ours.versions, valid)
        self.check(where, "flexible", ours.flexible_since, flexible and flexible.first)
        self.check(where, "key", ours.key, theirs.get("apiKey"))
        stable = valid.last - (1 if theirs.get("latestVersionUnstable") else 0)
        if theirs["type"] == "request":
            self.check(where, "last stable version", ours.version_max, stable)
        common = {struct["name"]: struct["fields"] for struct in theirs.get("commonStructs", [])}
        # Work list of (place, our fields, their fields, versions around); no struct is recursive.
        todo = [(where, ours.fields, theirs.get("fields", []), valid)]
        while todo:
            place, our_fields, their_fields, around = todo.pop()
            todo += self.fields(ours, common, place, our_fields, their_fields, around)

    def fields(self, message, common, place, ours, theirs, around):
        theirs = [(one, parse_range(one.get("versions", one.get("taggedVersions")), around))
                  for one in theirs]
        theirs = [(one, versions) for one, versions in theirs if versions]
        self.check(place, "fields", [one.wire_name.lower() for one in ours],
                   [one["name"].lower() for one, _ in theirs])
        nested = []
        for our, (their, versions) in zip(ours, theirs):
            name = f"{place}.{their['name']}"
            self.field(name, our, their, versions)
            if our.is_struct:
                base = their["type"].removeprefix("[]")
                inner = their.get("fields") or common[base]
                shared = base in common
                nested.append((name, message.structs[our.base].fields, inner,
                               message.versions if shared else versions))
        return nested

    def field(self, name, our, their, versions):
        self.field_count += 1
        kind = their["type"]
        base = kind.removeprefix("[]")
        self.check(name, "array", our.is_array, kind.startswith("[]"))
        self.check(name, "type", "struct" if our.is_struct else our.base,
                   "struct" if base[0].isupper() else base)
        self.check(name, "versions", our.versions, versions)
        self.check(name, "nullable", our.nullable,
                   parse_range(their.get("nullableVersions"), versions))
        self.check(name, "tag", our.tag, their.get("tag"))
        self.check(name, "ignorable", our.ignorable, str(their.get("ignorable")).lower() == "true")
        self.check(name, "keeps the older encoding", not our.flexible,
                   their.get("flexibleVersions") == "none")
        theirs = normal_default(their.get("default"), base, kind.startswith("[]"), our.nullable)
        self.check(name, "default",
                   normal_default(our.default, our.base, our.is_array, our.nullable), theirs)


def main(schema_folder, definitions_folder):
    definitions = load_definitions(definitions_folder)
    comparison = Comparison()
    seen = set()
    for file in parse_folder(schema_folder):
        for message in file.messages:
            name = RENAMED.get(message.wire_name, message.wire_name)
            if name in definitions:
                comparison.message(message, definitions[name])
                seen.add(name)
        for api in file.apis:
            request = definitions[f"{api.wire_name}Request"]
            comparison.check(api.wire_name, "listeners", api.listeners, request["listeners"])
    for name, definition in definitions.items():
        if definition["type"] in ("request", "response", "header") and name not in seen:
            comparison.differences.append(f"{name} is missing")
    print("\n".join(comparison.differences))
    print(f"{len(seen)} messages, {comparison.field_count} fields compared, "
          f"{len(comparison.differences)} differences")
    return 1 if comparison.differences or not seen else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__)
        sys.exit(sys.argv[1:] not in (["-h"], ["--help"]))
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
