"""Ways to spoil what was good: bytes, and the values inside JSON."""

import copy
from typing import Any

from hypothesis import strategies as st

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(["", "0" * 32, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "\x00", "🜁" * 200]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def spoiled_bytes(draw: st.DrawFn, good: bytes) -> bytes:
    """`good` with a few bits flipped, or cut, or with bytes put in, or something else altogether."""
    how = draw(st.sampled_from(["flip", "cut", "put in", "twice", "other"]))
    if how == "other":
        return draw(st.binary(max_size=200))
    at = draw(st.integers(0, len(good) - 1))
    if how == "flip":
        return good[:at] + bytes([good[at] ^ (1 << draw(st.integers(0, 7)))]) + good[at + 1 :]
    if how == "cut":
        return good[:at]
    if how == "put in":
        return good[:at] + draw(st.binary(min_size=1, max_size=8)) + good[at:]
    return good + good


@st.composite
def spoiled_json(draw: st.DrawFn, good: Any) -> Any:
    """`good` with one to three of its values, at any depth, replaced, removed or joined by others."""
    spoiled = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(spoiled))
        if not places:
            return spoiled
        inside, key = draw(st.sampled_from(places))
        how = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        if how == "replace":
            inside[key] = draw(VALUES)
        elif how == "remove":
            del inside[key]
        elif isinstance(inside, dict):
            inside[draw(st.text(max_size=8))] = draw(VALUES)
        else:
            inside.append(draw(VALUES))
    return spoiled


def _places(value: Any) -> Any:
    inner = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, one in inner:
        yield value, key
        if isinstance(one, dict | list):
            yield from _places(one)
