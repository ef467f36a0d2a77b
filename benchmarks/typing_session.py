"""The file that is typed in, and what is typed: the same on each machine."""

from __future__ import annotations

LINES = 2000
REGISTRATIONS = 10

_REGISTRY = "const registry = new FinalizationRegistry((fd) => close(fd));"
_FUNCTION = """
export function compute{n}(input, options = {{}}) {{
  const result = [];
  for (const [key, value] of Object.entries(input)) {{
    if (options.skip && options.skip.includes(key)) continue;
    const item = transform(value, {{ depth: options.depth ?? 0, name: `${{key}}-{n}` }});
    if (item === undefined) {{
      result.push(null);
    }} else if (Array.isArray(item)) {{
      result.push(...item.map((one) => one.value + {n}));
    }} else {{
      result.push(item.value);
    }}
  }}
  return result.filter(Boolean).sort((a, b) => a - b);
}}"""
_CLASS = """
export class Handle{n} {{
  #fd;
  constructor(path) {{
    this.#fd = open(path);
    registry.register(this, this.#fd, this);
  }}
  read(size) {{ return readFrom(this.#fd, size); }}
  close() {{ registry.unregister(this); close(this.#fd); }}
}}"""
#: Typed at the end of the file, key by key: it is broken at most keys, and at the end there is one finding more.
_TYPED = """
export class Late{n} {{
  constructor(path) {{
    this.fd = open(path);
    registry.register(this, () => close(this.fd));
  }}
}}
"""


def function(number: int) -> str:
    """An ordinary function, 15 lines of it."""
    return _FUNCTION.format(n=number)


def handle(number: int) -> str:
    """A class that registers its instances as it should, and their registry."""
    return f"{_REGISTRY}\n{_CLASS.format(n=number)}"


def program() -> str:
    """2,000 lines of JavaScript with ten registrations, all of them well made."""
    lines = [_REGISTRY]
    registrations = number = 0
    while len(lines) < LINES - 30:
        number += 1
        lines += function(number).split("\n")
        if number % 11 == 0 and registrations < REGISTRATIONS:
            registrations += 1
            lines += _CLASS.format(n=number).split("\n")
    lines += [f"export const number{count} = {count};" for count in range(LINES - len(lines) - 1)]
    assert registrations == REGISTRATIONS
    return "\n".join([*lines, ""])


def typed(number: int) -> str:
    """What is typed in a round."""
    return _TYPED.format(n=number)
