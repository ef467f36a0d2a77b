-- The configuration that `vim.lsp.enable('jsleak')` starts. `vim.lsp.config('jsleak', { … })` overrides any part of it.

---@type vim.lsp.Config
return {
  -- A function, because which server it is depends on the project: its own virtual environment comes before PATH.
  cmd = function(dispatchers, config)
    local root = config and config.root_dir or nil
    return vim.lsp.rpc.start(require('jsleak.server').command(root), dispatchers, { cwd = root })
  end,
  filetypes = require('jsleak.server').filetypes,
  root_markers = { 'jsleak.toml', 'package.json', '.git' },
  settings = { jsleak = vim.empty_dict() },
  -- Pages are shown by this plugin, whoever asks for them; the server would open their files in the current window besides.
  capabilities = { window = { showDocument = { support = false } } },
  before_init = function(params, config)
    require('jsleak.trust').apply(config)
    -- Settings are not repeated here: the server asks for them, and these would outlive a later change.
    params.initializationOptions = vim.tbl_deep_extend('force', params.initializationOptions or {}, {
      capabilities = { showGraph = true },
    })
  end,
  -- Lenses and code actions name these commands. Run here they show what comes back; the server would only send it.
  commands = require('jsleak.commands').of_client,
}
