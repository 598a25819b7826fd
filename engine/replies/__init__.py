"""Handles what owners write: understands it, binds that to the message, signals and answers.

`replies` takes a message, and `interpreter` works out what it means. The interpreter asks
engine/chats which candidate is meant. `verdicts` weighs a verdict on one candidate, `several` on
more than one, `bare_words` a verdict that names none, `proposals` a text that might replace a
draft, and `reactions` a tapback. `requests` and `answers` decide nothing. `messages` lays an answer
out, `binding` makes it durable, and `topics` says which answers replace it. Other packages need
only `replies`.
"""
