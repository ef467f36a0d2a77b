-- Settings of vim.lsp.config reach the server, and changes of them too; a wrong one is told of and costs no other.
local t = require('support')

vim.lsp.config('jsleak', {
  settings = {
    jsleak = {
      ignore = { 'object-held-value', 'held-value-retains-targt' },
      -- one that is right, beside one that is wrong
      severity = { ['missing-unregister-token'] = 'error' },
    },
  },
})
local client = t.open('leak.js')
t.expect({ '6:5-6:48 held-value-retains-target', '6:5-6:48 missing-unregister-token' })
for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
  t.equal(diagnostic.severity, vim.diagnostic.severity.ERROR)
end
t.told('held-value-retains-target')

client.settings.jsleak = { select = { 'object-held-value' } }
client:notify('workspace/didChangeConfiguration', { settings = client.settings })
t.expect({ '6:5-6:48 object-held-value' })
