"""Avro's binary encoding of flat records, behind a schema registry's five byte header."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

MAGIC = 0
HEADER = struct.Struct(">bi")
DOUBLE = struct.Struct("<d")
CONTINUED = 0x80  # set in every byte of a number but its last

TRADE_SCHEMAS: dict[int, Mapping[str, str]] = {
    1: {
        "symbol": "string",
        "price": "double",
        "sequence_number": "long",
        "timestamp": "long",
    },
    2: {
        "symbol": "string",
        "price": "double",
        "source_sequence": "long",
        "exchange": "string",
        "timestamp": "long",
    },
}


class DecodeError(ValueError):
    """The bytes are not what their schema promises."""


@dataclass(frozen=True, slots=True)
class SerializationContext:
    """Where the bytes come from, for error messages."""

    topic: str
    field: str = "value"


class AvroDeserializer:
    """Turn the bytes of a message into a dict of its fields."""

    def __init__(self, schemas: Mapping[int, Mapping[str, str]]) -> None:
        self._schemas = schemas

    def __call__(self, value: bytes | None, context: SerializationContext) -> dict[str, Any]:
        stream = BytesIO(value or b"")
        try:
            magic, schema_id = HEADER.unpack(_read(stream, HEADER.size))
            if magic != MAGIC:
                raise DecodeError(f"magic byte {magic}")
            if schema_id not in self._schemas:
                raise DecodeError(f"unknown schema {schema_id}")
            schema = self._schemas[schema_id]
            return {name: READERS[kind](stream) for name, kind in schema.items()}
        except ValueError as error:
            raise DecodeError(f"{context.topic}, {context.field}: {error}") from error


class AvroSerializer:
    """Turn a dict of fields into the bytes of a message."""

    def __init__(self, schema_id: int, schema: Mapping[str, str]) -> None:
        self._schema_id = schema_id
        self._schema = schema

    def __call__(self, fields: Mapping[str, Any]) -> bytes:
        body = (WRITERS[kind](fields[name]) for name, kind in self._schema.items())
        return HEADER.pack(MAGIC, self._schema_id) + b"".join(body)


def _read(stream: BytesIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise DecodeError("the message ends early")
    return data


def _read_long(stream: BytesIO) -> int:
    """A zigzag number, seven bits a byte, the lowest first."""
    number = shift = 0
    more = True
    while more:
        byte = _read(stream, 1)[0]
        number |= byte % CONTINUED << shift
        shift += 7
        more = byte >= CONTINUED
    return (number >> 1) ^ -(number & 1)


def _write_long(number: int) -> bytes:
    rest = (number << 1) ^ (number >> 63)
    data = bytearray()
    while rest >= CONTINUED:
        data.append(rest % CONTINUED | CONTINUED)
        rest >>= 7
    data.append(rest)
    return bytes(data)


def _read_double(stream: BytesIO) -> float:
    number: float = DOUBLE.unpack(_read(stream, DOUBLE.size))[0]
    return number


def _read_string(stream: BytesIO) -> str:
    size = _read_long(stream)
    if size < 0:
        raise DecodeError(f"string of {size} bytes")
    return _read(stream, size).decode()


def _write_string(text: str) -> bytes:
    data = text.encode()
    return _write_long(len(data)) + data


READERS: dict[str, Callable[[BytesIO], Any]] = {
    "long": _read_long,
    "double": _read_double,
    "string": _read_string,
}
WRITERS: dict[str, Callable[[Any], bytes]] = {
    "long": _write_long,
    "double": DOUBLE.pack,
    "string": _write_string,
}
