"""The table on the terminal, the JSON file and the plot."""
import json
import textwrap

import figures

PEERS = {"diapason-tuned": "tuned", "diapason-default": "default", "onednn": "oneDNN", "onnxruntime": "ORT",
         "ncnn": "ncnn"}
WIDTH = 110


def _microseconds(value):
    digits = 0 if value >= 1000 else 1 if value >= 100 else 2 if value >= 10 else 3
    return f"{value:.{digits}f}"


def _cell(results, peer):
    """The median with its marks. oneDNN stands for the faster of its two versions."""
    mark, result = "", results.get(peer, {"reason": "not run"})
    winograd = results.get("onednn-winograd", {}) if peer == "onednn" else {}
    if "us" in winograd and ("us" not in result or winograd["us"]["median"] < result["us"]["median"]):
        mark, result = "w", winograd
    if "us" not in result:
        return "- "
    return _microseconds(result["us"]["median"]) + ("!" if result["wrong"] else mark or " ")


def _is_guess(row):
    """Whether the log has no measurement of some task of the kernel."""
    return row["ours"] == "diapason-tuned" and "(" in row["peers"]["diapason-tuned"]["variant"]


def _sketch(row):
    if not row["ours"]:
        return ""
    names = row["peers"][row["ours"]]["variant"].split("+")
    return "+".join(name.partition(" (")[0] for name in names)[:15] + ("*" if _is_guess(row) else "")


def _ratio(summary):
    return f"{summary['median']:.2f} ({summary['low']:.2f}-{summary['high']:.2f})"


def _print_list(title, items):
    print(textwrap.fill(f"{title} {', '.join(items)}", WIDTH, subsequent_indent="  "))


class Table:
    def __init__(self, chosen, threads, roofline):
        isa = "" if chosen.isa == "native" else f", {chosen.isa}"
        levels = ", ".join(f"{l['name']} {l['gb_per_s']:.0f}" for l in roofline["levels"])
        print(f"\n{threads} thread{'s' if threads > 1 else ''}{isa}; at most {roofline['gflops']:.0f} GFLOP/s and, in "
              f"GB/s, {levels}. Medians of {chosen.rounds} rounds in microseconds.")
        print(f"{'kernel':<21}" + "".join(f"{title:>8}" for title in PEERS.values()) +
              f"{'best/ours':>18}{'limit':>7}{'error':>7} sketch", flush=True)

    def print_row(self, row):
        text = f"{row['name']:<21}" + "".join(f"{_cell(row['peers'], peer):>8}" for peer in PEERS)
        ratio = _ratio(row["speedups"][row["best"]]) if row["ours"] and row["best"] else "-"
        text += f"{ratio + ('~' if row['unsteady'] else ' '):>18}"
        share = f"{100 * row['share_of_limit']:.0f} %" if "share_of_limit" in row else "-"
        error = f"{row['peers'][row['ours']]['error']:.0e}" if row["ours"] else "-"
        print(f"{text}{share:>7}{error:>7} {_sketch(row)}", flush=True)

    def print_means(self, rows, found):
        print()
        _print_list("Geometric means of best/ours:", [f"{kind} {mean:.2f}" for kind, mean in found["best"].items()])
        _print_list("How many times as fast as each library (geometric means):",
                    [f"{PEERS.get(peer, peer)} {mean:.2f}" for peer, mean in found["by_peer"].items()])
        slow = [r["name"] for r in rows if r["ours"] and r["best"] and r["speedups"][r["best"]]["median"] < 0.95]
        if slow:
            _print_list(f"best/ours is below 0.95 for {len(slow)} of {len(rows)}:", slow)
        marks = {"~ the times were unsteady": any(r["unsteady"] for r in rows),
                 "w by Winograd's algorithm": any(_cell(r["peers"], "onednn").endswith("w") for r in rows),
                 "* the log has no measurement of this very kernel": any(map(_is_guess, rows)),
                 "! the result is wrong": any(p.get("wrong") for r in rows for p in r["peers"].values())}
        if any(marks.values()):
            print("; ".join(mark for mark, used in marks.items() if used))


def means(rows):
    """Geometric means: of best/ours for each kind and over all, and against each peer."""
    compared = [r for r in rows if r["ours"] and r["best"]]
    by_kind = {kind: [r for r in compared if r["kind"] == kind] for kind in dict.fromkeys(r["kind"] for r in compared)}
    by_kind["all"] = compared
    best = {kind: figures.geometric_mean([r["speedups"][r["best"]]["median"] for r in members])
            for kind, members in by_kind.items() if members}
    peers = dict.fromkeys(peer for r in rows for peer in r["speedups"])
    by_peer = {peer: figures.geometric_mean([r["speedups"][peer]["median"] for r in rows
                                             if peer in r["speedups"]]) for peer in peers}
    return {"best": best, "by_peer": by_peer}


def write(result, folder):
    (folder / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    _plot(result, folder / "result.png")
    print(f"\n{folder / 'result.json'} and result.png have all figures, and why a library has none.")


def _plot(result, path):
    """A line of dots for each kernel: how many times as fast the kernel of Diapason is as that of each library."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot, ticker

    threads = list(result["rooflines"])
    most = max(sum(1 for r in result["results"] if r["threads"] == count) for count in threads)
    figure, axes = pyplot.subplots(1, len(threads), figsize=(7.5 * len(threads), 1.6 + 0.21 * most), squeeze=False)
    for axis, count in zip(axes[0], threads):
        rows = [r for r in result["results"] if r["threads"] == count][::-1]
        for peer, marker in zip(("diapason-default", "onednn", "onednn-winograd", "onnxruntime", "ncnn"), "|osDv"):
            points = [(r["speedups"][peer], y) for y, r in enumerate(rows) if peer in r["speedups"]]
            if points:
                middle = [s["median"] for s, _ in points]
                spread = [[m - s["low"] for m, (s, _) in zip(middle, points)],
                          [s["high"] - m for m, (s, _) in zip(middle, points)]]
                axis.errorbar(middle, [y for _, y in points], xerr=spread, fmt=marker, markersize=4, linewidth=0.8,
                              label=peer)
        axis.axvline(1, color="black", linewidth=0.8)
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        axis.xaxis.set_major_formatter("{x:g}")
        axis.xaxis.set_minor_formatter(ticker.NullFormatter())
        axis.tick_params(axis="x", which="both", labelsize=7)
        axis.set_yticks(range(len(rows)), [r["name"] for r in rows], fontsize=7)
        axis.set_ylim(-1, len(rows))
        axis.grid(axis="both", linewidth=0.3)
        axis.set_xlabel("time of the library / time of Diapason, median and quartiles")
        axis.set_title(f"{count} thread{'s' if count > 1 else ''}, {result['machine']['cpu']}", fontsize=9, loc="left")
        axis.legend(fontsize=7, loc="lower right", bbox_to_anchor=(1, 1), ncols=5)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
