-- :JsleakExplain completes the rules that the executable knows.
local t = require('support')

local all = vim.fn.getcompletion('JsleakExplain ', 'cmdline')
assert(#all > 20, ('only %d rules'):format(#all))
t.equal(vim.fn.getcompletion('JsleakExplain token-', 'cmdline'), { 'token-mismatch' })
t.equal(vim.fn.getcompletion('JsleakExplain no-such-', 'cmdline'), {})
