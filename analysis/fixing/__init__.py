"""Quick fixes: pure functions from a module's facts to edits of its text.

A rule decides that something is wrong; what is here knows how to type the remedy: where a statement goes, how this file indents and
ends its lines, which names are visible there. Where the remedy is not mechanical there is no fix.
"""
