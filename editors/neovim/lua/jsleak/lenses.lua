-- Keeps the code lenses of jsleak drawn. Neovim 0.11 draws lenses only when it is told to, so they are asked for
-- whenever the server has published diagnostics: that is when an analysis, or an experiment, has ended.

local M = {}

---@param client vim.lsp.Client
---@param buffer integer
local function draw(client, buffer)
  if client:is_stopped() or not vim.api.nvim_buf_is_loaded(buffer) then
    return
  end
  -- Only this client is asked: whether the lenses of other servers are drawn is not for this plugin to say.
  client:request(
    'textDocument/codeLens',
    { textDocument = { uri = vim.uri_from_bufnr(buffer) } },
    vim.lsp.codelens.on_codelens,
    buffer
  )
end

---@param client vim.lsp.Client
---@param buffer integer
function M.attach(client, buffer)
  if not client:supports_method('textDocument/codeLens') then
    return
  end
  if vim.lsp.codelens.enable then -- Neovim 0.12 keeps them drawn by itself
    vim.lsp.codelens.enable(true, { bufnr = buffer, client_id = client.id })
    return
  end
  local group = vim.api.nvim_create_augroup(('jsleak.lenses.%d.%d'):format(client.id, buffer), {})
  vim.api.nvim_create_autocmd('DiagnosticChanged', {
    group = group,
    buffer = buffer,
    callback = function()
      draw(client, buffer)
    end,
  })
  vim.api.nvim_create_autocmd('LspDetach', {
    group = group,
    buffer = buffer,
    callback = function(event)
      if event.data.client_id == client.id then
        vim.api.nvim_del_augroup_by_id(group)
      end
    end,
  })
  draw(client, buffer)
end

return M
