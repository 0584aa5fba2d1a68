"""What pages and files say of a list's stored values."""

from registry.i18n import mark

STATUS_WORDS = {
    "considered": mark("considered"),
    "shortlisted": mark("shortlisted"),
    "reserve": mark("in reserve"),
    "rejected": mark("rejected"),
}
# How a status looks as a chip: its sign stands beside the word, never colour alone.
STATUS_CHIPS = {
    "considered": "ask", "shortlisted": "pass", "reserve": "same", "rejected": "fail",
}  # fmt: skip
REASON_WORDS = {
    "capacity": mark("too little capacity, or too late"),
    "requirements": mark("requirements not met"),
    "unsuitable": mark("product does not fit the need"),
    "ownership": mark("ownership or control"),
    "no reply": mark("no reply, or not interested"),
    "other": mark("another reason"),
}
ROLE_WORDS = {"owner": mark("owner"), "editor": mark("editor"), "reader": mark("reader")}
OUTCOME_WORDS = {
    "awarded": mark("awarded"),
    "none suitable": mark("no firm was suitable"),
    "cancelled": mark("the need was cancelled"),
}
MOVE_WORDS = {
    "new": mark("new"),
    "gone": mark("gone"),
    "rose": mark("rose"),
    "fell": mark("fell"),
    "same": mark("same place"),
}
MOVE_CHIPS = {"new": "new", "gone": "ask", "rose": "pass", "fell": "fail", "same": "same"}
