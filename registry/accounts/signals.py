"""What this feature announces to those that know it."""

from blinker import Signal

# Sent by the user with `action`, an action of the trail, in the transaction that changes them.
account_changed = Signal()
