"""The commands: a file a verb, each with `add_arguments(parser)` and `execute(arguments)` -> exit code."""
