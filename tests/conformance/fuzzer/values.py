"""Makes random shapes, and random contents of leaf tensors, which include special values."""

import numpy as np

FLOAT, INT32, INT64, BOOL = np.dtype("float32"), np.dtype("int32"), np.dtype("int64"), np.dtype("bool")
DTYPES = (FLOAT, INT32, INT64, BOOL)

MAX_ELEMENTS = 1500  # for a leaf; larger leaves take time and find no additional errors

_EXTENTS = (1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 7, 8, 8, 9, 11, 12, 13, 16, 17, 19, 23, 32, 33)

_SPECIAL_FLOATS = np.array(
    [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-45, -1e-45, 1e-40,
     1.1754944e-38, -1.1754944e-38, 3.4028235e38, -3.4028235e38, 8388607.5, -8388607.5, 16777217.0,
     88.72283, 88.73, -87.34, -103.9, 2147483648.0, -2147483648.0, 9.223372e18, -9.223372e18, 1e5, 1e-5, 1e20],
    dtype=FLOAT)

# The styles of floats in a graph. Most graphs are plain, because one NaN makes many values of a graph NaN.
STYLES = ("plain",) * 8 + ("grid",) * 3 + ("special",) * 4 + ("wide", "wild", "positive", "large")


def extent(random, zeros=0.0):
    return 0 if random.random() < zeros else random.choice(_EXTENTS)


def shape(random, rank=None, most=MAX_ELEMENTS, zeros=0.0):
    """Returns a random shape with at most `most` elements. It has `rank` dimensions, or 0 to 5 if `rank` is None."""
    if rank is None:
        rank = random.choice((0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5))
    result = []
    for _ in range(rank):
        limit = max(1, most // max(1, int(np.prod(result))))
        result.append(min(extent(random, zeros), limit))
    random.shuffle(result)
    return tuple(result)


def broadcastable(random, target):
    """Returns a shape that broadcasts to `target`. Some dimensions are 1, and leading ones may be left out."""
    kind = random.random()
    if kind < 0.35:
        return tuple(target)
    if kind < 0.5:
        return ()
    result = [1 if random.random() < 0.4 else d for d in target]
    if random.random() < 0.5:
        result = result[random.randint(0, len(result)):]
    return tuple(result)


def floats(generator, random, size, style):
    plain = generator.standard_normal(size)
    if style == "grid":  # sums and products of these numbers are exact, and halves are frequent
        plain = generator.integers(-12, 13, size) / 2
    elif style == "positive":
        plain = np.abs(plain) + 0.01
    elif style == "large":
        plain = plain * 1e4
    elif style == "wide":
        plain = plain * np.exp2(generator.integers(-20, 21, size))
    elif style == "wild":
        plain = plain * np.exp2(generator.uniform(-148, 127, size))
    with np.errstate(all="ignore"):
        result = np.asarray(plain, dtype=FLOAT)
    if style == "special":
        chosen = generator.random(size) < random.choice((0.02, 0.1, 0.5))
        result = np.where(chosen, generator.choice(_SPECIAL_FLOATS, size), result)
    return np.asarray(result, dtype=FLOAT).reshape(size)


def integers(generator, random, dtype, size, style):
    info = np.iinfo(dtype)
    if style in ("special", "wild") and random.random() < 0.7:
        special = np.array([info.min, info.max, info.min + 1, info.max - 1, -1, 0, 1, 2, 7, -7, 46341], dtype=dtype)
        return np.asarray(generator.choice(special, size), dtype=dtype).reshape(size)
    most = {"large": 1 << 30, "wide": 1 << 17}.get(style, 12)
    return np.asarray(generator.integers(-most, most + 1, size), dtype=dtype).reshape(size)


def tensor(generator, random, dtype, size, style):
    if dtype == FLOAT:
        return floats(generator, random, size, style)
    if dtype == BOOL:
        return np.asarray(generator.random(size) < 0.5, dtype=BOOL).reshape(size)
    return integers(generator, random, dtype, size, style)
