-- User commands and autocommands. Everything else is loaded when it is first used.

if vim.g.loaded_jsleak then
  return
end
vim.g.loaded_jsleak = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify('jsleak needs Neovim 0.11 or newer.', vim.log.levels.WARN)
  return
end

local function command(name, method, options)
  vim.api.nvim_create_user_command(name, function(arguments)
    require('jsleak.commands')[method](arguments)
  end, options)
end

command('JsleakConfirm', 'confirm', { range = true, desc = 'Put the findings here to the test on a JavaScript engine' })
command('JsleakConfirmFile', 'confirm_file', { desc = 'Put every finding of this file to the test' })
command('JsleakRun', 'run', { desc = 'Run this file and report what leaks' })
command('JsleakGraph', 'graph', { desc = 'Show what keeps the object of this finding alive' })
command('JsleakCancel', 'cancel', { desc = 'Stop experiments and runs that are under way' })
command('JsleakRestart', 'restart', { desc = 'Restart the jsleak server' })
command('JsleakTrust', 'trust', { desc = 'Let jsleak run the code of this project, until Neovim ends' })
command('JsleakExplain', 'explain', {
  nargs = '?',
  desc = 'Show the page of a rule',
  complete = function(lead)
    return vim.tbl_filter(function(name)
      return vim.startswith(name, lead)
    end, require('jsleak.server').rules())
  end,
})

local group = vim.api.nvim_create_augroup('jsleak', {})
vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'jsleak' then
      require('jsleak.lenses').attach(client, event.buf)
    end
  end,
})
