"""Why an e-mail reached nobody, in words."""

from flask_babel import lazy_gettext as _l

from services.errors import Sentence

PROBLEMS: dict[str, Sentence] = {
    "unknown_host": _l("No mail server of that name is known. Check its name in Settings › Mail."),
    "refused": _l("The mail server does not take connections. Check its name and port in Settings › Mail."),
    "timeout": _l("The mail server did not answer in time."),
    "certificate": _l("The mail server's certificate is not valid for its name, so nothing was sent."),
    "encryption": _l("The mail server offers no usable encryption. Check the settings in Settings › Mail."),
    "login": _l("The mail server refused the user name or the password."),
    "lost": _l("The connection to the mail server was lost."),
    "answer": _l("The mail server refused the message for now."),
    "too_late": _l("It was of no use any more: what it says was good for a short time only."),
    "blocked": _l("The person was blocked for privacy before it was sent, so it was not."),
    "incident": _l("Something went wrong in Carnet. Tell your administrator the number that follows."),
    "other": _l("The mail server could not be spoken with."),
}


def problem(stored: str) -> str:
    """Why the last attempt reached nobody, in a sentence; behind it what the server said."""
    word, _space, said = stored.partition(" ")
    if not word:
        return ""
    sentence = PROBLEMS.get(word, PROBLEMS["other"])
    return f"{sentence} {said}".strip()
