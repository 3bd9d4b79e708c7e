"""What can be run: the tables of servers and loads, what they need, and how a row's commands and files come about."""
