"""Source text in, an ESTree program out; what the grammar of ECMA-262 says and nothing of what a program means."""
