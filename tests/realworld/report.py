"""Prints the findings in the packages that nobody has judged yet, with their code, as entries for reviewed.toml.

``--all`` prints every finding; a word that follows chooses findings whose rule or file holds it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from itertools import groupby

from realworld import corpus

CONTEXT = 4  # lines shown above and below
WIDTH = 160  # characters shown of a line, around the place: minified files have one line


def excerpt(item: corpus.Found) -> Iterable[str]:
    """The lines around a finding, as comments; long ones cut."""
    source = corpus.text_of(item.file)
    place = item.finding.range.start
    cut = max(0, place.column - 1 - WIDTH // 2) if len(source.line(place.line)) > WIDTH else 0
    for number in range(max(1, place.line - CONTEXT), min(len(source.line_starts), item.finding.range.end.line + CONTEXT) + 1):
        yield f"# {number:6} | {source.line(number)[cut : cut + WIDTH]}"
        if number == place.line:
            yield f"#        | {' ' * (place.column - 1 - cut)}^"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--all", action="store_true")
    arguments.add_argument("word", nargs="?", default="")
    options = arguments.parse_args()
    known = corpus.reviewed_keys() | {item.key for items in corpus.risk_findings().values() for item in items}
    wanted = [
        item
        for item in corpus.findings()
        if (options.all or item.key not in known) and (options.word in item.finding.rule or options.word in item.file)
    ]
    wanted.sort(key=lambda item: (item.file, item.finding.rule, item.finding.range))
    for (file, rule), group in groupby(wanted, key=lambda item: (item.file, item.finding.rule)):
        items = list(group)
        for item in items:
            print(f"# {file}:{item.place} {item.finding.severity} {item.finding.message}")
            for hop in item.finding.retention:
                print(f"#   -> {hop.label} ({hop.range.start.line}:{hop.range.start.column})")
            print(*excerpt(item), sep="\n")
        places = ", ".join(f'"{item.place}"' for item in items)
        print(f'[[finding]]\npackage = "{corpus.package_of(file)}"\nfile = "{file}"\nrule = "{rule}"\nplaces = [{places}]')
        print('verdict = ""\nwhy = ""\n')
    stale = known - {item.key for item in corpus.findings()}
    if stale and not options.word:
        print("# no longer found:", *sorted(stale), sep="\n#   ")


if __name__ == "__main__":
    main()
