"""Tables: which entries of long object literals can go."""

from __future__ import annotations

import pytest

from jsleak.analysis.languages import codes
from jsleak.analysis.languages.slicing.tables import tables_in
from support.slicing import differences, is_sliced, large, outlined

ROWS = ",\n".join(f"function_number_{number}: _function_{number}" for number in range(60))
CALLS = ",\n".join(f"function_number_{number}: cell('the name of {number}')" for number in range(60))


def entries(text: str) -> list[tuple[str, str]]:
    """The entries of tables that can go: their keys, and what they may be kept for."""
    outline = outlined(text)
    tables = tables_in(outline, outline.program, [(0, len(text))])
    return [] if tables is None else [(entry.key, entry.name or entry.first) for entry in tables.entries]


VALUES = {
    "last: name": "name",
    "'last': name": "name",
    "last: cells[0].first.set": "first",
    "last: module.first": "first",
    "last: cells[17]": "cells",
    "last: 'text'": "",
    "last: -1.5e3": "",
    "last: false": "",
    "last: cell('a', 1)": "",
    "last: cell()": "",
    # What may do more than to list a name stays.
    "last: rare('a')": None,
    "last: new cell('a')": None,
    "last: cell(name)": None,
    "last: cell('a')()": None,
    "last: cells[name].first": None,
    "last: [name]": None,
    "last: name = 1": None,
    "last": None,
    "last() {}": None,
    "get last() { return 1; }": None,
    "[last]: name": None,
    "...last": None,
    "WeakRef: name": None,
    "last: name /* jsleak-ignore-line */": None,
}


@pytest.mark.parametrize("entry", VALUES)
def test_what_an_entry_of_a_table_may_be(entry: str) -> None:
    found = entries(f"table = {{ {CALLS}, {entry} }};")[20:]
    assert found == ([] if VALUES[entry] is None else [("last", VALUES[entry])])


TABLES = {
    "table = {{ {} }};": 20,
    "table = {{ {} }}.one;": 20,
    "const tables = [{{ one: 1 }}, {{ {} }}, {{ two: 2 }}];": 20,
    "make({{ empty: {{}}, filled: {{ {} }} }}, 1);": 20,
    "table = choose ? {{ {} }} : {{ {} }};": 40,
    "table = {{ inner: {{ {} }}, {} }};": 41,
    "const {{ {} }} = table;": 0,
    "make(({{ {} }}) => 1);": 0,
    "if (x) {{ {} }}": 0,
    "x => {{ {} }}": 0,
}


@pytest.mark.parametrize("statement", TABLES)
def test_where_tables_are(statement: str) -> None:
    assert len(entries(statement.format(ROWS, ROWS))) == TABLES[statement]
    assert not entries(statement.format("one: first, two: second", "three: third"))


FUNCTIONS = "\n".join(
    f"function _function_{number}(first, second) {{ return [first, second, {number}]; }}" for number in range(300)
)
TABLE = ",\n".join(f"function_number_{number}: _function_{number}" for number in range(300))
WRAPPED = f"""
var exported = (() => {{
  const registry = new FinalizationRegistry((held) => held());
  {FUNCTIONS}
  var imports = {{ {TABLE}, named: _function_299 }};
  function open(fd) {{
    const file = {{ fd }};
    registry.register(file, imports.function_number_200);
    _function_250(file);
    return file;
  }}
  return {{ open, call: (name) => imports[name]() }};
}})();
"""


def test_a_table_stays_for_what_is_kept_anyway() -> None:
    text = large(WRAPPED)
    code = codes(text, filename="a.js")[0].text
    assert "function_number_39:" in code
    assert "function_number_100:" not in code
    assert "function _function_100(" not in code
    assert "function_number_200: _function_200" in code, "its key is read"
    assert "function_number_250: _function_250" in code, "what it names is called"
    assert not differences(text)


ASKED = {
    "destructuring": "const { function_number_200: held } = imports; registry.register(file, held);",
    "a string": "registry.register(file, imports['function_number_200']);",
    "a string elsewhere": "const key = 'function_number_200'; registry.register(file, imports[key]);",
}


@pytest.mark.parametrize("place", ["a function", "a wrapper", "the program"])
@pytest.mark.parametrize("how", ASKED)
def test_an_entry_is_asked_for(how: str, place: str) -> None:
    begin, _, end = WRAPPED.partition("registry.register(file, imports.function_number_200);")
    at_the_end = f"const file = {{}}; {ASKED[how]}\n"
    text = {
        "a function": begin + ASKED[how] + end,
        "a wrapper": begin + end.replace("return { open,", f"{at_the_end} return {{ open, file,"),
        "the program": (begin + end).replace("var exported = (() => {", "").partition("return { open, call")[0] + at_the_end,
    }[place]
    assert is_sliced(large(text))
    assert not differences(large(text))


CELLS = ",\n".join(f"shared_name_{number}: cell('the name {number}')" for number in range(300))
ONCE = ",\n".join(f"shared_name_{number}: cells[0].shared_name_{number}.set" for number in range(300))
BUNDLE = f"""
(function (functors) {{
  const registry = new FinalizationRegistry((held) => held());
  const cell = (name, value) => {{
    const observers = [];
    return {{ get: () => value, set: (next) => {{ value = next; for (const observe of observers) observe(value); }}, name }};
  }};
  function opened(fd) {{
    const file = {{ fd }};
    registry.register(file, cells[0].shared_name_200.get());
    return file;
  }}
  const cells = [{{ {CELLS} }}, {{ other: cell('other') }}];
  functors[0]({{ imports: {{}}, once: {{ {ONCE} }}, opened }});
}})([(scope) => scope.opened(1)]);
"""


def test_cells_that_modules_share() -> None:
    text = large(BUNDLE)
    code = codes(text, filename="a.js")[0].text
    assert "shared_name_39: cell(" in code
    assert "shared_name_100: cell(" not in code
    assert "shared_name_100: cells[0]" not in code
    assert "shared_name_200: cell(" in code, "its key is read"
    assert "shared_name_200: cells[0]" in code, "what it begins with is read"
    assert "other: cell(" in code
    assert not differences(text)


def test_cells_that_register() -> None:
    text = large(BUNDLE.replace("const observers = [];", "const observers = []; registry.register(observers, observers);"))
    assert is_sliced(text)
    assert "shared_name_100: cell(" not in codes(text, filename="a.js")[0].text
    assert not differences(text)
