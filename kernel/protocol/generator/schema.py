"""Reads the schema files of the wire protocol; the grammar stands in ../README.md."""

import re
from dataclasses import dataclass, field
from pathlib import Path

INTEGERS = {
    "int8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "int64": 8,
}
SCALARS = {**INTEGERS, "bool": 1, "float64": 8, "uuid": 16}
PRIMITIVES = {*SCALARS, "string", "bytes", "records"}
# Types of base/ids.hpp (and wire_error) that `as` may name, and the wire type of each.
STRONG = {
    "offset": "int64", "offset_delta": "int64", "leader_epoch": "int32", "broker_epoch": "int64",
    "partition_epoch": "int32", "producer_id": "int64", "producer_epoch": "int16",
    "sequence": "int32", "broker_id": "int32", "partition_index": "int32",
    "correlation_id": "int32", "api_version": "int16", "topic_id": "uuid", "term": "int64",
    "log_index": "int64", "wire_error": "int16",
}
KEYWORDS = {
    "auto", "bool", "case", "class", "const", "default", "delete", "enum", "export", "false",
    "for", "int", "namespace", "new", "operator", "private", "protected", "public", "register",
    "signed", "static", "struct", "switch", "template", "this", "true", "typename", "union",
    "unsigned", "using", "virtual", "void",
}
NAME = re.compile(r"[a-z][a-z0-9_]*")


class SchemaError(Exception):
    """A mistake in a schema file; the text names file and line."""


@dataclass(frozen=True)
class Versions:
    """A closed range of versions."""
    first: int
    last: int

    def covers(self, other):
        return self.first <= other.first and other.last <= self.last

    def __contains__(self, version):
        return self.first <= version <= self.last

    def __iter__(self):
        return iter(range(self.first, self.last + 1))


@dataclass
class Field:
    name: str
    wire_name: str
    base: str                    # a primitive, or the name of a struct
    is_array: bool
    strong: str | None
    versions: Versions
    nullable: Versions | None
    tag: int | None
    default: str | None          # as written; None where the file gives none
    ignorable: bool
    flexible: bool               # False: keeps the older encoding in flexible versions

    @property
    def is_struct(self):
        return self.base not in PRIMITIVES


@dataclass
class Struct:
    name: str
    versions: Versions
    fields: list = field(default_factory=list)


@dataclass
class Message:
    name: str
    wire_name: str
    kind: str                    # "request", "response" or "message"
    key: int | None
    versions: Versions           # all that the schema knows
    version_max: int             # the last stable one
    flexible_since: int | None
    fields: list = field(default_factory=list)
    structs: dict = field(default_factory=dict)  # inner structs before those that use them

    def size_min(self, fields, versions):
        """The least number of bytes that such fields take, over the given versions."""
        return min(self._size_min_at(fields, version) for version in versions)

    def _size_min_at(self, fields, version):
        flexible = self.flexible_since is not None and version >= self.flexible_since
        size = 1 if flexible else 0
        for one in fields:
            if version in one.versions and one.tag is None:
                size += self._field_size_min_at(one, version, flexible and one.flexible)
        return size

    def _field_size_min_at(self, one, version, flexible):
        if one.is_array:
            return 1 if flexible else 4
        if one.base in SCALARS:
            return SCALARS[one.base]
        if one.base == "string":
            return 1 if flexible else 2
        if one.base in ("bytes", "records"):
            return 1 if flexible else 4
        if one.nullable is not None:
            return 1
        return self._size_min_at(self.structs[one.base].fields, version)


@dataclass
class Api:
    name: str
    wire_name: str
    key: int
    versions: Versions
    version_max: int
    flexible_since: int | None
    listeners: list


@dataclass
class File:
    path: Path                   # relative to the schema folder, without extension
    apis: list
    messages: list


def camel(name):
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def parse_versions(text, within):
    """`3`, `3-5` or `3+`, cut to the versions around it."""
    match = re.fullmatch(r"(\d+)(?:-(\d+)|(\+))?", text)
    if not match:
        raise SchemaError(f"'{text}' is no version range; write 3, 3-5 or 3+")
    first = int(match[1])
    last = int(match[2]) if match[2] else (within.last if match[3] else first)
    if first > last or first < within.first or last > within.last:
        raise SchemaError(f"versions {text} do not lie within {within.first}-{within.last}")
    return Versions(first, last)


class Parser:
    """One pass over the lines of a file."""

    def __init__(self, text):
        self.lines = text.splitlines()
        self.apis, self.messages = [], []
        self.head = None             # settings of the open `api` or `message` block
        self.sections = []           # (message, [raw struct blocks])
        self.rows = None             # rows of the open section

    def parse(self):
        for number, raw in enumerate(self.lines, 1):
            line = raw.split("#", 1)[0].rstrip()
            if not line:
                continue
            try:
                self.line(line, number)
            except SchemaError as error:
                raise SchemaError(f"{number}: {error}") from None
        for message, blocks in self.sections:
            Builder(message, blocks).build()
        return self.apis, self.messages

    def line(self, line, number):
        if line.startswith(" "):
            if self.rows is None:
                raise SchemaError("a field outside of request, response, fields or struct")
            self.rows.append((number, line))
            return
        words = line.split()
        if words[0] in ("api", "message"):
            self.head = {"kind": words[0], "name": words[1], "wire_name": camel(words[1])}
            for word in words[2:]:
                self.head["wire_name"] = attribute(word, "name")
            self.rows = None
        elif self.head is None:
            raise SchemaError("a file starts with 'api <name>' or 'message <name>'")
        elif words[0] in ("key", "versions", "unstable", "flexible", "listeners"):
            self.head[words[0]] = words[1:]
        elif words[0] in ("request", "response", "fields"):
            self.open_section(words[0])
        elif words[0] == "struct":
            self.rows = []
            self.sections[-1][1].append((words[1], self.rows))
        else:
            raise SchemaError(f"unknown word '{words[0]}'")

    def open_section(self, section):
        head = self.head
        if (section == "fields") != (head["kind"] == "message"):
            raise SchemaError(f"'{section}' does not belong into a block '{head['kind']}'")
        for setting in ("versions", "flexible"):
            if setting not in head:
                raise SchemaError(f"'{setting}' has to stand before '{section}'")
        first, _, last = head["versions"][0].partition("-")
        versions = Versions(int(first), int(last or first))
        version_max = int(head["unstable"][0]) - 1 if "unstable" in head else versions.last
        flexible = head["flexible"][0]
        since = None if flexible == "none" else int(flexible.rstrip("+"))
        key = int(head["key"][0]) if "key" in head else None
        suffix, kind = ("", "message") if section == "fields" else (f"_{section}", section)
        if section == "request" or (section == "response" and not self.has_api(head["name"])):
            self.apis.append(Api(head["name"], head["wire_name"], key, versions, version_max,
                                 since, head.get("listeners", [])))
        message = Message(head["name"] + suffix, head["wire_name"] + camel(suffix), kind, key,
                          versions, version_max, since)
        self.messages.append(message)
        self.rows = []
        self.sections.append((message, [(None, self.rows)]))

    def has_api(self, name):
        return any(api.name == name for api in self.apis)


def attribute(word, name):
    key, separator, value = word.partition("=")
    if key != name or not separator:
        raise SchemaError(f"unknown attribute '{word}'")
    return value


class Builder:
    """Turns the rows of one message into fields and structs."""

    def __init__(self, message, blocks):
        self.message = message
        self.blocks = dict(blocks)
        self.building = set()

    def build(self):
        rows = list(self.blocks.pop(None))
        self.message.fields = self.read_fields(rows, 2, self.message.versions)
        if rows:
            raise SchemaError(f"{rows[0][0]}: wrong indentation")
        for name in list(self.blocks):
            self.shared_struct(name)

    def shared_struct(self, name):
        if name in self.message.structs and name not in self.building:
            return
        if name in self.building:
            raise SchemaError(f"struct {name} contains itself")
        self.building.add(name)
        rows = list(self.blocks[name])
        struct = Struct(name, self.message.versions)
        struct.fields = self.read_fields(rows, 2, self.message.versions)
        self.message.structs[name] = struct
        self.building.discard(name)

    def read_fields(self, rows, indent, versions):
        fields = []
        while rows:
            number, line = rows[0]
            depth = len(line) - len(line.lstrip())
            if depth < indent:
                break
            if depth > indent:
                raise SchemaError(f"{number}: wrong indentation")
            rows.pop(0)
            try:
                one = self.read_field(line.split(), versions)
            except SchemaError as error:
                raise SchemaError(f"{number}: {error}") from None
            if any(other.name == one.name for other in fields):
                raise SchemaError(f"{number}: field {one.name} stands twice")
            if one.tag is not None and any(other.tag == one.tag for other in fields):
                raise SchemaError(f"{number}: tag {one.tag} stands twice")
            fields.append(one)
            self.read_struct(one, rows, indent + 2, number)
        return fields

    def read_struct(self, one, rows, indent, number):
        if not one.is_struct:
            return
        nested = rows and len(rows[0][1]) - len(rows[0][1].lstrip()) >= indent
        if not nested:
            if one.base not in self.blocks:
                raise SchemaError(f"{number}: type {one.base} is not known")
            self.shared_struct(one.base)
            return
        if one.base in self.message.structs or one.base in self.blocks:
            raise SchemaError(f"{number}: struct {one.base} stands twice")
        struct = Struct(one.base, one.versions)
        struct.fields = self.read_fields(rows, indent, one.versions)
        self.message.structs[one.base] = struct

    def read_field(self, words, around):
        if len(words) < 2:
            raise SchemaError("a field has a name and a type")
        name, type_name, rest = words[0], words[1], words[2:]
        if not NAME.fullmatch(name) or name in KEYWORDS:
            raise SchemaError(f"'{name}' cannot be a field's name")
        is_array = type_name.startswith("[]")
        base = type_name[2:] if is_array else type_name
        if not NAME.fullmatch(base):
            raise SchemaError(f"'{type_name}' is no type")
        strong = None
        if rest[:1] == ["as"]:
            strong, rest = rest[1], rest[2:]
            if STRONG.get(strong) != base:
                raise SchemaError(f"{base} cannot be read as {strong}")
        versions = around
        if rest and rest[0][0].isdigit():
            versions, rest = parse_versions(rest[0], around), rest[1:]
        one = Field(name, camel(name), base, is_array, strong, versions, None, None, None, False,
                    True)
        for word in rest:
            self.read_attribute(one, word)
        self.check_field(one)
        return one

    @staticmethod
    def read_attribute(one, word):
        key, _, value = word.partition("=")
        if word == "ignorable":
            one.ignorable = True
        elif word == "nullable":
            one.nullable = one.versions
        elif key == "nullable":
            one.nullable = parse_versions(value, one.versions)
        elif key == "tag":
            one.tag = int(value)
        elif key == "default":
            one.default = value
        elif word == "flexible=none":
            one.flexible = False
        else:
            one.wire_name = attribute(word, "name")

    def check_field(self, one):
        since = self.message.flexible_since
        if one.tag is not None and (since is None or one.versions.first < since):
            raise SchemaError("a tagged field needs flexible versions")
        if one.nullable and not one.is_array and one.base in SCALARS:
            raise SchemaError(f"{one.base} cannot be null")
        if one.default == "null" and not one.nullable:
            raise SchemaError("the default is null, but the field is not nullable")
        if one.base in INTEGERS and not one.is_array and one.default is not None:
            if not re.fullmatch(r"-?\d+", one.default):
                raise SchemaError(f"'{one.default}' is no {one.base}")
        if one.base == "bool" and one.default not in (None, "true", "false"):
            raise SchemaError(f"'{one.default}' is no bool")
        composite = one.is_array or one.base not in SCALARS or one.base == "uuid"
        if one.default not in (None, "null") and composite:
            raise SchemaError("only null can be the default of such a field")


def parse_file(root, path):
    try:
        apis, messages = Parser(path.read_text()).parse()
    except SchemaError as error:
        raise SchemaError(f"{path}:{error}") from None
    except (IndexError, ValueError) as error:
        raise SchemaError(f"{path}: {error}") from None
    return File(path.relative_to(root).with_suffix(""), apis, messages)


def parse_folder(root):
    return [parse_file(root, path) for path in sorted(root.rglob("*.schema"))]
