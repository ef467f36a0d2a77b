-- :checkhealth jsleak tells what is there and what runs.
local t = require('support')

vim.g.jsleak_trusted = { vim.fn.getcwd() }
vim.lsp.config('jsleak', { settings = { jsleak = { ignore = { 'object-held-value' } } } })
local client = t.open('leak.js')
local root = client.root_dir
vim.cmd('checkhealth jsleak')
local report = table.concat(t.text(), '\n')
for _, part in ipairs({
  'OK Neovim ' .. tostring(vim.version()),
  "vim.lsp.enable('jsleak') was called",
  vim.fn.exepath('jsleak') .. ' (jsleak ' .. client.server_info.version .. ')',
  '(Python 3.',
  'QuickJS-NG comes with jsleak',
  ('Client %d, jsleak %s, in %s'):format(client.id, client.server_info.version, root),
  '1 buffer, positions in utf-8',
  'The folder is trusted',
  'ignore = { "object-held-value" }',
}) do
  t.contains(report, part)
end
assert(not report:find('ERROR', 1, true), report)
assert(not report:find('WARNING', 1, true), report)
