-- In TypeScript a finding stands where it does in the file, behind a tab and characters of two units; its fix leaves the types alone.
local t = require('support')

local FIRST = 'registry.register('

t.open('handle.ts')
t.equal(vim.bo.filetype, 'typescript')
local line = t.text()[7]
local first = line:find(FIRST, 1, true)
local past = line:find('; }', first, true)
local place = ('7:%d-7:%d '):format(first, past)
t.expect({ place .. 'held-value-retains-target', place .. 'object-held-value' })

t.go(7, first)
local text = t.hover()
t.contains(text, 'held-value-retains-target')
t.contains(text, '(): void => closeFile(this.fd)')

t.apply('Capture `fd` instead of `this`')
t.becomes(function()
  return t.text()[7]
end, (line:gsub('this%.fd', 'fd')), 'the fix is applied')
t.expect({ ('7:%d-7:%d object-held-value'):format(first, past - #'this.') })
