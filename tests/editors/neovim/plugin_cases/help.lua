-- The help file has valid tags, and every command and every link of ours has one.
local t = require('support')

local folder = vim.fs.joinpath(vim.fn.getcwd(), 'help')
vim.fn.mkdir(vim.fs.joinpath(folder, 'doc'), 'p')
local source = vim.api.nvim_get_runtime_file('doc/jsleak.txt', false)[1]
assert(vim.uv.fs_copyfile(source, vim.fs.joinpath(folder, 'doc', 'jsleak.txt')))
vim.cmd.helptags(vim.fs.joinpath(folder, 'doc'))
vim.opt.runtimepath:prepend(folder)

local commands = vim.tbl_filter(function(name)
  return vim.startswith(name, 'Jsleak')
end, vim.tbl_keys(vim.api.nvim_get_commands({})))
t.equal(#commands, 8)
for _, name in ipairs(commands) do
  vim.cmd.help(':' .. name)
  t.contains(vim.api.nvim_get_current_line(), '*:' .. name .. '*')
end

vim.cmd.help('jsleak')
t.equal(vim.fs.basename(vim.api.nvim_buf_get_name(0)), 'jsleak.txt')
local text = table.concat(t.text(), '\n')
for link in text:gmatch('|(%S-)|') do
  local found, failure = pcall(vim.cmd.help, link)
  assert(found, ('|%s|: %s'):format(link, failure))
end
for _, line in ipairs(vim.fn.readfile(source)) do
  assert(vim.fn.strdisplaywidth(line) <= 80, 'too long: ' .. line)
end
