"""The host environment of the bundled engine, against node's, and its virtual time."""

# ruff: noqa: E501 — tables of programs, one on a line
from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from jsleak.engine.pool import Pool
from jsleak.engine.request import Limits, Request


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


# Every one prints the same on node.
SAME = {
    "order of jobs and timers": "setTimeout(() => console.log('t'), 500); setImmediate(() => console.log('i')); "
    "queueMicrotask(() => console.log('m')); Promise.resolve().then(() => console.log('p')); console.log('s');",
    "timers by time, not by order": "setTimeout(console.log, 20, 'b'); setTimeout(console.log, 10, 'a');",
    "interval": "let n = 0; const i = setInterval(() => { console.log(++n); if (n === 3) clearInterval(i); }, 1);",
    "cleared": "clearTimeout(setTimeout(() => console.log('never'), 1)); clearTimeout(undefined); clearTimeout(12345);",
    "a timer that is not waited for": "setTimeout(() => console.log('never'), 1000).unref(); setTimeout(() => console.log('once'), 1);",
    "abort": "const c = new AbortController(); c.signal.addEventListener('abort', (e) => console.log(e.type, e.target === c.signal)); "
    "c.signal.onabort = () => console.log('on'); c.abort(); c.abort(); console.log(c.signal.aborted, c.signal.reason.name);",
    "abort with a reason": "const s = AbortSignal.abort('why'); try { s.throwIfAborted(); } catch (e) { console.log(e); }",
    "any": "const a = new AbortController(), b = AbortSignal.any([a.signal]); b.onabort = () => console.log(b.reason); a.abort(1);",
    "a signal removes its listener": "const t = new EventTarget(), c = new AbortController(); "
    "t.addEventListener('x', () => console.log('x'), { signal: c.signal }); t.dispatchEvent(new Event('x')); c.abort(); t.dispatchEvent(new Event('x'));",
    "once, twice added, removed": "const t = new EventTarget(), f = () => console.log('f'); t.addEventListener('x', f, { once: true }); "
    "t.addEventListener('x', f); t.dispatchEvent(new Event('x')); t.dispatchEvent(new Event('x')); t.addEventListener('x', f); "
    "t.removeEventListener('x', f); t.dispatchEvent(new Event('x'));",
    "prevented": "const t = new EventTarget(); t.addEventListener('x', (e) => e.preventDefault()); "
    "console.log(t.dispatchEvent(new Event('x', { cancelable: true })), t.dispatchEvent(new Event('x')));",
    "handleEvent": "const t = new EventTarget(); t.addEventListener('x', { handleEvent(e) { console.log(e.detail); } }); "
    "t.dispatchEvent(new CustomEvent('x', { detail: 4 }));",
    "utf-8": "console.log(Array.from(new TextEncoder().encode('aé€😀\\ud800')).join(), "
    "new TextDecoder().decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xe2, 0x82, 0x41, 0xff, 0xf0, 0x9f, 0x98, 0x80)));",
    "fatal": "try { new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.of(0xc0)); } catch (e) { console.log(e.name); }",
    "base64": "console.log(btoa('a'), btoa('ab'), btoa('abc'), atob('YWI='), atob('YWJj')); try { atob('a'); } catch (e) { console.log(e.name); }",
    "clone": "const o = { a: [1, , 3], m: new Map([[1, new Set([2])]]), d: new Date(0), u: undefined }; o.self = o; const c = structuredClone(o); "
    "console.log(c !== o, c.self === c, 1 in c.a, c.m.get(1).has(2), c.d.getTime(), 'u' in c);",
    "clone of what has no clone": "for (const x of [() => 0, Symbol(), new WeakRef({})]) try { structuredClone(x); } catch (e) { console.log(e.name); }",
    "urls": "for (const [u, b] of [['https://u:p@EXAMPLE.com:443/a/../b?x=1#h'], ['../c?y', 'https://a.b/x/y/z'], ['//h/p', 'http://q'], "
    "['?q', 'http://a/b?c'], ['#f', 'http://a/b?c'], ['', 'http://a/b?c#d'], ['mailto:x@y'], ['file:///a/./b'], ['http://[::1]:80/'], ['/é ü', 'http://a']]) "
    "{ const x = new URL(u, b); console.log(x.href, x.origin, x.host, x.pathname, x.search, x.hash); }",
    "no url": "for (const u of ['', 'x', 'http://', 'http://a b/', 'http://a:99999']) console.log(URL.canParse(u));",
    "search": "const u = new URL('http://a/?b=1&b=2+3&c=%26'); u.searchParams.append('d e', 'é'); u.searchParams.delete('c'); "
    "console.log(u.href, u.searchParams.getAll('b').join('|'), [...u.searchParams.keys()].join());",
    "tags": "console.log(String(new URLSearchParams([['a', 'b c']])), Object.prototype.toString.call(new AbortController()));",
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_as_on_node(pool: Pool, name: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on PATH")
    expected = subprocess.run([node, "-e", SAME[name]], capture_output=True, text=True, check=False)
    trace = pool.run(Request(SAME[name]))
    assert (trace.completion, trace.error) == ("normal", ""), expected.stderr
    assert trace.output == expected.stdout


def test_time_is_virtual(pool: Pool) -> None:
    trace = pool.run(Request("const t = performance.now(); setTimeout(() => console.log(performance.now() - t >= 3.6e6), 3.6e6);"))
    assert trace.output == "true\n"
    assert trace.seconds < 1


def test_interval_that_nobody_clears_ends(pool: Pool) -> None:
    trace = pool.run(Request("setInterval(() => console.log('turn'), 10); setTimeout(() => {}, 35);"))
    assert trace.completion == "normal"
    assert trace.output == "turn\n" * (3 + 100)


def test_output_is_bounded(pool: Pool) -> None:
    trace = pool.run(Request("for (let i = 0; i < 1e4; i++) console.log('x'.repeat(100));", limits=Limits(output=1000)))
    assert trace.completion == "normal"
    assert len(trace.output) == 1000
    assert "printed more" in trace.reason


def test_listener_that_throws_does_not_stop_the_others(pool: Pool) -> None:
    text = (
        "const t = new EventTarget(); t.addEventListener('x', () => { throw 1; }); t.addEventListener('x', () => console.log(2));"
    )
    assert pool.run(Request(text + "t.dispatchEvent(new Event('x'));")).output == "Uncaught 1\n2\n"


def test_nothing_of_the_host_is_enumerable(pool: Pool) -> None:
    assert pool.run(Request("console.log(Object.keys(globalThis).length);")).output == "0\n"
