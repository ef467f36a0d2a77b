// Stands in for @vscode/spdlog's index.js where its native addon was not built (npm i --ignore-scripts): plain appends to the log file.
const fs = require('fs'), path = require('path');
const names = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];
class Logger {
  constructor(kind, name, file) { this.file = file; this.level = 2; this.raw = false; fs.mkdirSync(path.dirname(file), { recursive: true }); }
  log(i, m) { if (i >= this.level) try { fs.appendFileSync(this.file, this.raw ? m : `${new Date().toISOString()} [${names[i]}] ${m}\n`); } catch {} }
  getLevel() { return this.level; } setLevel(n) { this.level = n; }
  setPattern() {} clearFormatters() { this.raw = true; } flush() {} drop() {}
}
names.forEach((n, i) => { Logger.prototype[n] = function (m) { this.log(i, m); }; });
exports.version = 0; exports.setLevel = () => {}; exports.setFlushOn = () => {}; exports.Logger = Logger;
const make = async (name, file) => new Logger('', name, file);
function createRotatingLogger(name, file) { return make(name, file); }
function createAsyncRotatingLogger(name, file) { return make(name, file); }
exports.createRotatingLogger = createRotatingLogger;
exports.createAsyncRotatingLogger = createAsyncRotatingLogger;
