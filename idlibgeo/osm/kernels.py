"""Compiled loops over the bytes of a PBF block.

The format is that of https://wiki.openstreetmap.org/wiki/PBF_Format (fileformat.proto, osmformat.proto): protocol
buffers, whose integers are of variable length, most of them differences to the one before. Each loop checks its
bounds and raises ValueError on bytes that do not fit: a damaged file must not read beyond its block.
"""

from __future__ import annotations

import numpy as np
from numba import njit

NODES, DENSE, WAYS, RELATIONS = 1, 2, 4, 8


@njit(cache=True, nogil=True, inline="always")
def _varint(buf, pos, end):  # type: ignore[no-untyped-def]
    value = np.uint64(0)
    shift = np.uint64(0)
    while pos < end and shift < 64:
        byte = np.uint64(buf[pos])
        pos += 1
        value |= (byte & np.uint64(127)) << shift
        if byte < 128:
            return value, pos
        shift += np.uint64(7)
    raise ValueError("a number goes on beyond its end")


@njit(cache=True, nogil=True, inline="always")
def _signed(value):  # type: ignore[no-untyped-def]
    return np.int64(value >> np.uint64(1)) ^ -np.int64(value & np.uint64(1))


@njit(cache=True, nogil=True)
def _field(buf, pos, end):  # type: ignore[no-untyped-def]
    """Field number, wire type, begin and end of its content (of its number for a varint), and what comes next."""
    tag, pos = _varint(buf, pos, end)
    number, wire = np.int64(tag >> np.uint64(3)), np.int64(tag & np.uint64(7))
    if wire == 0:
        _, after = _varint(buf, pos, end)
        return number, wire, pos, after
    if wire == 2:
        size, pos = _varint(buf, pos, end)
        after = pos + np.int64(size)
    elif wire == 1:
        after = pos + 8
    elif wire == 5:
        after = pos + 4
    else:
        raise ValueError("unknown wire type")
    if after > end or after < pos:
        raise ValueError("a field goes on beyond its end")
    return number, wire, pos, after


@njit(cache=True, nogil=True)
def layout(buf):  # type: ignore[no-untyped-def]
    """Where strings and groups of a block stand, its granularity and offsets, and the kinds of its groups."""
    end = len(buf)
    numbers = np.array([100, 0, 0, 0], np.int64)
    strings = 0
    groups = 0
    for turn in range(2):
        if turn == 1:
            text = np.empty((strings, 2), np.int64)
            group = np.empty((groups, 3), np.int64)
            strings = 0
            groups = 0
        pos = 0
        while pos < end:
            number, wire, begin, pos = _field(buf, pos, end)
            if number == 1 and wire == 2:
                at = begin
                while at < pos:
                    inner, _, first, at = _field(buf, at, pos)
                    if inner == 1:
                        if turn == 1:
                            text[strings, 0] = first
                            text[strings, 1] = at
                        strings += 1
            elif number == 2 and wire == 2:
                if turn == 1:
                    group[groups, 0] = begin
                    group[groups, 1] = pos
                    kind = 0
                    if begin < pos:
                        inner, _, _, _ = _field(buf, begin, pos)
                        kind = 1 << (inner - 1) if 1 <= inner <= 4 else 0
                    group[groups, 2] = kind
                    numbers[3] |= kind
                groups += 1
            elif wire == 0 and turn == 0 and number in (17, 19, 20):
                value, _ = _varint(buf, begin, end)
                numbers[0 if number == 17 else number - 18] = np.int64(value)
    return text, group, numbers


@njit(cache=True, nogil=True)
def number_strings(buf, text, hashes):  # type: ignore[no-untyped-def]
    """Per string: its place in the list of known strings, by FNV-1a hash; −1 where it is not known."""
    found = np.full(len(text), -1, np.int16)
    for i in range(len(text)):
        if text[i, 1] - text[i, 0] > 24:
            continue
        value = np.uint64(14695981039346656037)
        for pos in range(text[i, 0], text[i, 1]):
            value = (value ^ np.uint64(buf[pos])) * np.uint64(1099511628211)
        for known in range(len(hashes)):
            if hashes[known] == value:
                found[i] = known
                break
    return found


def fnv1a(text: str) -> np.uint64:
    """The hash that `number_strings` compares.

    >>> int(fnv1a("highway"))
    13989535271953173116
    """
    value = 14695981039346656037
    for byte in text.encode():
        value = ((value ^ byte) * 1099511628211) % 2**64
    return np.uint64(value)


@njit(cache=True, nogil=True)
def _tags(buf, spans, road, feature, pair):  # type: ignore[no-untyped-def]
    """What the tags of a message say: is it a road, is it a feature."""
    pos, end = spans[2]
    at, stop = spans[3]
    is_road = False
    is_feature = False
    while pos < end and at < stop:
        key, pos = _varint(buf, pos, end)
        value, at = _varint(buf, at, stop)
        if key >= len(road) or value >= len(road):
            raise ValueError("a string that the block does not have")
        is_road |= road[key] == 0
        is_feature |= feature[key] or _pairs(pair[key], pair[value])
    return is_road, is_feature


@njit(cache=True, nogil=True, inline="always")
def _pairs(key, value):  # type: ignore[no-untyped-def]
    """A key has its bit in the lower half byte, a value the bits of its keys in the upper one."""
    return (key & (value >> 4) & 15) != 0


@njit(cache=True, nogil=True)
def _spans(buf, begin, end, spans):  # type: ignore[no-untyped-def]
    """Where the fields 0 to 15 of a message begin and end; (0, 0) where it has none of them."""
    spans[:] = 0
    while begin < end:
        number, _, first, begin = _field(buf, begin, end)
        if number < 16:
            spans[number, 0] = first
            spans[number, 1] = begin


@njit(cache=True, nogil=True)
def _count(buf, begin, end):  # type: ignore[no-untyped-def]
    """How many packed numbers stand there: each ends with a byte under 128."""
    count = 0
    for pos in range(begin, end):
        count += buf[pos] < 128
    return count


@njit(cache=True, nogil=True)
def _messages(buf, group, kind, field):  # type: ignore[no-untyped-def]
    """Begin and end of the messages of a kind in all groups."""
    count = 0
    for turn in range(2):
        if turn == 1:
            out = np.empty((count, 2), np.int64)
            count = 0
        for g in range(len(group)):
            pos = group[g, 0]
            while group[g, 2] == kind and pos < group[g, 1]:
                number, _, begin, pos = _field(buf, pos, group[g, 1])
                if number == field:
                    if turn == 1:
                        out[count, 0] = begin
                        out[count, 1] = pos
                    count += 1
    return out


@njit(cache=True, nogil=True)
def ways(buf, group, road, feature, pair, keys, members):  # type: ignore[no-untyped-def]
    """The roads of a block, and where its outlines stand.

    Returns
    -------
    ids, sizes, refs
        Of the roads: id, count of nodes, and the nodes one after the other.
    tag
        (roads, keys): number of the text in ``distinct``, −1 where the way has no such tag.
    distinct
        (texts, 2): key and string.
    others
        (outlines, 2): where messages begin and end of ways that are no roads but features or members.
    """
    messages = _messages(buf, group, WAYS, 3)
    count = len(messages)
    ids = np.empty(count, np.int64)
    sizes = np.empty(count, np.int64)
    refs = np.empty(len(buf) if count else 0, np.int64)
    tag = np.full((count, keys), -1, np.int32)
    others = np.empty((count, 2), np.int64)
    local = np.full((keys, len(road)), -1, np.int32)
    distinct = np.empty((keys * len(road) if count else 0, 2), np.int32)
    spans = np.empty((16, 2), np.int64)
    roads = filled = texts = outlines = 0
    for message in messages:
        _spans(buf, message[0], message[1], spans)
        way, _ = _varint(buf, spans[1, 0], spans[1, 1])
        is_road, is_feature = _tags(buf, spans, road, feature, pair)
        if (is_feature and not is_road) or _among(members, np.int64(way)):
            others[outlines] = message
            outlines += 1
        if is_road:
            ids[roads] = np.int64(way)
            sizes[roads] = _running(buf, spans[8], refs, filled)
            filled += sizes[roads]
            texts = _number_tags(buf, spans, road, local, distinct, texts, tag[roads])
            roads += 1
    return (
        ids[:roads].copy(),
        sizes[:roads].copy(),
        refs[:filled].copy(),
        tag[:roads].copy(),
        distinct[:texts].copy(),
        others[:outlines].copy(),
    )


@njit(cache=True, nogil=True)
def _running(buf, span, out, filled):  # type: ignore[no-untyped-def]
    """Unpack numbers that are signed differences to the one before; say how many."""
    at, end = span
    total = np.int64(0)
    count = 0
    while at < end:
        value, at = _varint(buf, at, end)
        total += _signed(value)
        out[filled + count] = total
        count += 1
    return count


@njit(cache=True, nogil=True)
def packed(buf, running):  # type: ignore[no-untyped-def]
    """Unpack numbers; ``running`` ones are signed differences to the one before."""
    out = np.empty(_count(buf, 0, len(buf)), np.int64)
    if running:
        _running(buf, np.array([0, len(buf)]), out, 0)
        return out
    at = 0
    for i in range(len(out)):
        value, at = _varint(buf, at, len(buf))
        out[i] = np.int64(value)
    return out


@njit(cache=True, nogil=True)
def _number_tags(buf, spans, road, local, distinct, texts, row):  # type: ignore[no-untyped-def]
    """Write the numbers of a road's texts to its row; a text that is new to the block gets the next number."""
    at, end = spans[2]
    there, limit = spans[3]
    while at < end and there < limit:
        key, at = _varint(buf, at, end)
        value, there = _varint(buf, there, limit)
        k = road[key]
        if k >= 0:
            if local[k, value] == -1:
                local[k, value] = texts
                distinct[texts, 0] = k
                distinct[texts, 1] = value
                texts += 1
            row[k] = local[k, value]
    return texts


@njit(cache=True, nogil=True, inline="always")
def _among(ordered, value):  # type: ignore[no-untyped-def]
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        if ordered[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low < len(ordered) and ordered[low] == value


@njit(cache=True, nogil=True)
def relations(buf, group, feature, pair):  # type: ignore[no-untyped-def]
    """Where the messages of wanted relations begin and end."""
    messages = _messages(buf, group, RELATIONS, 4)
    spans = np.empty((16, 2), np.int64)
    found = 0
    for message in messages:
        _spans(buf, message[0], message[1], spans)
        _, wanted = _tags(buf, spans, feature, feature, pair)
        if wanted:
            messages[found] = message
            found += 1
    return messages[:found].copy()


@njit(cache=True, nogil=True)
def chunks(refs, low, table):  # type: ignore[no-untyped-def]
    """Mark the chunks (32,768 ids) that hold a wanted node, and number them upward; say how many. See `_Wanted`."""
    for ref in refs:
        table[(ref - low) >> 15] = 0
    return _number_upward(table)


@njit(cache=True, nogil=True)
def pages(refs, low, table, page):  # type: ignore[no-untyped-def]
    """Mark the pages (2,048 ids, sixteen a chunk) that hold a wanted node, and number them upward; say how many."""
    for ref in refs:
        offset = ref - low
        page[np.int64(table[offset >> 15]) * 16 + ((offset >> 11) & 15)] = 0
    return _number_upward(page)


@njit(cache=True, nogil=True)
def _number_upward(table):  # type: ignore[no-untyped-def]
    """Turn the zeros of a table into 0, 1, 2, …; say how many there are."""
    count = 0
    for place in range(len(table)):
        if table[place] == 0:
            table[place] = count
            count += 1
    return count


@njit(cache=True, nogil=True)
def mark(refs, low, table, page, bits, rank):  # type: ignore[no-untyped-def]
    """Set a bit a wanted node, then count the bits before each word."""
    for ref in refs:
        offset = ref - low
        word = np.int64(_page_of(offset, table, page)) * 32 + ((offset >> 6) & 31)
        bits[word] |= np.uint64(1) << np.uint64(offset & 63)
    total = 0
    for word in range(len(bits)):
        rank[word] = total
        total += _ones(bits[word])
    return total


@njit(cache=True, nogil=True, inline="always")
def _ones(word):  # type: ignore[no-untyped-def]
    """How many bits are set (Warren, Hacker's Delight, figure 5-2)."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True, inline="always")
def _page_of(offset, table, page):  # type: ignore[no-untyped-def]
    """The number of the page of an id, −1 where no wanted node is on it."""
    chunk = table[offset >> 15]
    return page[np.int64(chunk) * 16 + ((offset >> 11) & 15)] if chunk >= 0 else np.int32(-1)


@njit(cache=True, nogil=True, inline="always")
def _position(ref, low, table, page, bits, rank):  # type: ignore[no-untyped-def]
    """The place of a node among the wanted ones, −1 if it is not one of them.

    Without chunks ``bits`` holds the wanted nodes themselves, as distances from the lowest.
    """
    offset = ref - low
    if len(table) == 0:
        found = np.searchsorted(bits, np.uint64(offset))
        return np.int64(found) if found < len(bits) and bits[found] == np.uint64(offset) else np.int64(-1)
    if offset < 0 or (offset >> 15) >= len(table):
        return np.int64(-1)
    own = _page_of(offset, table, page)
    if own < 0:
        return np.int64(-1)
    word = np.int64(own) * 32 + ((offset >> 6) & 31)
    bit = np.uint64(1) << np.uint64(offset & 63)
    if bits[word] & bit == 0:
        return np.int64(-1)
    return np.int64(rank[word]) + _ones(bits[word] & (bit - np.uint64(1)))


@njit(cache=True, nogil=True)
def positions(refs, low, table, page, bits, rank):  # type: ignore[no-untyped-def]
    """The place of each node among the wanted ones."""
    out = np.empty(len(refs), np.int32)
    for i in range(len(refs)):
        out[i] = _position(refs[i], low, table, page, bits, rank)
    return out


@njit(cache=True, nogil=True)
def wanted_ids(low, table, page, bits, total):  # type: ignore[no-untyped-def]
    """The wanted nodes, ascending."""
    out = np.empty(total, np.int64)
    if len(table) == 0:
        for i in range(total):
            out[i] = low + np.int64(bits[i])
        return out
    filled = 0
    for chunk in range(len(table)):
        if table[chunk] < 0:
            continue
        for part in range(16):
            own = page[np.int64(table[chunk]) * 16 + part]
            if own < 0:
                continue
            first = low + (np.int64(chunk) << 15) + (part << 11)
            for word in range(32):
                value = bits[np.int64(own) * 32 + word]
                if value == 0:
                    continue
                for bit in range(64):
                    if (value >> np.uint64(bit)) & np.uint64(1):
                        out[filled] = first + (word << 6) + bit
                        filled += 1
    return out


@njit(cache=True, nogil=True, inline="always")
def _degrees(raw, granularity, offset):  # type: ignore[no-untyped-def]
    """As libosmium does it: through whole 1e-7 degrees, rounded toward zero."""
    nano = raw * granularity + offset
    return (nano // 100 if nano >= 0 else -(-nano // 100)) / 1e7


@njit(cache=True, nogil=True)
def dense_nodes(buf, group, numbers, feature, pair, index, lon, lat):  # type: ignore[no-untyped-def]
    """Write the positions of wanted nodes, and say where tagged ones stand.

    Returns
    -------
    ids, places, spans
        Of nodes with a wanted tag: id, (lon, lat), and where their (key, value) numbers begin and end.
    lost
        How many nodes have such a tag, but no position on the Earth: they are left out, and wanted ones stay NaN.
    """
    low, table, page, bits, rank = index
    messages = _messages(buf, group, DENSE, 2)
    field = np.empty((16, 2), np.int64)
    size = 0
    for message in messages:
        _spans(buf, message[0], message[1], field)
        size += _count(buf, field[1, 0], field[1, 1])
    ids = np.empty(size, np.int64)
    places = np.empty((size, 2), np.float64)
    spans = np.empty((size, 2), np.int64)
    found = lost = 0
    for message in messages:
        _spans(buf, message[0], message[1], field)
        node, y, x = np.int64(0), np.int64(0), np.int64(0)
        at, at_y, at_x, at_tag = field[1, 0], field[8, 0], field[9, 0], field[10, 0]
        while at < field[1, 1]:
            step, at = _varint(buf, at, field[1, 1])
            north, at_y = _varint(buf, at_y, field[8, 1])
            east, at_x = _varint(buf, at_x, field[9, 1])
            node, y, x = node + _signed(step), y + _signed(north), x + _signed(east)
            here_x, here_y = _degrees(x, numbers[0], numbers[2]), _degrees(y, numbers[0], numbers[1])
            # A node without a position is written as 214.7 degrees; typing errors lie off the Earth too.
            on_earth = -180 <= here_x <= 180 and -90 <= here_y <= 90
            place = _position(node, low, table, page, bits, rank)
            if place >= 0 and on_earth:
                lon[place] = here_x
                lat[place] = here_y
            first = at_tag
            wanted, last, at_tag = _tag_run(buf, at_tag, field[10, 1], feature, pair)
            lost += wanted and not on_earth
            if wanted and on_earth:
                ids[found] = node
                places[found, 0] = here_x
                places[found, 1] = here_y
                spans[found, 0] = first
                spans[found, 1] = last
                found += 1
    return ids[:found].copy(), places[:found].copy(), spans[:found].copy(), lost


@njit(cache=True, nogil=True, inline="always")
def _tag_run(buf, at, end, feature, pair):  # type: ignore[no-untyped-def]
    """Pass the tags of one dense node, which a zero ends: are they wanted, where do they end, what comes next."""
    wanted = False
    last = at
    while at < end:
        last = at
        key, at = _varint(buf, at, end)
        if key == 0:
            break
        value, at = _varint(buf, at, end)
        last = at
        if key >= len(feature) or value >= len(feature):
            raise ValueError("a string that the block does not have")
        wanted |= feature[key] or _pairs(pair[key], pair[value])
    return wanted, last, at
