"""Node's own globals and modules for programs that are run as a whole, against node's."""

# ruff: noqa: E501 — tables of programs, one on a line
from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jsleak.engine.leaks import Options, RunReport, run_file
from jsleak.engine.linking import MODULES
from jsleak.engine.node_engine import runner
from jsleak.engine.pool import Pool
from jsleak.engine.reply import GLOBALS
from jsleak.engine.request import EngineName, Limits, Request


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as pool:
        yield pool


def report(pool: Pool, text: str, engine: EngineName = "quickjs", name: str = "main.cjs", **options: object) -> RunReport:
    if engine not in pool.engines:
        pytest.skip(f"no {engine} here")
    return run_file(name, text, Options(engine, **options), pool.run, bytes.decode)  # type: ignore[arg-type]


THROWN = "const why = (f) => { try { return f(); } catch (e) { return [e.name, e.code, e.message].join(' '); } };\n"

# Every one prints the same on node.
SAME = {
    "process, by what it is": "console.log(Object.prototype.toString.call(process), process.constructor.name, process instanceof require('events'), process.platform.length > 0,"
    " typeof process.pid, typeof process.version, typeof process.versions.node, typeof process.cwd(), process.exitCode);",
    "how the globals are defined": "for (const n of ['process', 'Buffer', 'MessageChannel', 'MessagePort']) { const d = Object.getOwnPropertyDescriptor(globalThis, n);"
    " console.log(n, typeof d.get, d.get.length, typeof d.set, d.set.length, d.enumerable, d.configurable); }",
    "a global that is replaced": "process = 1; console.log(process, Object.getOwnPropertyDescriptor(globalThis, 'process').value); global.Buffer = 2; console.log(Buffer);",
    "global": "console.log(global === globalThis, global.global === global);",
    "the environment takes text": "process.env.JSLEAK_A = 1; process.env.JSLEAK_B = undefined; console.log(process.env.JSLEAK_A + 1, typeof process.env.JSLEAK_B,"
    " 'JSLEAK_C' in process.env, process.env.JSLEAK_C, delete process.env.JSLEAK_A, process.env.JSLEAK_A);",
    "ticks before jobs before timers": "setTimeout(() => { console.log('timer'); process.nextTick(() => console.log('t3')); Promise.resolve().then(() => console.log('p3')); });"
    " Promise.resolve().then(() => { console.log('p1'); process.nextTick(console.log, 't2', 1); Promise.resolve().then(() => console.log('p2')); });"
    " process.nextTick(() => { console.log('t1'); process.nextTick(() => console.log('t1b')); }); console.log('s');",
    "the end is told": "process.on('exit', (code) => console.log('exit', code, process.exitCode)); process.once('beforeExit', () => { console.log('before');"
    " setTimeout(() => console.log('more'), 1); }); process.exitCode = 3; setTimeout(() => console.log('first'), 5);",
    "exit ends it": "process.on('exit', (code) => { console.log('exit', code); process.exit(9); }); process.on('beforeExit', () => console.log('never'));"
    " setTimeout(() => console.log('never'), 1); process.exit(4); console.log('never');",
    "exit in a timer": "setTimeout(() => console.log('never'), 5000); setTimeout(() => { console.log('a'); process.exit(); }, 1);",
    "exit behind a promise": "process.on('exit', () => console.log('bye')); (async () => { await null; process.exit(1); console.log('never'); })(); setTimeout(() => console.log('never'), 1);",
    "events of the program's own": "const f = (...all) => console.log(...all); process.on('x', f); console.log(process.emit('x', 1, 2), process.listenerCount('x'));"
    " process.off('x', f); console.log(process.emit('x'), process.eventNames().includes('x'));",
    "time": "const a = process.hrtime(), b = process.hrtime(a); console.log(a.length, b[0], typeof b[1], typeof process.hrtime.bigint(), process.uptime() >= 0);",
    "memory": "console.log(Object.keys(process.memoryUsage()).join(), typeof process.memoryUsage.rss(), Number.isInteger(process.memoryUsage().heapUsed));",
    "writes": "process.stdout.write('a'); process.stdout.write(Buffer.from('b\\n')); console.log(process.stdout.write('', () => console.log('done')), process.stdout.fd);"
    + THROWN + "console.log(why(() => process.stdout.write(1)));",
    "a tick that is none": THROWN + "console.log(why(() => process.nextTick(1)));",
    "emitter": "const E = require('events'), { EventEmitter } = E; console.log(E === EventEmitter, E.defaultMaxListeners); const e = new E();"
    " e.on('newListener', (n, f) => console.log('new', n, f.name)); e.on('removeListener', (n, f) => console.log('gone', n, f.name)); function a(x) { console.log('a', x, this === e); e.off('v', b); }"
    " function b() { console.log('b'); } e.on('v', a).on('v', b).prependOnceListener('v', function c() { console.log('c'); }); console.log(e.emit('v', 1), e.emit('v', 2), e.listenerCount('v'));"
    " console.log(Object.keys(e).join(), e.rawListeners('v').length, e.listeners('v')[0] === a); e.removeAllListeners(); console.log(e.eventNames().length);",
    "an emitter's errors": THROWN + "const E = require('events'), e = new E(); console.log(why(() => e.emit('error', new RangeError('r'))), why(() => e.emit('error', 'x')), why(() => e.on('x', 1)));"
    " e.on(E.errorMonitor, (x) => console.log('seen', x)); e.on('error', (x) => console.log('error', x)); e.emit('error', 1);",
    "an emitter as a base": "const E = require('node:events'); class A extends E { go() { this.emit('go', 1); } } function B() { E.call(this); } Object.setPrototypeOf(B.prototype, E.prototype);"
    " new A().on('go', console.log).go(); const b = new B(), c = new B(); b.on('x', () => console.log('x')); b.emit('x'); console.log(c.emit('x')); E.once(c, 'y').then((all) => console.log(all.length, all[0])); c.emit('y', 5);",
    "Buffer, by what it is": "const b = Buffer.from('a'); console.log(b instanceof Buffer, b instanceof Uint8Array, b.constructor === Buffer, Object.prototype.toString.call(b), Buffer.name, Buffer.length,"
    " Object.getPrototypeOf(Buffer) === Uint8Array, Object.keys(b).join(), Buffer.isBuffer(b), Buffer.isBuffer(new Uint8Array(1)), Buffer.from('a') == 'a', `${b}`, ArrayBuffer.isView(b));",
    "Buffer from what there is": "for (const x of ['aé€😀', [1, 258, -1, 'x', 2.7], new Uint8Array([1, 2]), Uint16Array.of(1, 257), new ArrayBuffer(2), Buffer.from('ab'), { length: 2, 0: 7 }, { type: 'Buffer', data: [1, 2] },"
    " new String('s'), { [Symbol.toPrimitive]: () => 'p' }]) console.log(Buffer.from(x).toString('hex'), Buffer.from(x).length);",
    "what a Buffer is not made from": THROWN + "for (const x of [1, null, undefined, true, {}, Symbol('s'), () => 0, 10n]) console.log(why(() => Buffer.from(x)));"
    " console.log(why(() => Buffer.alloc('1')), why(() => Buffer.from('a', 'nope')), why(() => Buffer.from(new ArrayBuffer(1), 2)), why(() => Buffer.concat(1)), why(() => Buffer.concat(['a'])), why(() => Buffer.byteLength(1)));",
    "its memory is shared": "const a = new ArrayBuffer(8), b = Buffer.from(a, 2, 4), s = b.subarray(1, 3), t = b.slice(-2); s[0] = 9; t.fill(7); console.log(b.toString('hex'), new Uint8Array(a)[3], s.buffer === a, s instanceof Buffer, s.byteOffset, t.offset, b.parent === a);",
    "encodings": "for (const e of ['utf8', 'UTF-8', 'hex', 'base64', 'base64url', 'latin1', 'binary', 'ascii', 'utf16le', 'ucs2', undefined]) { const b = Buffer.from([0x61, 0xe9, 0xff, 0x3e, 0xc3, 0xa9, 0xbf]); const text = b.toString(e);"
    " console.log(e, JSON.stringify(text), Buffer.from(text, e).toString('hex'), Buffer.byteLength(text, e), Buffer.isEncoding(e)); }",
    "encodings, not well formed": "for (const [t, e] of [['abc', 'hex'], ['abxxcd', 'hex'], ['YW I=\\n', 'base64'], ['YWI', 'base64'], ['YQ==YQ==', 'base64'], ['-_8', 'base64'], ['Y', 'base64'], ['\\ud800', 'utf8'], ['ā', 'latin1']])"
    " console.log(t.length, e, Buffer.from(t, e).toString('hex'));",
    "a byte order mark stays": "console.log(Buffer.from([0xef, 0xbb, 0xbf, 0x61]).toString().length);",
    "Buffer writes text": "const b = Buffer.alloc(6, '.'); console.log(b.write('abc'), b.write('€', 4), b.toString('latin1'), b.write('ff', 1, 'hex'), b.write('zzzz', 2, 2), b.toString('hex'), b.write('é€', 0, 4, 'utf8'), b.toString('hex'));"
    + THROWN + "console.log(why(() => b.write('a', 7)), why(() => b.write(1)));",
    "fills, copies, joins": "console.log(Buffer.alloc(5, 'ab').toString(), Buffer.alloc(3, 1).toString('hex'), Buffer.alloc(4, 'YQ==', 'base64').toString(), Buffer.alloc(4).fill('xy', 1, 3).toString('hex'), Buffer.allocUnsafe(3).length);"
    " const t = Buffer.alloc(3); console.log(Buffer.from('abcdef').copy(t, 1, 2), t.toString('hex'), Buffer.concat([Buffer.from('ab'), new Uint8Array([99])]).toString(), Buffer.concat([Buffer.from('abc')], 2).toString(), Buffer.concat([Buffer.from('a')], 3).toString('hex'));",
    "compares and finds": "const b = Buffer.from('abcabc'); console.log(b.equals(Buffer.from('abcabc')), b.equals(new Uint8Array(1)), Buffer.compare(b, Buffer.from('abd')), b.compare(Buffer.from('ab')), b.indexOf('c'), b.indexOf('c', 3), b.indexOf('bc', -3),"
    " b.lastIndexOf('b'), b.lastIndexOf('ab', 2), b.includes('ca'), b.includes('x'), b.indexOf(97, 1), b.lastIndexOf(97), b.indexOf(Buffer.from('cab')), b.indexOf(''), b.indexOf('', 9), [Buffer.from('b'), Buffer.from('a')].sort(Buffer.compare).join());"
    + THROWN + "console.log(why(() => b.equals('a')), why(() => b.indexOf({})));",
    "Buffer as JSON, as text, in parts": "const b = Buffer.from('abc'); console.log(JSON.stringify(b), b.toString('utf8', 1), b.toString('utf8', 1, 2), b.toString('utf8', -1, 99), b.toLocaleString(), b.map((x) => x + 1) instanceof Buffer, Buffer.of(1, 2).length, [...b.entries()].length);"
    " console.log(b, Buffer.alloc(0), Buffer.alloc(51)); console.log(Buffer.from('abcd').swap16().toString(), Buffer.from('abcd').swap32().toString());",
    "numbers that are read": "const b = Buffer.from('fffefdfcfbfaf9f8f7', 'hex'); for (const k of ['UInt8', 'Int8', 'UInt16LE', 'Uint16BE', 'Int16LE', 'Int16BE', 'UInt32LE', 'UInt32BE', 'Int32LE', 'Int32BE', 'BigUInt64LE', 'BigInt64BE', 'DoubleLE', 'FloatBE'])"
    " console.log(k, String(b['read' + k](1)), b['read' + k].length); console.log(b.readUint32LE.name); console.log(b.readUIntBE(0, 3), b.readIntLE(2, 6), b.readUIntLE(0, 6), b.readIntBE(1, 1), b.readUInt8());",
    "numbers that are written": "const b = Buffer.alloc(8); for (const [k, v] of [['UInt8', 200], ['Int8', -2], ['UInt16BE', 513], ['Int16LE', -3], ['UInt32LE', 4294967295], ['Int32BE', -5], ['BigUInt64BE', 5n], ['BigInt64LE', -6n], ['FloatLE', 1.5], ['DoubleBE', -0.1]])"
    " console.log(k, b['write' + k](v, 0), b.toString('hex')); console.log(b.writeUIntBE(0x123456, 1, 3), b.writeIntLE(-2, 3, 5), b.toString('hex'));",
    "numbers that have no room": THROWN + "const b = Buffer.alloc(4); console.log(why(() => b.readUInt32LE(1)), why(() => b.readUInt8(-1)), why(() => b.readUInt8('0')), why(() => b.readUInt8(1.5)), why(() => b.readDoubleLE(0)));"
    " for (const f of [() => b.writeUInt8(256), () => b.writeInt8(-129), () => b.writeUInt16LE(-1), () => b.writeUInt32BE(2 ** 32), () => b.writeInt32LE(2 ** 31), () => b.writeUIntBE(2 ** 24, 0, 3), () => b.readUIntLE(0, 7), () => b.readUIntLE()]) console.log(why(f));",
    "random": "const a = new Uint8Array(32); console.log(crypto.getRandomValues(a) === a, a.some((x) => x), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()),"
    " Object.prototype.toString.call(crypto), crypto.constructor === Crypto, Object.keys(Object.getPrototypeOf(crypto)).sort().join());"
    " for (const f of [() => crypto.getRandomValues(new Float32Array(1)), () => crypto.getRandomValues(new Uint8Array(65537)), () => new Crypto()]) try { f(); } catch (e) { console.log(e.name); }",
    "crypto, the module": "const c = require('crypto'); console.log(c.randomBytes(5).length, Buffer.isBuffer(c.randomBytes(1)), c.webcrypto === crypto, c.randomUUID().length, c.randomInt(3) < 3, c.timingSafeEqual(Buffer.from('a'), Buffer.from('a')));"
    " c.randomBytes(2, (error, b) => console.log(error, b.length));",
    "messages": "const { port1, port2 } = new MessageChannel(); const o = { a: [1] }; port2.onmessage = (e) => { console.log(e.data.a[0], e.data === o, e.type, e.target === port2, e instanceof MessageEvent); port1.close(); };"
    " port1.postMessage(o); port2.on('close', () => console.log('closed')); console.log('sent', Object.keys(new MessageChannel()).join());",
    "messages wait for a listener": "const { port1, port2 } = new MessageChannel(); port1.postMessage(1); port1.postMessage(2); setTimeout(() => { let n = 0; port2.on('message', (x) => { console.log(x); if (++n === 2) port2.close(); }); }, 5);",
    "messages of two kinds of turn": "const { port1, port2 } = new MessageChannel(); port2.once('message', (x) => { console.log('m', x); port2.close(); }); port1.postMessage(1); Promise.resolve().then(() => console.log('p'));",
    "a message that has no clone": "const { port1 } = new MessageChannel(); try { port1.postMessage(() => 0); } catch (e) { console.log(e.name); } try { new MessagePort(); } catch (e) { console.log(e.name); }",
    "a port in a message": "const a = new MessageChannel(), b = new MessageChannel(); a.port2.onmessage = ({ data, ports }) => { data.port.postMessage('through'); a.port2.close(); }; b.port1.onmessage = (e) => { console.log(e.data); b.port1.close(); };"
    " a.port1.postMessage({ port: b.port2 }, [b.port2]);",
    "paths and URLs": "const { fileURLToPath, pathToFileURL } = require('url'); console.log(fileURLToPath('file:///a%20b/c%3F.js'), fileURLToPath(new URL('file:///x')), pathToFileURL('/a b/é?#.js').href);",
    "inherits": "const util = require('util'), E = require('events'); function A() { E.call(this); } util.inherits(A, E); console.log(A.super_ === E, new A().on('x', console.log).emit('x', 1), Object.keys(A).join(), util.TextDecoder === TextDecoder);",
    "the script is the main one": "console.log(require.main === module, __filename === process.argv[1]);",
    "the modules are the globals": "console.log(require('process') === process, require('node:buffer').Buffer === Buffer, require('worker_threads').MessageChannel === MessageChannel, require('url').URL === URL, require('timers').setTimeout === setTimeout,"
    " require('perf_hooks').performance === performance); require('timers/promises').setTimeout(5, 'v').then(console.log);",
}  # fmt: skip


@pytest.mark.parametrize("engine", ["quickjs", "node"])
@pytest.mark.parametrize("name", SAME)
def test_as_on_node(pool: Pool, tmp_path: Path, name: str, engine: EngineName) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on PATH")
    script = tmp_path / "main.cjs"  # with `-e`, node has its modules as globals
    script.write_text(SAME[name], encoding="utf-8")
    expected = subprocess.run([node, str(script)], capture_output=True, text=True, check=False)
    found = report(pool, SAME[name], engine)
    assert (found.completion, found.error) == ("normal", ""), expected.stderr
    assert found.output == expected.stdout


@pytest.mark.parametrize("engine", ["quickjs", "node"])
def test_what_was_used_is_named(pool: Pool, engine: EngineName) -> None:
    text = "import fs from 'node:fs'; import { Buffer as B } from 'buffer'; import own, { env } from 'process'; fs.open();"
    text += " console.log(B === Buffer, own === process, env === process.env); typeof crypto;"
    found = report(pool, text, engine, "main.mjs")
    assert (found.output, found.stubs, found.stand_ins) == (
        "true true true\n",
        ("node:fs",),
        ("Buffer", "process", "crypto", "buffer"),
    ), found.error
    assert [note.split(":")[0] for note in found.notes] == [
        "Stood in for by stubs that take every use",
        "Stood in for as far as programs commonly ask",
    ]
    assert report(pool, "const Buffer = 1; var own = typeof timer;", engine).stand_ins == ()


@pytest.mark.parametrize("engine", ["quickjs", "node"])
def test_what_a_module_lacks_is_a_stub(pool: Pool, engine: EngineName) -> None:
    text = "const c = require('crypto'); c.createHash('md5').update('x').digest('hex').foo(); import('crypto').then((m) => console.log(m.default.randomBytes === c.randomBytes, typeof m.createHmac));"
    assert report(pool, text, engine).output == "true function\n"


def test_experiments_have_none_of_it(pool: Pool) -> None:
    names = " + ".join(f"typeof {name}" for name in sorted({*GLOBALS, "global"}))
    assert pool.run(Request(f"console.log(({names}).replaceAll('undefined', ''));")).output == "\n"


def test_the_modules_are_those_that_the_linker_knows(pool: Pool) -> None:
    listed = "|".join(sorted(MODULES))
    text = f"console.log('{listed}'.split('|').filter((name) => !__jsleak_module(name)).length, __jsleak_module('fs'), __jsleak_module('node:url') !== undefined);"
    assert report(pool, text).output == "0 undefined true\n"


@pytest.mark.parametrize("engine", ["quickjs", "node"])
def test_nothing_of_it_counts_as_the_programs(pool: Pool, engine: EngineName) -> None:
    text = "process.on('exit', () => {}); Buffer.from('a'); crypto.randomUUID(); new MessageChannel().port1.close();"
    text += " console.log(Object.keys(globalThis).filter((name) => name !== 'gc').length);"
    found = report(pool, text, engine, repeat=12, call="(process.nextTick(() => {}), Buffer.from('abc').toString('hex'), 0)")
    assert (found.completion, found.output) == ("normal", "0\n")
    assert (found.registrations, found.weakrefs, found.leaks) == ((), (), ())


@pytest.mark.parametrize("engine", ["quickjs", "node"])
def test_a_port_lives_until_it_is_closed(pool: Pool, engine: EngineName) -> None:
    text = "const r = new FinalizationRegistry(() => {}); function f(close) { const { port1 } = new MessageChannel(); r.register(port1, 1); if (close) port1.close(); }"
    found = report(pool, text, engine, repeat=12, call="f(false)")
    assert [leak.kind for leak in found.leaks] == ["targets-grow"]
    assert report(pool, text, engine, repeat=12, call="f(true)").leaks == ()


@pytest.mark.parametrize("engine", ["quickjs", "node"])
def test_an_end_of_the_programs_own(pool: Pool, engine: EngineName) -> None:
    text = "const r = new FinalizationRegistry(() => {}); const kept = {}; r.register(kept, {}); r.register({}, {});\n"
    found = report(pool, text + "process.exit(1);", engine)
    assert (found.completion, found.registrations[0][0].callback) == ("normal", "not-due")
    assert engine == "node" or found.registrations[1][0].callback == "pending"
    assert "process.exit" in found.notes[-1]
    for end in (
        "process.on('exit', () => r.unregister(kept));",
        "throw 1;",
        "process.on('beforeExit', () => setTimeout(() => {}, 1));",
    ):
        assert "process.exit" not in "".join(report(pool, text + end, engine).notes)


@pytest.mark.parametrize("engine", ["quickjs", "node"])
@pytest.mark.parametrize(
    ("text", "completion", "line"),
    [
        ("1;\nprocess.nextTick(() => { throw new Error('x'); });", "throw", 2),
        ("1;\nprocess.on('exit', () => {\n throw new Error('x'); });", "throw", 3),
        ("1;\nBuffer.from(1);", "throw", 2),
        ("function f() { process.nextTick(f); } f();", "timeout", 0),
        ("process.on('beforeExit', () => process.nextTick(() => {}));", "normal", 0),
    ],
)
def test_where_it_ended(pool: Pool, engine: EngineName, text: str, completion: str, line: int) -> None:
    found = report(pool, text, engine, limits=Limits(seconds=1.0))
    assert (found.completion, found.place.range.start.line if found.place else 0) == (completion, line), found.error


HOSTILE = {
    "what it may replace": "process; Buffer; Array.prototype.join = Array.prototype.shift = Set.prototype.add = Reflect.ownKeys = Object.keys = () => { throw 1; };"
    " Array.prototype[Symbol.iterator] = String.prototype.replaceAll = String.prototype.slice = null;",
    "an end that it may replace": "process.emit = () => { throw new Error('x'); }; process.exitCode = { valueOf() { throw 2; } };",
    "an end that never comes": "process.on('exit', () => { for (;;); });",
    "exits that are caught": "for (let i = 0; i < 9; i++) try { process.exit(); } catch {}",
    "jobs behind an exit": "const f = () => { Promise.resolve().then(f); }; f(); Promise.resolve().then(() => process.exit());",
    "messages without end": "const { port1, port2 } = new MessageChannel(); port2.onmessage = () => port1.postMessage(1); port1.postMessage(1);",
    "warnings without end": "process.on('warning', () => process.emitWarning('x')); process.emitWarning('y');",
}


@pytest.mark.parametrize("engine", ["quickjs", "node"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_programs(pool: Pool, name: str, engine: EngineName) -> None:
    found = report(pool, HOSTILE[name], engine, limits=Limits(seconds=1.0))
    assert found.completion in ("normal", "throw", "timeout"), found
    assert report(pool, "process.exit()", engine).completion == "normal"


@pytest.mark.parametrize("engine", ["quickjs", "node"])
def test_a_module_knows_that_it_is_the_main_one(pool: Pool, engine: EngineName) -> None:
    text = "import { pathToFileURL } from 'node:url'; import { argv } from 'process'; console.log(import.meta.url === pathToFileURL(argv[1]).href);"
    assert report(pool, text, engine, "main é.mjs").output == "true\n"


def test_what_node_runs_fits_on_its_command_line() -> None:
    """Linux takes no argument of 128 KiB (MAX_ARG_STRLEN in binfmts.h)."""
    assert len(runner().encode()) < 128 << 10
