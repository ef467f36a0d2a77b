-- Findings appear on opening, with place, severity, rule, help and path, and go when the cause goes.
local t = require('support')

local client = t.open('leak.js')
t.equal(client.offset_encoding, 'utf-8')
t.expect({
  '6:5-6:48 held-value-retains-target',
  '6:5-6:48 missing-unregister-token',
  '6:5-6:48 object-held-value',
})
local severity = vim.diagnostic.severity
local of = {}
for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
  t.equal(diagnostic.source, 'jsleak')
  of[diagnostic.code] = diagnostic
end
t.equal(of['held-value-retains-target'].severity, severity.ERROR)
t.equal(of['missing-unregister-token'].severity, severity.WARN)
t.equal(of['object-held-value'].severity, severity.INFO)
t.contains(
  of['held-value-retains-target'].message,
  '`registry` keeps `this` alive: the held value `() => this.close()` captures it.\n'
)

local path = vim.tbl_map(function(related)
  return ('%d %s'):format(related.location.range.start.line + 1, related.message)
end, of['held-value-retains-target'].user_data.lsp.relatedInformation)
assert(#path >= 2, vim.inspect(path))
t.contains(path[1], '1. ')
t.equal(of['held-value-retains-target'].user_data.lsp.relatedInformation[1].location.uri, vim.uri_from_bufnr(0))

-- Lines above move the findings; the cause mended, they are gone.
vim.api.nvim_buf_set_lines(0, 0, 0, false, { '// one', '// two' })
t.expect({
  '8:5-8:48 held-value-retains-target',
  '8:5-8:48 missing-unregister-token',
  '8:5-8:48 object-held-value',
})
vim.api.nvim_buf_set_lines(0, 7, 8, false, { '    registry.register(this, descriptor, this);' })
vim.cmd('%s/(close) => close()/(descriptor) => release(descriptor)/')
vim.cmd('%s/^    release(/    registry.unregister(this);\\r    release(/')
t.expect({})
vim.cmd('silent undo 0')
t.expect({
  '6:5-6:48 held-value-retains-target',
  '6:5-6:48 missing-unregister-token',
  '6:5-6:48 object-held-value',
})
