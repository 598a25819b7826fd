"""What owners write: understood, bound to the message, signalled, answered.

The way in: `replies` takes a message, and `interpreter` finds what it comes to. It asks engine/chats which candidate is
meant. `verdicts` weighs a verdict on one, `several` on more than one, `bare_words` a word that names none, `proposals`
a text that may be meant in place of a draft, and `reactions` a tapback. `requests` and `answers` decide nothing.
`messages` lays an answer out, `binding` makes it last, and `topics` says what makes it superfluous. From outside nobody
needs more than `replies`.
"""
