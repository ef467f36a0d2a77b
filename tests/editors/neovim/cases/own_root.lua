-- The nearest jsleak.toml is the root, and a root of its own has a client of its own.
local t = require('support')

local here = vim.uv.fs_realpath('.')
local outer = t.open('leak.js')
t.equal(outer.root_dir, here)
local inner = t.open('inner/deep/leak.js')
t.equal(inner.root_dir, here .. '/inner')
assert(inner.id ~= outer.id)
