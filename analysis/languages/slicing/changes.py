"""What is done at a place where a variable or property is named, as far as the text beside the name shows."""

from __future__ import annotations

import re

from .functions import Outline

_VALUE = re.compile(r"\s*+(?:=(?![=>])|(?:\?\?|\|\||&&|<<|>>>?|\*\*|[-+*/%|&^])=|\+\+|--)")
_METHOD = re.compile(
    r"\s*+(?:\?\.|\.)\s*+(?:(?:add|append|clear|concat|delete|fill|pop|push|set|shift|splice|unshift)\b\s*+(?:\?\.)?[(.]"
    r"|length\s*+=(?![=>]))"
)
_INDEX = re.compile(r"\s*+(?:\?\.\s*+)?\[")
_KEY = re.compile(r"\s*+:(?!:)")
#: A collection that a name stands for from the start.
_COLLECTION = re.compile(
    r"\s*+(?:(?:\?\?|\|\|)?=(?![=>])|:)\s*+(?:new\s+(?:(?:Weak)?(?:Map|Set)|Array|FinalizationRegistry|WeakRef)\b"
    r"|\[|\{\s*\}|Object\.create\b)"
)
#: What a variable or property is given that takes from it what it held.
_EMPTY = re.compile(
    r"\s*+(?:\?\?|\|\||&&|<<|>>>?|\*\*|[-+*/%|&^])?=(?![=>])[\s(]*+(?:[-+!~\[{]|(?:null|undefined|void|typeof|delete|new)(?![\w$]))"
)
#: A map, a set or something of the protocol that a property holds, or that entries are set in.
_LASTING = re.compile(
    r"\s*+(?:(?:(?:\?\?|\|\|)?=(?![=>])|:)\s*+new\s+(?:(?:Weak)?(?:Map|Set)|FinalizationRegistry|WeakRef)\b"
    r"|(?:\?\.|\.)\s*+set\s*+(?:\?\.)?\()"
)
#: What stands before a static field, in the reversed text.
_STATIC = re.compile(r"\s+citats(?![\w$.#])")
_PRIMITIVE = re.compile(
    r"\s*+(?:\+\+|--|(?:<<|>>>?|\*\*|[-+*/%|&^])="
    r"|=\s*+(?:!\s*+[01]|void\s+0|-?\s*+[\d.][\w.]*|\"[^\"\n]*\"|'[^'\n]*'|(?:true|false|null|undefined)(?![\w$]))\s*+(?=[;,)}\n]|$))"
)
# What stands before a chain of properties, in the reversed text.
_STEP = re.compile(r"[\w$.#?\[\]()]*+(?:\+\+|--)")
_DELETED = re.compile(r"[\w$.#?\[\]()]*?\s+eteled(?![\w$.#])")
_OPERATOR = re.compile(rf"{_STEP.pattern}|{_DELETED.pattern}")


def is_set(outline: Outline, start: int, end: int) -> bool:
    """Whether what is named here is given another value, or it or an entry of it is deleted."""
    return _VALUE.match(outline.code, end) is not None or outline.heads.is_preceded(_OPERATOR, start)


def is_emptied(outline: Outline, start: int, end: int) -> bool:
    """Whether what is named here lets go of what it held: it is deleted, or given something that is made on the spot or nothing."""
    return _EMPTY.match(outline.code, end) is not None or outline.heads.is_preceded(_DELETED, start)


def is_set_to_primitive(outline: Outline, start: int, end: int) -> bool:
    """Whether what is named here is given a primitive value, as far as can be seen here."""
    return _PRIMITIVE.match(outline.code, end) is not None or outline.heads.is_preceded(_STEP, start)


def is_key(outline: Outline, end: int) -> bool:
    """Whether the name here may be a key of an object, with a value behind it."""
    return _KEY.match(outline.code, end) is not None


def is_entered(outline: Outline, start: int, end: int) -> bool:
    """Whether the collection that is named here is given another entry, or loses some."""
    code = outline.code
    if _METHOD.match(code, end):
        return True
    while (index := _INDEX.match(code, end)) is not None:
        end = outline.closing(index.end() - 1) + 1
        if _VALUE.match(code, end) or outline.heads.is_preceded(_OPERATOR, start):
            return True
    return False


def is_changed(outline: Outline, start: int, end: int) -> bool:
    """Whether what is named here, or an entry of it, is given another value."""
    return is_set(outline, start, end) or is_entered(outline, start, end)


def is_lasting(outline: Outline, start: int, end: int) -> bool:
    """Whether every use of the property that is named here is asked for: it holds a map, a set or something of the protocol, or is
    a static field.
    """
    return _LASTING.match(outline.code, end) is not None or outline.heads.is_preceded(_STATIC, start)


def is_collection(outline: Outline, end: int) -> bool:
    """Whether what is named here is a collection, or something else that is asked for by all its uses, from here on."""
    return _COLLECTION.match(outline.code, end) is not None
