-- Pictures as text, and the window that shows them.
local t = require('support')
local graph = require('jsleak.graph')

vim.fn.writefile({ 'one', 'two', 'three' }, 'a.js')
local uri = vim.uri_from_fname(vim.fn.getcwd() .. '/a.js')

local function node(id, line)
  local place = line and { start = { line = line, character = 1 }, ['end'] = { line = line, character = 2 } }
  return { id = id, label = id, uri = place and uri or nil, range = place }
end
local function edge(from, to, label, strength)
  return { from = from, to = to, label = label, strength = strength or 'strong' }
end

for name, case in pairs({
  path = {
    nodes = { node('registry', 0), node('() => this.close()', 2), node('this') },
    edges = { edge('registry', '() => this.close()', 'held value'), edge('() => this.close()', 'this', 'captures') },
    drawn = { 'registry  a.js:1', '└─ held value ─▶ () => this.close()  a.js:3', '   └─ captures ─▶ this' },
  },
  weak_and_again = {
    nodes = { node('r'), node('t'), node('h') },
    edges = { edge('r', 't', 'target', 'weak'), edge('r', 'h', 'held'), edge('h', 't', '') },
    drawn = { 'r', '├┄ target ┄▶ t', '└─ held ─▶ h', '   └──▶ t  (above)' },
  },
  cycle = {
    nodes = { node('a'), node('b') },
    edges = { edge('a', 'b', 'x'), edge('b', 'a', 'y') },
    drawn = { 'a', '└─ x ─▶ b', '   └─ y ─▶ a  (above)' },
  },
  two_roots = {
    nodes = { node('a'), node('b'), node('c') },
    edges = { edge('a', 'c', 'x'), edge('b', 'c', 'y') },
    drawn = { 'a', '└─ x ─▶ c', 'b', '└─ y ─▶ c  (above)' },
  },
}) do
  t.equal((graph.draw(case)), case.drawn, name)
end

graph.show({ title = 'why', nodes = { node('a', 2) }, edges = {} }, 'utf-8')
t.equal(vim.api.nvim_win_get_config(0).relative, 'win')
t.equal(t.text(), { 'a  a.js:3' })
vim.api.nvim_feedkeys(vim.keycode('<CR>'), 'x', false)
t.equal(vim.fs.basename(vim.api.nvim_buf_get_name(0)), 'a.js')
t.equal(vim.api.nvim_win_get_cursor(0), { 3, 1 })
t.equal(#vim.api.nvim_list_wins(), 1)
