-- In a Vue component a finding stands in its script, behind markup, a tab and characters of two units; its fix leaves the rest alone.
local t = require('support')

t.open('figure.vue')
t.equal(vim.bo.filetype, 'vue')
local before = t.text()
local first = before[12]:find('registry.register(', 1, true)
local place = ('12:%d-12:%d '):format(first, #before[12])
t.expect({ place .. 'held-value-retains-target', place .. 'object-held-value' })

t.go(12, first)
local text = t.hover()
t.contains(text, 'held-value-retains-target')
t.contains(text, '(): void => release(this.handle)')

t.apply('Capture `handle` instead of `this`')
local after = vim.deepcopy(before)
after[12] = before[12]:gsub('this%.handle', 'handle')
t.becomes(t.text, after, 'the fix is applied')
t.expect({ ('12:%d-12:%d object-held-value'):format(first, #after[12]) })

-- What is typed into the script, behind the markup, arrives where it was typed.
vim.api.nvim_buf_set_text(0, 11, first - 1, 11, first - 1, { '"𝒴";\t' })
first = first + #'"𝒴";\t'
t.expect({ ('12:%d-12:%d object-held-value'):format(first, #t.text()[12]) })
