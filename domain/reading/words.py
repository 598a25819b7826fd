"""The words that the gateway understands, one table per language; a translator adds a `Language`.

Write a phrase in lower case, with its apostrophes and accents (owners can leave them out), and
without a full stop, comma or question mark. A phrase is matched exactly: no ending is cut off. The
order of phrases is the same in all languages (domain/reading/sentences.py): `[please] verb [it]
[please]`, `yes [to] 4821`.
"""

from dataclasses import dataclass

YES_EMOJI = ("👍", "✅", "✔", "☑")
NO_EMOJI = ("👎", "❌", "✖", "🚫", "⛔")
FINE_EMOJI = ("👌", "🆗", "💯")
CHEER = (
    *("🚀", "🎉", "✨", "💪", "🔥", "🙌", "👏", "😊", "🙂", "😀", "😃", "😄", "😁", "😍", "🤩", "😎", "🤝", "❤", "🥳"),
    *(":)", ":-)", ";)", ";-)", "=)", ":d", ":-d"),
)
"""What can follow a yes, and changes nothing."""


@dataclass(frozen=True)
class Language:
    """What owners send in one language; English is always understood too."""

    code: str

    approve: tuple[str, ...] = ()
    """Verbs and whole phrases that approve, by themselves or before `objects`."""
    approve_object: tuple[str, ...] = ()
    """Verbs that approve only before one of `objects` or a name."""
    approve_noun: tuple[str, ...] = ()
    """Verbs that are also nouns: "great post" and "post looks good" approve nothing, "great, post
    it" does."""
    skip: tuple[str, ...] = ()
    skip_object: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    """Words that say no, and that negate a verb after them without a comma: "never skip" skips
    nothing."""
    fine: tuple[str, ...] = ()
    """Acknowledgements: they approve only as an answer to the prompt itself."""
    poor: tuple[str, ...] = ()
    """Their opposite. Some are single letters, because they are never bare words."""

    edit: tuple[str, ...] = ()
    """Verbs that precede the new text, with a colon or a number."""
    change: tuple[str, ...] = ()
    """Like `edit`, except that the new text must follow one of `into` or `naming`: "change it to:
    …"."""
    into: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    """Phrases that announce the new text."""
    redo: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    """What the instructions have in place of the new text, or of a note."""
    instructions: tuple[str, ...] = ()
    """Beginnings of texts that say what to change, and are not the new text."""
    changes: tuple[str, ...] = ()
    """Beginnings of short texts that say what to change, after a number without a colon."""
    wishes: tuple[str, ...] = ()
    """Beginnings of messages that say what to change, and are not commands."""
    wishes_after_asking: tuple[str, ...] = ()
    """Beginnings of wishes that need one of `asking` before them: "can you add a link?"."""
    asking: tuple[str, ...] = ()

    please: tuple[str, ...] = ()
    thanks: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    """Words that can precede a verdict, and change nothing."""
    before_verb: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    """Words that can follow a verdict, and change nothing."""
    unchanged: tuple[str, ...] = ()
    """Words that can follow only an approval, and change nothing."""
    objects: tuple[str, ...] = ()
    everything: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Phrases that name a draft by its place. Only numbers name a draft, so they decide nothing."""
    naming: tuple[str, ...] = ()
    """Words that can precede a number or id."""
    conjunctions: tuple[str, ...] = ()

    regret: tuple[str, ...] = ()
    stands: tuple[str, ...] = ()
    """Questions about a draft's state; its number follows."""
    asks_whether_posted: tuple[str, ...] = ()
    """Questions about the last draft's state."""
    help: tuple[str, ...] = ()
    list_open: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    hedges: tuple[str, ...] = ()
    """Beginnings of messages that are neither yes nor no."""
    later: tuple[str, ...] = ()
    """Beginnings of messages that put the answer off."""
    noted: tuple[str, ...] = ()
    """Verbs whose number a note can follow without a colon. "pass" is not among them, because "pass
    4821 to legal" rejects nothing."""
    conditions: tuple[str, ...] = ()
    """Words that turn what follows a verdict into a condition or another verdict, so that it is not
    a note."""
    suggested: tuple[str, ...] = ()
    """Words that an unknown word might be a misspelling of; a misspelling decides nothing."""

    not_english: tuple[str, ...] = ()
    """English phrases with another meaning in this language, such as *no* in Polish and Czech."""


def _each(*columns: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the phrases that take one part from each column."""
    phrases = [""]
    for column in columns:
        phrases = [f"{phrase} {part}".strip() for phrase in phrases for part in column]
    return tuple(phrases)


_NOUNS = ("post", "reply", "draft", "comment", "tweet", "text", "message", "response", "answer", "version", "one")
_THIS = ("it", "this", "that")
_GOOD = ("ok", "okay", "fine", "good", "great", "perfect", "nice", "right")
_CHANGES = ("remove", "add", "fix", "delete", "drop", "cut", "translate", "use", "mention", "say", "make", "change")
_WISHES = (
    *("make it", "make this", "make that", "remove the", "remove that", "take out", "drop the", "change the"),
    *("shorten", "rephrase", "rewrite", "reword", "shorter", "longer", "no emoji", "no emojis", "no hashtag"),
    *("no hashtags", "without the"),
)
_NOT = ("don't", "do not", "let's not", "please do not")

ENGLISH = Language(
    code="en",
    approve=(
        *("approve", "approved", "i approve", "accept", "accepted", "i accept", "confirm", "confirmed", "i confirm"),
        *("ok post", "okay post", "publish", "authorize", "authorise", "authorized", "authorised", "aprove"),
        *("aproved", "approuve", "approuved", "approvd", "approv", "aproove", "approove", "aprrove", "apporve"),
        *(
            "appove",
            "appoved",
            "lgtm",
            "do post",
            "approved to post",
            "approved for posting",
            "ok to send",
            "okay to send",
        ),
        *("it's approved", "this is approved", "consider it approved", "you have my approval", "approval granted"),
        *_each(("please do",), _THIS),
        *_each(("ship", "send", "push", "tweet", "share", "submit", "run", "release", "do"), _THIS),
        *_each(("ship", "send", "push", "share", "do"), ("this one", "that one")),
        *_each(("send", "put", "push", "ship"), _THIS, ("out", "live", "through")),
        *("use it", "go ahead", "go for it", "go live", "go with it", "make it so", "make it happen"),
        *("proceed", "green light", "greenlight", "greenlit", "good to go", "it's good to go", "good to post"),
        *_each(("ok", "okay", "fine", "happy", "ready", "safe", "clear"), ("to post", "to publish")),
        *("ok to go", "ready to go", "clear to go"),
        *("we are good to go", "we're good to go", "let's do it", "let's do this", "let's go with it"),
        *("happy for you to post", "all good to go", "looks good to go", "looks good to post"),
    ),
    approve_object=(
        *("ship", "push", "tweet", "share", "submit", "go with", "go ahead with", "go live with"),
        *("proceed with", "run with"),
    ),
    approve_noun=("post",),
    skip=(
        *("skip", "skipped", "reject", "rejected", "i reject", "decline", "declined", "i decline"),
        *("discard", "dismiss"),
        *("pass", "i pass", "i'll pass", "hard pass", "let's pass", "refuse", "veto", "disapprove", "disapproved"),
        *_each(_NOT, ("post", "publish", "send", "share", "use", "tweet")),
        *(*_NOT, "don't do it", "do not do it", "not approved", "not this one", "not this"),
        *("no go", "no-go", "deny", "denied", "leave it out", "leave this out", "leave this one out"),
        *("not posting this", "not posting this one", "not posting it", "not posting"),
    ),
    skip_object=(
        *("scrap", "kill", "bin", "trash", "nix", "axe", "ditch", "dump", "junk", "ignore", "delete", "forget"),
        *("pass on", "get rid of", "say no to"),
    ),
    yes=(
        *("yes", "yep", "yup", "yeah", "yea", "yeh", "yah", "ya", "ye", "yas", "yess", "yepp", "yip", "aye"),
        *("sure", "sure thing", "for sure", "of course", "absolutely", "definitely", "certainly", "affirmative"),
        *("yes sir", "yessir", "yes indeed", "oh yes", "hell yes", "hell yeah", "heck yes", "please do"),
        *("by all means", "thumbs up", "thumbs-up", "+1", "uh huh"),
        *("uh-huh", "it's a yes", "that's a yes", "a yes"),
    ),
    no=(
        *("no", "nope", "nah", "naw", "nop", "noo", "nay", "no sir", "negative", "hell no", "heck no"),
        *("thumbs down", "thumbs-down", "it's a no", "that's a no", "no from me"),
    ),
    never=(
        *("never", "no way", "absolutely not", "definitely not", "certainly not", "of course not"),
        *("rather not", "i'd rather not"),
    ),
    fine=(
        *("ok", "okay", "okey", "okie", "oki", "okk", "okie dokie", "okey dokey", "k", "kk", "y"),
        *("alright", "all right"),
        *("fine", "good", "great", "perfect", "nice", "cool", "awesome", "excellent", "wonderful", "amazing"),
        *("brilliant", "fantastic", "lovely", "beautiful", "super", "correct", "agreed", "i agree", "dale", "vale"),
        *_each(("looks", "it looks", "this looks", "that looks"), _GOOD),
        *_each(("sounds", "it sounds", "this sounds"), ("good", "great")),
        *_each(("it's", "that's", "this is", "this one is"), _GOOD),
        *_each(("fine", "ok", "okay", "good"), ("by me", "with me", "for me")),
        *_each(("i'm ok", "i'm okay", "i'm fine", "i'm good", "i'm happy", "happy"), ("with",), _THIS),
        *("all good", "all fine", "all ok", "very good", "very nice", "so good", "good one", "nice one", "great one"),
        *("looks good to me", "works for me", "that works", "this works", "it works", "love it"),
        *("love this", "i love it"),
        *("like it", "i like it", "i like this", "good enough", "no objections", "no objection", "let's go"),
        *("no changes", "no edits", "no changes needed", "no edits needed"),
    ),
    poor=(
        *("n", "bad", "terrible", "awful", "not good", "not great", "not ok", "not okay", "not fine", "no good"),
        *("don't like it", "don't like this", "i don't like it", "i don't like this", "hate it", "i hate it"),
        *("not a fan", "not for us", "not for me", "not interested"),
    ),
    edit=(
        *("edit", "let me edit", "i want to edit", "i'd like to edit", "i would like to edit", "i need to edit"),
        *("can i edit", "i'll edit", "how do i edit", "how can i edit", "✏", "📝"),
    ),
    change=(
        *("change", "modify", "update", "amend", "adjust", "tweak", "fix", "replace", "let me change"),
        *("i want to change", "i'd like to change", "i would like to change", "i need to change", "can i change"),
        *("let me fix", "how do i change", "how can i change"),
    ),
    into=("with", "by", "into", "to say", "so it says", "as follows", "like this", "like so"),
    instead=(
        *_each(("post", "publish", "use", "send", "say", "write"), ("instead", "this instead")),
        *("instead", "this instead", "new text", "my text", "my version", "new version", "my edit"),
    ),
    redo=(
        *("redo", "rewrite", "rephrase", "reword", "redraft", "revise", "regenerate", "retry", "try again", "again"),
        *("do it again", "do it over", "do over", "start over", "another one", "another version", "new one"),
    ),
    placeholders=("your text", "<your text>", "[your text]", "(your text)", "what to change"),
    instructions=(
        *_WISHES,
        *("please make", "please remove", "please change", "please shorten", "leave out", "less", "be", "to be"),
        *("so that", "and", "but", "it to", "the last", "the first", "the second"),
    ),
    changes=(
        *_CHANGES,
        *("correct", "replace", "can you", "could you", "please", "too", "more", "less", "no", "not", "without"),
    ),
    wishes=(
        *_WISHES,
        *("too", "it's too", "is too", "it is too", "a bit", "a little", "less formal", "more formal"),
        *("more casual", "more friendly", "friendlier", "nicer", "simpler"),
    ),
    wishes_after_asking=(*_CHANGES, "correct", "replace"),
    asking=(
        *_each(("can", "could", "would"), ("you", "we"), ("", "please")),
        *("i want you to", "i'd like you to"),
    ),
    please=("please", "pls", "plz", "plse", "kindly"),
    thanks=(
        *("thanks", "thank you", "thank u", "thx", "thnx", "tnx", "ty", "tysm", "cheers", "many thanks", "🙏"),
        *("thanks a lot", "thanks so much", "thank you so much", "thank you very much", "thanks again", "thanks all"),
        *("much appreciated", "appreciated", "appreciate it", "i appreciate it", "thanks for that"),
    ),
    before=("actually", "well", "oh", "hi", "hey", "hello", "sorry", "i say", "i'd say"),
    before_verb=("just", "let's", "go ahead and", "you can", "you may", "we can", "feel free to"),
    after=(
        *("now", "right now", "right away", "asap", "immediately", "then"),
        *("too", "as well", "also", "for me", "from me"),
        *("mate", "man", "boss", "bro", "buddy", "dude", "sir"),
    ),
    unchanged=("as is", "as it is", "as written", "unchanged", "without changes"),
    objects=(*_THIS, *_each(("the", "this", "that", "your"), _NOUNS)),
    everything=(
        *("all", "everything", "all of them", "all of these", "all of those", "all of it", "them all", "them", "both"),
        *("both of them", "them both", "the lot", "these", "those"),
        *("all posts", "all drafts", "all the posts", "all the drafts"),
    ),
    places=(
        *_each(("the", ""), ("first", "second", "third", "last", "other", "top", "bottom"), ("", "one")),
        "the others",
    ),
    naming=("to", "for", "on", "number", "nr", "num", "id", "candidate", "draft", "reply", "option"),
    conjunctions=("and", "&", "+", "plus", "and also", "as well as"),
    regret=(
        *("undo", "undo it", "undo that", "undo this", "wait", "wait no", "no wait", "wait wait", "oops", "whoops"),
        *("oh no", "not that one", "wrong one", "the wrong one", "that was the wrong one", "i take it back"),
        *("take it back", "take that back", "hold on", "hang on", "mistake", "my mistake", "that was a mistake"),
        *("i changed my mind", "changed my mind", "change of mind", "i didn't mean that", "didn't mean that"),
        *("not what i meant", "i meant the other one", "revert", "revert it", "revert that", "cancel that"),
        *("cancel it", "take it down", "never mind", "nevermind", "nvm", "strike that", "unapprove", "unapprove it"),
        *("ignore that", "forget that", "scrap that", "delete that"),
        *_each(("i meant", "i meant to say"), ("yes", "no", "approve", "post", "post it", "skip", "skip it", "edit")),
    ),
    stands=(
        *("what happened to", "what happened with", "what became of", "what about", "and what about", "what's with"),
        *("what's up with", "what is with", "status of", "what's the status of", "what is the status of"),
    ),
    asks_whether_posted=(
        *_each(("did you post", "have you posted"), _THIS),
        *_each(("did", "has"), _THIS, ("go out", "gone out", "get posted", "been posted")),
        *_each(("is", "was"), _THIS, ("posted", "out", "live", "up"), ("", "yet")),
    ),
    help=(
        *("help", "help me", "commands", "options", "menu", "instructions", "how", "how does this work", "huh", "❓"),
        *("how do i approve", "how do i answer", "how do i reply", "how do i skip", "what do i do", "what can i do"),
        *("what can i say", "what can i send", "what should i send", "what now", "what", "what is this", "who is this"),
        *("who are you", "i need help"),
    ),
    list_open=(
        *("list", "status", "open", "pending", "queue", "waiting", "overview", "what's open", "what is open"),
        *("what's pending", "what is pending", "what's waiting", "what's left", "anything open", "anything left"),
        *("anything pending", "anything else", "show open", "show list", "show the list", "list all", "list open"),
        *("which", "which one", "which ones", "what else", "how many", "how many are open"),
    ),
    show=(
        *("more", "show", "show me", "show more", "see more", "read more", "show all", "see all", "read all", "read"),
        *("view", "see", "full", "full text", "show full", "whole", "whole text", "the whole text", "details"),
        *("show again", "show it again", "send again", "send it again", "repeat", "show me again"),
        *("show me the whole text", "see the whole text", "the rest"),
    ),
    hedges=(
        *("but", "only if", "only", "except", "unless", "maybe", "perhaps", "probably", "depends", "it depends"),
        *("not sure", "not quite", "not really", "not like this", "not this way", "not without"),
        *("hmm", "hm", "idk", "i don't know", "dunno", "i'm not sure", "undecided"),
        *("make it", "make this", "shorter", "longer", "too long", "too short", "too salesy", "too formal", "almost"),
        *("got it", "noted", "understood", "seen", "will do", "why", "leave it", "keep it", "none", "neither"),
    ),
    later=(
        *(
            "not yet",
            "yet",
            "not now",
            "not today",
            "not until",
            "not before",
            "later",
            "later today",
            "tomorrow",
            "tonight",
        ),
        *("today", "soon", "in a bit", "in a minute", "in an hour", "in half an hour", "this evening", "next week"),
        *("one sec", "one second", "one moment", "one minute", "just a sec", "just a second", "just a moment"),
        *("just a minute", "a moment", "give me a minute", "give me a sec", "give me a moment", "give me five minutes"),
        *("give me an hour", "wait a sec", "wait a second", "wait a minute", "wait a moment", "wait a bit", "wait for"),
        *("hold on a sec", "hold on a minute", "hang on a sec", "hang on a minute", "wait until", "wait till"),
        *("hold", "hold it", "hold off", "let me think", "let me check", "let me see", "snooze", "postpone", "delay"),
        *("remind me", "please remind me", "remind me again", "ask me later", "ask me again", "ask again", "ask later"),
        *("can you remind me", "could you remind me", "schedule it", "schedule this", "schedule for"),
    ),
    noted=("skip", "skipped", "reject", "rejected", *NO_EMOJI),
    conditions=(
        *("if", "only", "unless", "until", "till", "but", "or", "except", "maybe", "perhaps", "probably", "depends"),
        *("depending", "when", "once", "instead", "for now", "otherwise", "not sure"),
        *("before", "after", "without", "keep", "leave it", "this week", "a day"),
    ),
    suggested=(
        *("approve", "approved", "publish", "confirm", "yes", "yeah"),
        *("skip", "skipped", "reject", "rejected", "decline", "nope", "edit"),
    ),
)
