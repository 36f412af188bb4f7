"""How fast reports are read, and whether memory grows with their number.

Run: ``python benchmarks/bench_reports.py``. The text is the bundled sample's own reports, repeated; the aim is
500 kB a second on one core including place names.
"""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

from idlibgeo.reports import parse_report

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "reports"
AIM_KB_S = 500
# What a news page has around its figures: most sentences of a report hold no number.
PROSE = (
    "Officials met to talk about a ceasefire, according to state media. Aid workers say that roads are blocked by snow"
    " and mud, and that many people spend the night in their cars. The ministry did not answer questions."
)


class _NoFinder:
    """Stands in for a gazetteer where none is installed."""

    def find(self, text: str) -> list:  # noqa: ARG002
        return []


def place_finder() -> object:
    """The default gazetteer, so that the time of finding names is in the measure."""
    try:
        from idlibgeo.gazetteer import Gazetteer

        return Gazetteer.default()
    except (ImportError, AttributeError):
        return _NoFinder()


def texts() -> dict[str, str]:
    """The sample's reports as one text a language, and one with prose between the figures."""
    bodies = [path.read_text("utf-8").split("\n\n", 1) for path in sorted(SAMPLE.glob("*.txt"))]
    english = "\n\n".join(body for head, body in bodies if "Language: en" in head)
    arabic = "\n\n".join(body for head, body in bodies if "Language: ar" in head)
    with_prose = "\n\n".join(f"{paragraph}\n\n{PROSE}" for paragraph in english.split("\n\n"))
    return {"en, dense": english, "ar, dense": arabic, "en, with prose": with_prose}


def measure(text: str, finder: object, *, seconds: float = 2.0) -> float:
    """Give kB of UTF-8 text read per second of the processor, so that other programs do not count."""
    parse_report(text, published="2020-01-09", finder=finder)
    size, done, started = len(text.encode()) / 1e3, 0, time.process_time()
    while time.process_time() - started < seconds:
        parse_report(text, published="2020-01-09", finder=finder)
        done += 1
    return size * done / (time.process_time() - started)


def memory_growth(finder: object, reports: int = 400) -> int:
    """Give the bytes that the second half of many different reports adds to memory."""
    tracemalloc.start()
    half = 0
    for number in range(reports):
        parse_report(f"Some {31_000 + number:,} people fled Village{number} in four days.", finder=finder)
        if number == reports // 2:
            half = tracemalloc.get_traced_memory()[0]
    grown = tracemalloc.get_traced_memory()[0] - half
    tracemalloc.stop()
    return grown


def main() -> None:
    finder = place_finder()
    print(f"reports, names by {type(finder).__name__}, aim {AIM_KB_S} kB/s")
    for name, text in texts().items():
        print(f"  {name:<16} {measure(text, finder):7.0f} kB/s")
    print(f"  memory added by 200 more reports: {memory_growth(finder) / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
