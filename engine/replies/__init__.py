"""What owners write: understood, bound to the message, signalled, answered.

The way in: `replies` takes a message. `interpreter` finds what it comes to. engine/chats/targets finds the candidate that
is meant; `verdicts` weighs a verdict on it, `several` on more than one, `bare_words` one that names none, `proposals` a
text that may be meant in place of a draft, and `thumbs` a tapback. `requests` and `answers` decide nothing. They look
into engine/chats. `messages` lays an answer out, and `binding` makes it last. From outside nobody needs more than
`replies`.
"""
