"""The site's table of known engine defects, made from ``engine/defects.toml``."""

from __future__ import annotations

from jsleak.engine.defects import Defect, load_defects

MARK = "<!-- the table of engine/defects.toml goes here -->"


def sections() -> str:
    """A section for each defect, in the table's order."""
    return "\n\n".join(_section(one) for one in load_defects())


def _section(defect: Defect) -> str:
    rules = ", ".join(f"[`{rule}`](rules/{rule}.md)" for rule in defect.rules)
    rows = [
        ("seen in a run", f"{'yes' if defect.detectable else 'no'}: {defect.why}"),
        ("verified", defect.verified),
        *([(f"makes findings {defect.severity}s", rules)] if rules else []),
        ("sources", ", ".join(f"<{source}>" for source in defect.sources)),
    ]
    table = "\n".join(
        [
            f"| versions | `{defect.versions}` |",
            "|---|---|",
            *(f"| {name} | {value.replace('|', chr(92) + '|')} |" for name, value in rows),
        ]
    )
    summary = defect.summary if defect.summary[0].isupper() else f"{defect.range.engine} {defect.summary}"
    return f"### {defect.id}\n\n{summary}.\n\n{table}"
