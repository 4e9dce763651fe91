"""Kafka's wire in Python, driven by the schema files of kernel/protocol/schema.

Values are plain JSON: names as in the schema files (snake_case); bytes and uuids as hex; `records`
as described at `records()`. A field left out takes its default. Only what the conformance scenarios
need: no streaming, no compression.
"""

import socket
import struct
import sys
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "kernel/protocol/generator"))
sys.dont_write_bytecode = True
import schema  # noqa: E402

FORMATS = {"int8": ">b", "int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I",
           "int64": ">q", "bool": ">?", "float64": ">d"}
FRAME_SIZE_BYTES_MAX = 100 << 20


def load():
    """API name -> (api, request, response)."""
    apis = {}
    for file in schema.parse_folder(ROOT / "kernel/protocol/schema"):
        by_name = {message.name: message for message in file.messages}
        for api in file.apis:
            request, response = by_name.get(f"{api.name}_request"), by_name.get(f"{api.name}_response")
            apis[api.name] = (api, request, response)
    return apis


def crc32c(data, table=[]):  # noqa: B006 - the table is computed once
    if not table:
        for value in range(256):
            for _ in range(8):
                value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
            table.append(value)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def uvarint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varint(value):
    return uvarint((value << 1) ^ (value >> 63))


def batch(description):
    """One batch of format 2 from {"records": [{"key", "value", "timestamp"}], ...} (see below)."""
    records = bytearray()
    rows = description.get("records", [])
    base_timestamp = rows[0].get("timestamp", 0) if rows else 0
    for position, row in enumerate(rows):
        body = bytearray(b"\0") + varint(row.get("timestamp", 0) - base_timestamp)
        body += varint(row.get("offset_delta", position))
        for part in (row.get("key"), row.get("value", "")):
            body += varint(-1) if part is None else varint(len(part)) + part.encode()
        body += varint(0)
        records += varint(len(body)) + body
    timestamps = [row.get("timestamp", 0) for row in rows] or [-1]
    tail = struct.pack(">hiqqqhii", description.get("attributes", 0),
                       description.get("last_offset_delta", len(rows) - 1), base_timestamp,
                       max(timestamps), description.get("producer_id", -1),
                       description.get("producer_epoch", -1), description.get("base_sequence", -1),
                       description.get("count", len(rows))) + records
    crc = description.get("crc", crc32c(tail))
    head = struct.pack(">ibI", -1, description.get("magic", 2), crc)
    return struct.pack(">qi", description.get("base_offset", 0), len(head) + len(tail)) + head + tail


def records(value):
    """A hex string, or a list of batch descriptions."""
    if isinstance(value, str):
        return bytes.fromhex(value)
    return b"".join(batch(one) for one in value)


def read_batches(data):
    """What stands in fetched bytes: base offset, record count, producer, epoch of each batch."""
    batches, at = [], 0
    while len(data) - at >= 61:
        base_offset, length, epoch, magic = struct.unpack_from(">qiib", data, at)
        if len(data) - at < 12 + length:
            break
        attributes, _, _, _, producer, _, sequence, count = struct.unpack_from(">hiqqqhii", data, at + 21)
        batches.append({"base_offset": base_offset, "leader_epoch": epoch, "magic": magic,
                        "attributes": attributes, "producer_id": producer,
                        "base_sequence": sequence, "count": count})
        at += 12 + length
    return {"batches": batches, "bytes_behind": len(data) - at}


def tagged(tag, payload):
    return uvarint(tag) + uvarint(len(payload) // 2) + bytes.fromhex(payload)


class Encoder:
    def __init__(self, message, version):
        self.message, self.version = message, version
        self.flexible = message.flexible_since is not None and version >= message.flexible_since

    def length(self, size, wide, flexible):
        if flexible:
            return uvarint(size + 1)
        return struct.pack(">i" if wide else ">h", size)

    def struct(self, fields, value):
        unknown = set(value) - {one.name for one in fields} - {"_tags"}
        if unknown:
            raise ValueError(f"{self.message.name} has no field {sorted(unknown)}")
        out, tags = b"", [tagged(*one) for one in value.get("_tags", [])]
        for one in fields:
            if self.version not in one.versions:
                continue
            default = one.default
            given = value.get(one.name, default_of(one))
            if one.tag is None:
                out += self.field(one, given)
            elif one.name in value and given != default:
                tags.append(tagged(one.tag, self.field(one, given).hex()))
        return out + (uvarint(len(tags)) + b"".join(tags) if self.flexible else b"")

    def field(self, one, value):
        flexible = self.flexible and one.flexible
        if one.is_array:
            if value is None:
                return b"\0" if flexible else struct.pack(">i", -1)
            return self.length(len(value), True, flexible) + b"".join(
                self.element(one, item, flexible) for item in value)
        return self.element(one, value, flexible)

    def element(self, one, value, flexible):
        if one.is_struct:
            if may_be_absent(one) and value is None:
                return b"\xff"
            front = b"\x01" if may_be_absent(one) else b""
            return front + self.struct(self.message.structs[one.base].fields, value)
        if one.base in FORMATS:
            return struct.pack(FORMATS[one.base], value)
        if one.base == "uuid":
            return uuid.UUID(hex=value).bytes
        wide = one.base != "string"
        if value is None:
            return b"\0" if flexible else struct.pack(">i" if wide else ">h", -1)
        data = (value.encode() if one.base == "string" else
                records(value) if one.base == "records" else bytes.fromhex(value))
        return self.length(len(data), wide, flexible) + data


def may_be_absent(one):
    """A structure by itself: a byte says whether it is there."""
    return one.is_struct and not one.is_array and one.default == "null"


def default_of(one):
    if one.is_array:
        return None if one.default == "null" else []
    if one.default == "null":
        return None
    if one.default is not None:
        return one.default == "true" if one.base == "bool" else int(one.default)
    if one.is_struct:
        return {}
    return {"string": "", "bytes": "", "records": "", "uuid": "0" * 32}.get(one.base, 0)


class Decoder:
    def __init__(self, message, version, data):
        self.message, self.version, self.data, self.at = message, version, data, 0
        self.flexible = message.flexible_since is not None and version >= message.flexible_since

    def take(self, size):
        if size < 0 or self.at + size > len(self.data):
            raise ValueError("the answer ends inside a value")
        self.at += size
        return self.data[self.at - size:self.at]

    def uvarint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def length(self, wide, flexible):
        if flexible:
            return self.uvarint() - 1
        return struct.unpack(">i" if wide else ">h", self.take(4 if wide else 2))[0]

    def struct(self, fields):
        value = {}
        for one in fields:
            if self.version in one.versions and one.tag is None:
                value[one.name] = self.field(one)
        if self.flexible:
            by_tag = {one.tag: one for one in fields if one.tag is not None}
            for _ in range(self.uvarint()):
                tag, size = self.uvarint(), self.uvarint()
                end = self.at + size
                if tag in by_tag:
                    value[by_tag[tag].name] = self.field(by_tag[tag])
                self.at = end
        return value

    def field(self, one):
        flexible = self.flexible and one.flexible
        if one.is_array:
            count = self.length(True, flexible)
            return None if count < 0 else [self.element(one, flexible) for _ in range(count)]
        return self.element(one, flexible)

    def element(self, one, flexible):
        if one.is_struct:
            if may_be_absent(one) and self.take(1) == b"\xff":
                return None
            return self.struct(self.message.structs[one.base].fields)
        if one.base in FORMATS:
            return struct.unpack(FORMATS[one.base], self.take(struct.calcsize(FORMATS[one.base])))[0]
        if one.base == "uuid":
            return self.take(16).hex()
        size = self.length(one.base != "string", flexible)
        if size < 0:
            return None
        data = self.take(size)
        return (data.decode() if one.base == "string" else
                read_batches(data) if one.base == "records" else data.hex())


class Closed(Exception):
    """The broker closed the connection."""


class Connection:
    def __init__(self, address, apis, timeout_seconds=5):
        self.apis, self.correlation, self.timeout_seconds = apis, 0, timeout_seconds
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout_seconds)

    def close(self):
        self.socket.close()

    def send_frame(self, frame):
        try:
            self.socket.sendall(struct.pack(">i", len(frame)) + frame)
        except (ConnectionError, BrokenPipeError) as error:
            raise Closed from error

    def receive(self, size):
        data = bytearray()
        while len(data) < size:
            try:
                piece = self.socket.recv(size - len(data))
            except ConnectionError as error:
                raise Closed from error
            if not piece:
                raise Closed
            data += piece
        return bytes(data)

    def receive_frame(self):
        size = struct.unpack(">i", self.receive(4))[0]
        if not 4 <= size <= FRAME_SIZE_BYTES_MAX:
            raise ValueError(f"a frame of {size} bytes")
        return self.receive(size)

    def request_frame(self, step):
        api, request, _ = self.apis[step["api"]]
        version = step["version"]
        encode_as = step.get("encode_as", version)
        self.correlation += 1
        client = step.get("client_id", "conformance")
        head = struct.pack(">hhi", step.get("key", api.key), version, self.correlation)
        head += struct.pack(">h", -1) if client is None else struct.pack(">h", len(client)) + client.encode()
        if api.flexible_since is not None and encode_as >= api.flexible_since:
            tags = [tagged(*one) for one in step.get("header_tags", [])]
            head += (bytes.fromhex(step["header_hex_tags"]) if "header_hex_tags" in step else
                     uvarint(len(tags)) + b"".join(tags))
        if "body_hex" in step:
            return head + bytes.fromhex(step["body_hex"])
        values = {**step.get("body", {}), "_tags": step.get("body_tags", [])}
        body = Encoder(request, encode_as).struct(request.fields, values)
        cut = step.get("cut", 0)
        body = body[:len(body) - (int(len(body) * cut) if isinstance(cut, float) else cut)]
        return head + body + bytes.fromhex(step.get("append", ""))

    def call(self, step):
        """Sends one request; returns the decoded answer, or None where none is expected."""
        api, _, response = self.apis[step["api"]]
        self.socket.settimeout(step.get("patience_seconds", self.timeout_seconds))
        self.send_frame(self.request_frame(step))
        if step.get("no_answer"):
            return None
        frame = self.receive_frame()
        if struct.unpack_from(">i", frame)[0] != self.correlation:
            raise ValueError("an answer with another correlation id")
        version = step.get("decode_as", step["version"])
        decoder = Decoder(response, version, frame)
        decoder.take(4)
        if decoder.flexible and api.key != 18:
            decoder.take(1)
        answer = decoder.struct(response.fields)
        if decoder.at != len(frame):
            raise ValueError(f"{len(frame) - decoder.at} bytes behind the answer")
        return answer
