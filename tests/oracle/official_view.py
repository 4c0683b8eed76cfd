"""Records as the official package sees them, in one spelling: what two decodings must have in common.

Left out is only what OTLP leaves to the writer: grouping into requests, order of records and attributes, an
empty message where none is the same, and all but the last of equal attribute keys, which are counted.
Exemplars are records of their own, told by stream and time of their point: points that share both share them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from oracle import json_reading, protobuf_reading
from oracle.context import Context, OutOfRange
from oracle.decoding import add
from oracle.records import Reading, Record

Canonical = tuple[str, ...]


@dataclass(slots=True)
class View:
    """Multiset of records, and attributes that were dropped for a later one of the same key."""

    records: Counter[Canonical] = field(default_factory=Counter)
    duplicate_keys: int = 0
    _last: tuple[Any, Any, Canonical] | None = None

    def add(self, data: bytes, form: str) -> None:
        """Take what one file holds, in one of the forms of `oracle.decoding.decode`."""
        reader = json_reading if form.startswith("json") else protobuf_reading
        self.add_reading(reader.read(data, form))

    def add_reading(self, reading: Reading) -> None:
        context = Context()
        for record in reading.records:
            try:
                add(context, record)
            except OutOfRange:
                continue  # a reject, which an export does not hold
            self._add_record(record)

    def _add_record(self, record: Record) -> None:
        message, place = self._spelled(record.message), self._place(record)
        exemplars = [str(e) for e in getattr(message, "exemplars", ())]
        if exemplars:
            message.ClearField("exemplars")
            point = f"{message.time_unix_nano} {[str(a) for a in message.attributes]}"
            self.records.update(("exemplar", *place, point, e) for e in exemplars)
        self.records[record.signal, *place, str(message)] += 1

    def _place(self, record: Record) -> Canonical:
        """What stands around the record; made once for a run of records that share it."""
        around, metric = record.around, record.metric
        if self._last is None or self._last[0] is not around or self._last[1] is not metric:
            parts = [around.resource, around.scope]
            if metric is not None:
                header = type(metric)()
                header.CopyFrom(metric)
                getattr(header, header.WhichOneof("data")).ClearField("data_points")
                parts.append(header)
            urls = (around.resource_schema_url, around.scope_schema_url)
            self._last = (around, metric, (*urls, *(str(self._spelled(part)) for part in parts)))
        return self._last[2]

    def _spelled(self, message: Any) -> Any:
        copy = type(message)()
        copy.CopyFrom(message)
        self._spell(copy)
        return copy

    def _spell(self, message: Any) -> None:
        for descriptor, value in message.ListFields():
            if descriptor.message_type is None:
                continue
            if not descriptor.is_repeated:
                self._spell(value)
                if value.ByteSize() == 0 and descriptor.containing_oneof is None:
                    message.ClearField(descriptor.name)
            elif descriptor.message_type is KeyValue.DESCRIPTOR:
                self._sort(value)
            else:
                for element in value:
                    self._spell(element)

    def _sort(self, attributes: Any) -> None:
        last = {a.key: a for a in attributes}
        self.duplicate_keys += len(attributes) - len(last)
        kept = [KeyValue(key=key, value=last[key].value) for key in sorted(last)]
        for attribute in kept:
            self._spell(attribute)
        del attributes[:]
        attributes.extend(kept)
