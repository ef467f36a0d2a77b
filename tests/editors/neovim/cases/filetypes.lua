-- Each kind of file that jsleak reads has the server under the type that Neovim gives it; Markdown where the user asks for it.
local t = require('support')

local SEEN = {
  ['leak.js'] = 'javascript',
  ['leak.mjs'] = 'javascript',
  ['leak.cjs'] = 'javascript',
  ['leak.jsx'] = 'javascriptreact',
  ['leak.ts'] = 'typescript',
  ['leak.mts'] = 'typescript',
  ['leak.cts'] = 'typescript',
  ['leak.tsx'] = 'typescriptreact',
  ['leak.html'] = 'html',
  ['page.htm'] = 'html',
  ['leak.vue'] = 'vue',
  ['leak.svelte'] = 'svelte',
  ['leak.astro'] = 'astro',
}

local function found()
  return vim.iter(t.findings()):any(function(finding)
    return vim.endswith(finding, 'held-value-retains-target')
  end)
end

local used = {}
for name, filetype in pairs(SEEN) do
  t.open(name)
  t.equal(vim.bo.filetype, filetype, name)
  t.eventually('findings in ' .. name, found)
  used[filetype] = true
end
local listed = {}
for _, filetype in ipairs(vim.lsp.config.jsleak.filetypes) do
  listed[filetype] = true
end
t.equal(used, listed)

vim.cmd.edit('leak.md')
t.equal(vim.bo.filetype, 'markdown')
t.equal(vim.lsp.get_clients({ bufnr = 0 }), {})
vim.lsp.config('jsleak', { filetypes = vim.list_extend({ 'markdown' }, vim.lsp.config.jsleak.filetypes) })
vim.lsp.enable('jsleak')
vim.cmd.edit()
t.attached()
t.eventually('findings in Markdown', found)
