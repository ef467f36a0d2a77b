-- While the text is broken the last findings stay where they belong, beside the error.
local t = require('support')

t.open('throws.js')
t.expect({ '2:1-2:24 invalid-registration' })
vim.api.nvim_buf_set_lines(0, 0, 0, false, { 'const = 1;' })
t.eventually('the error and the old finding, moved', function()
  local found = t.findings()
  return #found == 2
    and vim.startswith(found[1], '1:')
    and vim.endswith(found[1], ' syntax-error')
    and found[2] == '3:1-3:24 invalid-registration'
end)
vim.api.nvim_buf_set_lines(0, 0, 1, false, { 'const one = 1;' })
t.expect({ '3:1-3:24 invalid-registration' })
