-- Which folders are trusted, by vim.g.jsleak_trusted.
local t = require('support')
local trust = require('jsleak.trust')

local here = vim.fn.getcwd()
vim.fn.mkdir('inside/deep', 'p')
vim.fn.mkdir('inside-not', 'p')
assert(vim.uv.fs_symlink(here .. '/inside', here .. '/link'))

for _, row in ipairs({
  -- trusted, folder, expected
  { nil, here, false },
  { {}, here, false },
  { { here }, here, true },
  { { here .. '/' }, here, true },
  { { here .. '/inside' }, here .. '/inside/deep', true },
  { { here .. '/inside' }, here .. '/inside-not', false },
  { { here .. '/inside/deep' }, here .. '/inside', false },
  { { here .. '/link' }, here .. '/inside/deep', true },
  { { here .. '/inside' }, here .. '/link/deep', true },
  { { '/nowhere', here }, here, true },
  { { '/' }, here, true },
  { { '~' }, vim.env.HOME .. '/src', true },
  { { here }, nil, false },
}) do
  vim.g.jsleak_trusted = row[1]
  t.equal(trust.names(row[2]), row[3], vim.inspect(row))
end

for _, row in ipairs({
  -- trust in the settings, trusted folders, expected
  { nil, { here }, true },
  { nil, {}, nil },
  { true, {}, true },
  { false, { here }, false },
}) do
  vim.g.jsleak_trusted = row[2]
  local config = { root_dir = here, settings = { jsleak = { trust = row[1] } } }
  trust.apply(config)
  t.equal(config.settings.jsleak.trust, row[3], vim.inspect(row))
end
