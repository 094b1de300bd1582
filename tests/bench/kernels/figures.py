"""Statistics of interleaved rounds. This file needs the standard library only."""
import math
import statistics

UNSTEADY = 0.05  # of the quartiles' distance, relative to the median


def quantile(values, share):
    """With linear interpolation between the two nearest of the sorted values."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def summary(values):
    """Median and quartiles."""
    return {"median": quantile(values, 0.5), "low": quantile(values, 0.25), "high": quantile(values, 0.75)}


def is_unsteady(values_summary):
    return values_summary["high"] - values_summary["low"] > UNSTEADY * values_summary["median"]


def clean_rounds(rounds, peers, least=3):
    """The rounds in which these peers kept their cores; all rounds, if there are fewer than `least` of those.

    A round maps each peer to its {"us", "clean"}."""
    clean = [r for r in rounds if all(r[peer]["clean"] for peer in peers)]
    return clean if len(clean) >= min(least, len(rounds)) else rounds


def speedup(rounds, of, over):
    """How many times as fast `of` is as `over`: the summary of the ratios of the rounds."""
    return summary([r[over]["us"] / r[of]["us"] for r in clean_rounds(rounds, [of, over])])


def fastest(rounds, peers):
    """The peer with the smallest median time, or None."""
    present = [p for p in peers if rounds and p in rounds[0]]
    return min(present, key=lambda p: statistics.median(r[p]["us"] for r in clean_rounds(rounds, [p])), default=None)


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values))) if values else None


def limit_us(flops, moved_bytes, roofline):
    """The least time that the roofline allows: that of the arithmetic, or that of the smallest level of the memory
    that holds everything, whichever is longer.

    `roofline` is {"gflops", "levels": [{"bytes", "gb_per_s"}]}, the levels with the smallest first; the last one
    holds everything."""
    level = next((l for l in roofline["levels"][:-1] if moved_bytes <= l["bytes"]), roofline["levels"][-1])
    return max(flops / roofline["gflops"], moved_bytes / level["gb_per_s"]) * 1e-3
