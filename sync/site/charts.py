"""Draws small charts as SVG: a bar for each of the last runs. Pure text, no library, no script.

Counts are drawn by their logarithm, because a first load would make every later run invisible; times are linear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import SimpleNamespace

from markupsafe import Markup, escape

from sync.site.runs import RUNS_SHOWN
from sync.site.spell import spell_seconds

HEIGHT = 56
STEP = 10  # from one bar to the next; a bar is 8 wide


def bars(
    runs: Sequence[SimpleNamespace],
    title: str,
    measure: Callable[[SimpleNamespace], int | None],
) -> Markup:
    """A count per run, coloured by how the run ended."""
    counts = [(run, measure(run) or 0) for run in _newest_first(runs)]
    top = max((count for _, count in counts), default=0)
    shapes = [
        _bar(place, math.log1p(count) / math.log1p(top) if top else 0.0, run.mood, f"{_when(run)}: {count:,}")
        for place, (run, count) in enumerate(counts)
    ]
    newest = f"{counts[0][1]:,}" if counts else "–"
    return _chart(title, shapes, newest, f"{top:,}")


def durations(runs: Sequence[SimpleNamespace]) -> Markup:
    """Seconds per run, stacked by stage."""
    ordered = _newest_first(runs)
    top = max((_seconds(run) for run in ordered), default=0.0) or 1.0
    shapes = []
    for place, run in enumerate(ordered):
        told = ", ".join(f"{stage.stage} {spell_seconds(stage.seconds)}" for stage in run.stages)
        below = 0.0
        for stage in run.stages:
            height = (stage.seconds or 0.0) / top
            shapes.append(_bar(place, height, stage.stage, f"{_when(run)}: {told}", below))
            below += height
    newest = spell_seconds(_seconds(ordered[0])) if ordered else "–"
    return _chart("Time", shapes, newest, spell_seconds(top))


def spark(counts: Sequence[int], label: str) -> Markup:
    """A chart of one line's height, for a row of a table."""
    top = max(counts, default=0)
    shapes = [
        f'<rect x="{place * 3}" y="{16 - height}" width="2" height="{height}"/>'
        for place, count in enumerate(counts)
        if (height := round(max(16 * math.log1p(count) / math.log1p(top), 1), 1) if top else 1)
    ]
    words = f"{label}, oldest run first: {', '.join(f'{count:,}' for count in counts)}"
    return Markup(
        f'<svg class="spark" viewBox="0 0 {RUNS_SHOWN * 3} 16" width="{RUNS_SHOWN * 3}" height="16" role="img" '
        f'aria-label="{escape(words)}">{"".join(shapes)}</svg>'
    )


def _bar(place: int, share: float, kind: str, told: str, below: float = 0.0) -> str:
    """`place` counts from the newest run, which stands right."""
    height = max(round(share * HEIGHT, 1), 1.0 if not below else 0.0)
    y = round(HEIGHT - below * HEIGHT - height, 1)
    return (
        f'<rect class="{escape(kind)}" x="{(RUNS_SHOWN - 1 - place) * STEP}" y="{y}" width="8" height="{height}">'
        f"<title>{escape(told)}</title></rect>"
    )


def _chart(title: str, shapes: Sequence[str], newest: str, most: str) -> Markup:
    label = f"{title}, the last {RUNS_SHOWN} runs: newest {newest}, most {most}"
    return Markup(
        f'<figure class="chart"><figcaption><b>{escape(title)}</b> <strong>{newest}</strong> <span>most {most}</span></figcaption>'
        f'<svg viewBox="0 0 {RUNS_SHOWN * STEP} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{"".join(shapes)}</svg></figure>'
    )


def _newest_first(runs: Sequence[SimpleNamespace]) -> list[SimpleNamespace]:
    return [run for run in runs[:RUNS_SHOWN] if run.state != "running"]


def _seconds(run: SimpleNamespace) -> float:
    return float(sum(stage.seconds or 0.0 for stage in run.stages))


def _when(run: SimpleNamespace) -> str:
    return f"{run.started_at:%Y-%m-%d %H:%M} {run.command} {run.state}"
