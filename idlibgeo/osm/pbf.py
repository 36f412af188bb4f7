"""The fast reader of .osm.pbf: blocks are unpacked by zlib and decoded by compiled loops.

One pass over a sorted file, from its end: relations say which ways they need, ways say which nodes, and nodes
fill in the positions. Python takes a step a block and a distinct text, never one an object on the roads' path.
Its result equals that of `plain`, which a test holds on real extracts.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from idlibgeo.osm import kernels
from idlibgeo.osm.raw import (
    BARRIER_KEY,
    BOUNDARY,
    FEATURE_KEYS,
    FEATURE_VALUES,
    LOST,
    ROAD_KEYS,
    RawOsm,
    Relation,
    TagColumn,
    TaggedNode,
    TaggedWay,
    Ways,
)

Bytes = npt.NDArray[np.uint8]
Int64Array = npt.NDArray[np.int64]

KNOWN_FEATURES = {"OsmSchema-V0.6", "DenseNodes"}
#: fileformat.proto: a header is under 64 KiB, a blob under 32 MiB.
HEADER_LIMIT, BLOB_LIMIT = 64 * 1024, 32 * 1024 * 1024
#: Ids up to 68 thousand million apart (OpenStreetMap has reached 13), in a table of 8 MB.
CHUNKS_LIMIT = 2**21


class DamagedError(ValueError):
    """The bytes are not those of a whole PBF file."""


class UnusualError(ValueError):
    """A PBF file that is valid but of a kind that this reader leaves to pyosmium."""


class HistoryError(ValueError):
    """A file with several versions of its objects."""


def read_pbf(path: Path) -> RawOsm:
    """Read a PBF file.

    Raises
    ------
    DamagedError, UnusualError, HistoryError
        Which the caller turns into words, or into another attempt.
    """
    if path.stat().st_size == 0:
        raise DamagedError("the file is empty")
    with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as data:
        blobs = list(_blobs(data))
        ordered = _check_header(data, blobs)
        try:
            return _Reader(data, blobs[1:], ordered=ordered).read()
        except UnusualError:
            raise
        except (ValueError, LookupError, TypeError) as error:
            raise DamagedError(f"its blocks do not hold together ({error})") from None


class Blob(NamedTuple):
    """Where the message of a blob stands in the file, and what kind it is."""

    kind: str
    begin: int
    end: int


def _blobs(data: mmap) -> Iterator[Blob]:
    """Walk over the file from header to header, unpacking nothing."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 4 + size > len(data) or size > HEADER_LIMIT:
            raise DamagedError("a block's header goes on beyond the end of the file")
        header = dict(_message(data[at + 4 : at + 4 + size]))
        begin = at + 4 + size
        length = header.get(3)
        if not isinstance(length, int) or not 0 <= length <= BLOB_LIMIT:
            raise DamagedError("a block does not say how long it is")
        if begin + length > len(data):
            raise DamagedError(
                f"the file ends inside a block, at byte {len(data)} of at least {begin + length}"
            )
        kind = header.get(1)
        yield Blob(kind.decode("ascii", "replace") if isinstance(kind, bytes) else "", begin, begin + length)
        at = begin + length


def _message(data: bytes) -> Iterator[tuple[int, Any]]:
    """Fields of a small protocol-buffer message: numbers as int, the rest as bytes."""
    at = 0
    while at < len(data):
        tag, at = _number(data, at)
        wire = tag & 7
        if wire == 0:
            value, at = _number(data, at)
            yield tag >> 3, value
            continue
        if wire not in {1, 2, 5}:
            raise DamagedError("unknown wire type")
        size, at = _number(data, at) if wire == 2 else ({1: 8, 5: 4}[wire], at)
        if at + size > len(data):
            raise DamagedError("a field goes on beyond its end")
        yield tag >> 3, data[at : at + size]
        at += size


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise DamagedError("a number goes on beyond its end")


def _numbers(data: bytes, *, running: bool = False) -> list[int]:
    """Packed numbers; ``running`` ones are signed differences to the one before."""
    return kernels.packed(np.frombuffer(data, np.uint8), running).tolist()


def _unpack(data: mmap, blob: Blob) -> bytes:
    fields = dict(_message(data[blob.begin : blob.end]))
    if isinstance(fields.get(3), bytes):
        unpacker = zlib.decompressobj()
        try:
            # A limit, since a few bytes may unpack to gigabytes.
            unpacked = unpacker.decompress(fields[3], BLOB_LIMIT)
        except zlib.error as error:
            raise DamagedError(f"a block cannot be unpacked ({error})") from None
        if not unpacker.eof:
            raise DamagedError("a block unpacks to more than it may, or is cut off")
        return unpacked
    if isinstance(fields.get(1), bytes):
        return bytes(fields[1])
    raise UnusualError("it has blocks that are packed in another way than zlib")


def _check_header(data: mmap, blobs: Sequence[Blob]) -> bool:
    """Refuse what cannot be read; say whether the file promises nodes, then ways, then relations."""
    if not blobs or blobs[0].kind != "OSMHeader":
        raise DamagedError("it does not begin with an OSM header")
    fields = [(number, value) for number, value in _message(_unpack(data, blobs[0])) if number in {4, 5}]
    features = {
        str(value, "utf-8", "replace") for number, value in fields if number == 4 and isinstance(value, bytes)
    }
    if "HistoricalInformation" in features:
        raise HistoryError("it is a history file")
    if features - KNOWN_FEATURES:
        raise UnusualError(f"it needs {sorted(features - KNOWN_FEATURES)}")
    return (5, b"Sort.Type_then_ID") in fields


class _Block(NamedTuple):
    """A block unpacked: its bytes, strings, groups, numbers, and what its strings mean to us."""

    data: Bytes
    text: Int64Array
    group: Int64Array
    numbers: Int64Array
    known: npt.NDArray[np.int16]
    decoded: dict[int, str]

    def string(self, number: int) -> str:
        text = self.decoded.get(number)
        if text is None:
            if not 0 <= number < len(self.text):
                raise DamagedError("a string that the block does not have")
            begin, end = self.text[number].tolist()
            text = self.decoded[number] = self.data[begin:end].tobytes().decode("utf-8", "replace")
        return text


class _Meaning(NamedTuple):
    """Tables from the place of a string in the list of known strings to what it means; the last is for all others."""

    hashes: npt.NDArray[np.uint64]
    road: npt.NDArray[np.int8]
    outline: npt.NDArray[np.bool_]
    node: npt.NDArray[np.bool_]
    pair: npt.NDArray[np.int16]
    boundary: npt.NDArray[np.int16]


def _meaning() -> _Meaning:
    values = [text for pair in (*FEATURE_VALUES, BOUNDARY) for text in pair]
    known = list(dict.fromkeys([*ROAD_KEYS, *FEATURE_KEYS, BARRIER_KEY, *values]))
    keys = list(dict.fromkeys(key for key, _ in FEATURE_VALUES))
    road = [ROAD_KEYS.index(text) if text in ROAD_KEYS else -1 for text in known]
    pair = [
        (1 << keys.index(text) if text in keys else 0)
        | sum(1 << (4 + keys.index(key)) for key, value in FEATURE_VALUES if value == text)
        for text in known
    ]
    boundary = [{BOUNDARY[0]: 1, BOUNDARY[1]: 16}.get(text, 0) for text in known]
    return _Meaning(
        hashes=np.array([kernels.fnv1a(text) for text in known], np.uint64),
        road=np.array([*road, -1], np.int8),
        outline=np.array([*(text in FEATURE_KEYS for text in known), False]),
        node=np.array([*(text in {*FEATURE_KEYS, BARRIER_KEY} for text in known), False]),
        pair=np.array([*pair, 0], np.int16),
        boundary=np.array([*boundary, 0], np.int16),
    )


class _Texts:
    """Numbers for the distinct texts of each key over all blocks."""

    def __init__(self, keys: int) -> None:
        self.numbers: list[dict[bytes, int]] = [{} for _ in range(keys)]

    def of_block(self, block: _Block, distinct: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """From the block's own numbers to those of the file; −1 stays −1."""
        out = np.empty(len(distinct) + 1, np.int32)
        out[-1] = -1
        begins, ends = (block.text[distinct[:, 1], side].tolist() for side in (0, 1))
        raw = block.data.tobytes()
        numbers = self.numbers
        out[:-1] = [
            numbers[key].setdefault(raw[begin:end], len(numbers[key]))
            for key, begin, end in zip(distinct[:, 0].tolist(), begins, ends, strict=True)
        ]
        return out

    def values(self, key: int) -> npt.NDArray[np.object_]:
        texts = [text.decode("utf-8", "replace") for text in self.numbers[key]]
        return np.array([*texts, None], dtype=object)[:-1]


@dataclass(frozen=True)
class _RoadBlocks:
    """What the way blocks gave, a list item a block, last block first."""

    ids: list[Int64Array] = field(default_factory=list)
    sizes: list[Int64Array] = field(default_factory=list)
    refs: list[Int64Array] = field(default_factory=list)
    tags: list[npt.NDArray[np.int32]] = field(default_factory=list)
    outlines: list[list[tuple[int, dict[str, str], Int64Array]]] = field(default_factory=list)


class _Wanted:
    """A set of node ids with their ranks: a bit an id in pages of 2,048, since ids of an area come in runs.

    Only the pages that are needed exist: a table has an item a chunk of sixteen pages, and a second one an item a
    page of those chunks. Ids that lie farther apart than those of OpenStreetMap ever did are kept in a sorted list
    instead, since the table of chunks would not fit into memory.
    """

    def __init__(self, refs: Int64Array) -> None:
        self.low = int(refs.min()) if len(refs) else 0
        chunks = (int(refs.max()) - self.low >> 15) + 1 if len(refs) else 1
        self.table, self.page, self.rank = (np.zeros(0, np.int32) for _ in range(3))
        if chunks <= CHUNKS_LIMIT:
            self.table = np.full(chunks, -1, np.int32)
            self.page = np.full(kernels.chunks(refs, self.low, self.table) * 16, -1, np.int32)
            count = kernels.pages(refs, self.low, self.table, self.page)
            self.bits = np.zeros(count * 32, np.uint64)
            self.rank = np.empty(count * 32, np.int32)
            self.total = int(kernels.mark(refs, *self.index))
        else:
            self.bits = (np.unique(refs) - self.low).astype(np.uint64)
            self.total = len(self.bits)
        self.lon = np.full(self.total, np.nan)
        self.lat = np.full(self.total, np.nan)

    @property
    def index(self) -> tuple[int, Any, Any, Any, Any]:
        return self.low, self.table, self.page, self.bits, self.rank

    def positions(self, refs: Int64Array) -> npt.NDArray[np.int32]:
        return kernels.positions(refs, *self.index)

    def ids(self) -> Int64Array:
        return kernels.wanted_ids(self.low, self.table, self.page, self.bits, self.total)


class _Reader:
    """One reading of one file."""

    def __init__(self, data: mmap, blobs: Sequence[Blob], *, ordered: bool) -> None:
        self.data = data
        self.ordered = ordered
        self.blobs = [blob for blob in blobs if blob.kind == "OSMData"]
        self.kinds: list[int | None] = [None] * len(self.blobs)
        self.meaning = _meaning()
        self.last: tuple[int, _Block] | None = None
        self.lost = 0

    def read(self) -> RawOsm:
        relations = self._relations()
        members = np.array(sorted({way for r in relations for way, _ in r.members}), dtype=np.int64)
        texts = _Texts(len(ROAD_KEYS))
        roads = self._ways(members, texts)
        outlines = [outline for block in reversed(roads.outlines) for outline in block]
        refs = np.concatenate([*reversed(roads.refs), np.zeros(0, np.int64)])
        wanted = _Wanted(np.concatenate([refs, *(nodes for _, _, nodes in outlines)]))
        nodes = self._nodes(wanted)
        return RawOsm(
            ways=_ways_of(roads, refs, wanted, texts),
            nodes=nodes,
            outlines=[_outline(way, tags, own, wanted) for way, tags, own in outlines],
            relations=relations,
            counts={LOST: self.lost},
        )

    def block(self, number: int) -> _Block:
        """Unpack a block; the last one is kept, since a block may hold the end of one kind and the next."""
        if self.last is not None and self.last[0] == number:
            return self.last[1]
        data = np.frombuffer(_unpack(self.data, self.blobs[number]), np.uint8)
        text, group, numbers = kernels.layout(data)
        block = _Block(
            data, text, group, numbers, kernels.number_strings(data, text, self.meaning.hashes), {}
        )
        self.kinds[number] = int(numbers[3])
        if numbers[3] & kernels.NODES:
            raise UnusualError("nodes that are not dense")
        self.last = (number, block)
        return block

    def _holding(self, kind: int, before: int) -> Iterator[tuple[int, _Block]]:
        """Blocks with objects of a kind, from the file's end.

        In an ordered file the kinds that come ``before`` end the search, so that each block is unpacked once; in
        another one all blocks are looked at.
        """
        for number in reversed(range(len(self.blobs))):
            known = self.kinds[number]
            if known is not None and not known & kind:
                continue
            block = self.block(number)
            if (self.kinds[number] or 0) & kind:
                yield number, block
            elif self.ordered and (self.kinds[number] or 0) & before:
                return

    def _relations(self) -> list[Relation]:
        found: list[list[Relation]] = []
        for _, block in self._holding(kernels.RELATIONS, kernels.WAYS | kernels.DENSE):
            nothing = np.zeros(len(block.text), bool)
            spans = kernels.relations(block.data, block.group, nothing, self.meaning.boundary[block.known])
            found.append([_relation(block, begin, end) for begin, end in spans.tolist()])
        return [relation for relations in reversed(found) for relation in relations]

    def _ways(self, members: Int64Array, texts: _Texts) -> _RoadBlocks:
        out = _RoadBlocks()
        meaning = self.meaning
        for _, block in self._holding(kernels.WAYS, kernels.DENSE):
            ids, sizes, refs, tag, distinct, others = kernels.ways(
                block.data,
                block.group,
                meaning.road[block.known],
                meaning.outline[block.known],
                meaning.pair[block.known],
                len(ROAD_KEYS),
                members,
            )
            out.ids.append(ids)
            out.sizes.append(sizes)
            out.refs.append(refs)
            out.tags.append(texts.of_block(block, distinct)[tag])
            out.outlines.append([_way(block, begin, end) for begin, end in others.tolist()])
        return out

    def _nodes(self, wanted: _Wanted) -> list[TaggedNode]:
        found: list[list[TaggedNode]] = []
        for _, block in self._holding(kernels.DENSE, 0):
            ids, places, spans, lost = kernels.dense_nodes(
                block.data,
                block.group,
                block.numbers,
                self.meaning.node[block.known],
                self.meaning.pair[block.known],
                wanted.index,
                wanted.lon,
                wanted.lat,
            )
            self.lost += lost
            rows = zip(ids.tolist(), places.tolist(), spans.tolist(), strict=True)
            found.append(
                [TaggedNode(node, lon, lat, _dense_tags(block, *span)) for node, (lon, lat), span in rows]
            )
        return [node for nodes in reversed(found) for node in nodes]


def _ways_of(roads: _RoadBlocks, refs: Int64Array, wanted: _Wanted, texts: _Texts) -> Ways:
    """Put the blocks together in the file's order; nodes that only outlines need are left out."""
    sizes = np.concatenate([*reversed(roads.sizes), np.zeros(0, np.int64)])
    tags = np.concatenate([*reversed(roads.tags), np.zeros((0, len(ROAD_KEYS)), np.int32)])
    node = wanted.positions(refs)
    node_ids, lon, lat = wanted.ids(), wanted.lon, wanted.lat
    used = np.zeros(wanted.total, bool)
    used[node] = True
    if not used.all():
        node = (np.cumsum(used, dtype=np.int32) - np.int32(1))[node]
        node_ids, lon, lat = node_ids[used], lon[used], lat[used]
    return Ways(
        ids=np.concatenate([*reversed(roads.ids), np.zeros(0, np.int64)]),
        ptr=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        node=node,
        node_ids=node_ids,
        node_lon=lon,
        node_lat=lat,
        tags={
            key: TagColumn(np.ascontiguousarray(tags[:, k]), texts.values(k))
            for k, key in enumerate(ROAD_KEYS)
        },
    )


def _outline(way: int, tags: dict[str, str], refs: Int64Array, wanted: _Wanted) -> TaggedWay:
    at = wanted.positions(refs)
    return TaggedWay(way, tags, wanted.lon[at], wanted.lat[at])


def _tags_of(block: _Block, fields: dict[int, Any]) -> dict[str, str]:
    keys, values = _numbers(fields.get(2, b"")), _numbers(fields.get(3, b""))
    return {block.string(key): block.string(value) for key, value in zip(keys, values, strict=True)}


def _way(block: _Block, begin: int, end: int) -> tuple[int, dict[str, str], Int64Array]:
    fields = dict(_message(block.data[begin:end].tobytes()))
    refs = np.array(_numbers(fields.get(8, b""), running=True), dtype=np.int64)
    return _whole(fields[1]), _tags_of(block, fields), refs


def _relation(block: _Block, begin: int, end: int) -> Relation:
    fields = dict(_message(block.data[begin:end].tobytes()))
    roles = _numbers(fields.get(8, b""))
    ids = _numbers(fields.get(9, b""), running=True)
    kinds = _numbers(fields.get(10, b""))
    members = [
        (member, block.string(role))
        for member, role, kind in zip(ids, roles, kinds, strict=True)
        if kind == 1
    ]
    return Relation(_whole(fields[1]), _tags_of(block, fields), members)


def _whole(number: int) -> int:
    """A 64-bit number with its sign."""
    return number - 2**64 if number >= 2**63 else number


def _dense_tags(block: _Block, begin: int, end: int) -> dict[str, str]:
    numbers = _numbers(block.data[begin:end].tobytes())
    return {
        block.string(key): block.string(value) for key, value in zip(numbers[::2], numbers[1::2], strict=True)
    }
