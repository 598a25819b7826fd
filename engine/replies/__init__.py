"""What owners write: understood, bound to the message, signalled, answered.

The way in: `replies` takes a message. `interpreter` finds what it comes to, by `verdicts` (one candidate), `bare_words`
(no id) or `answers` (no verdict); these look in `open_prompts`, `known_senders` and `chat_memories`. `binding` and
`opt_outs` make it last. From outside nobody needs more than `replies`.
"""
