"""What Flask-Security says, in our words; they are translated in our own catalogue.

Its French is that of France ("email", "token"), and some of its English speaks to programmers.
"""

from registry.i18n import mark

# Flask-Security's key of a message: (words, kind of notice).
MESSAGES = {
    "GENERIC_AUTHN_FAILED": (
        mark("The e-mail address or the password is not right. Check both and try again."),
        "error",
    ),
    "UNAUTHENTICATED": (mark("Sign in to see this page."), "error"),
    "UNAUTHORIZED": (
        mark("This page is for other roles. Sign in with an account that may see it."),
        "error",
    ),
    "REAUTHENTICATION_REQUIRED": (
        mark("Before this change, show once more that it is you."),
        "error",
    ),
    "REAUTHENTICATION_SUCCESSFUL": (mark("Thank you. Go on."), "success"),
    "CONFIRM_REGISTRATION": (
        mark(
            "We have written to %(email)s. Open the link in that message to confirm the address; "
            "then you can sign in."
        ),
        "success",
    ),
    "EMAIL_CONFIRMED": (mark("Your address is confirmed. You can now sign in."), "success"),
    "ALREADY_CONFIRMED": (mark("This address is confirmed already. You can sign in."), "info"),
    "INVALID_CONFIRMATION_TOKEN": (
        mark("This link is not valid. Ask for a new one below."),
        "error",
    ),
    "CONFIRMATION_EXPIRED": (
        mark("This link was good for %(within)s only. Ask for a new one below."),
        "error",
    ),
    "CONFIRMATION_REQUEST": (
        mark("If %(email)s has an account to confirm, we have written to it."),
        "success",
    ),
    "PASSWORD_RESET_REQUEST": (
        mark("If %(email)s has an account, we have written to it how to choose a new password."),
        "success",
    ),
    "PASSWORD_RESET_EXPIRED": (
        mark("This link was good for %(within)s only. Ask for a new one below."),
        "error",
    ),
    "INVALID_RESET_PASSWORD_TOKEN": (
        mark("This link is not valid, or was used already. Ask for a new one below."),
        "error",
    ),
    "PASSWORD_RESET_NO_LOGIN": (
        mark("Your password is changed, and every session has ended. Sign in with the new one."),
        "success",
    ),
    "PASSWORD_CHANGE": (
        mark("Your password is changed. Your sessions on other devices have ended."),
        "success",
    ),
    "PASSWORD_IS_THE_SAME": (mark("The new password must differ from the old one."), "error"),
    "PASSWORD_INVALID_LENGTH": (
        mark("Choose a password of %(length)s characters or more."),
        "error",
    ),
    "PASSWORD_NOT_PROVIDED": (mark("Enter a password."), "error"),
    "INVALID_PASSWORD": (mark("This is not your password."), "error"),
    "RETYPE_PASSWORD_MISMATCH": (mark("The two passwords differ."), "error"),
    "EMAIL_NOT_PROVIDED": (mark("Enter an e-mail address."), "error"),
    "INVALID_EMAIL_ADDRESS": (
        mark("This is not an e-mail address. Write it like name@example.ca."),
        "error",
    ),
    "INVALID_REDIRECT": (
        mark("After signing in, Cadence leads only to its own pages."),
        "error",
    ),
    "ANONYMOUS_USER_REQUIRED": (mark("You are signed in already."), "info"),
    "API_ERROR": (mark("That could not be understood. Start again."), "error"),
    "TWO_FACTOR_INVALID_TOKEN": (
        mark("This code is not right, or has expired. Enter the one that your app shows now."),
        "error",
    ),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (mark("You are signed in."), "success"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (
        mark("The second factor is set up. Keep recovery codes too, in case you lose your device."),
        "success",
    ),
    "TWO_FACTOR_PERMISSION_DENIED": (mark("Start signing in again."), "error"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (mark("Choose one of the ways shown."), "error"),
    "TWO_FACTOR_DISABLED": (
        mark("Signing in no longer asks for a code. A password alone protects your account."),
        "success",
    ),
    "TWO_FACTOR_SETUP_EXPIRED": (
        mark("The set-up must be finished within %(within)s. Start again."),
        "error",
    ),
    "INVALID_RECOVERY_CODE": (
        mark("This is not one of your recovery codes, or it was used already."),
        "error",
    ),
    "NO_RECOVERY_CODES_SETUP": (mark("You have no recovery codes yet."), "info"),
    "WEBAUTHN_EXPIRED": (
        mark("A passkey must be used within %(within)s. Start again."),
        "error",
    ),
    "WEBAUTHN_NAME_REQUIRED": (mark("Give the passkey a name."), "error"),
    "WEBAUTHN_NAME_INUSE": (mark("You have a passkey named %(name)s already."), "error"),
    "WEBAUTHN_NAME_NOT_FOUND": (mark("You have no passkey named %(name)s."), "error"),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (
        mark("Use only letters, digits, spaces and hyphens in the name."),
        "error",
    ),
    "INVALID_INPUT": (mark("This cannot stand here. Change it and try again."), "error"),
    "INVALID_INPUT_LENGTH": (mark("Write at most %(length)s characters."), "error"),
    "WEBAUTHN_CREDENTIAL_DELETED": (mark("The passkey %(name)s is removed."), "success"),
    "WEBAUTHN_REGISTER_SUCCESSFUL": (
        mark("The passkey %(name)s is added. You can sign in with it."),
        "success",
    ),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": (mark("This passkey is in use already."), "error"),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": (mark("No account knows this passkey."), "error"),
    "WEBAUTHN_NO_VERIFY": (
        # What went wrong inside is for the log, not for the person.
        mark("The passkey could not be checked. Try again, or sign in another way."),
        "error",
    ),
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": (mark("This passkey cannot be used here."), "error"),
    "WEBAUTHN_MISMATCH_USER_HANDLE": (mark("This passkey belongs to another account."), "error"),
    "DISABLED_ACCOUNT": (mark("This account is suspended. Write to an administrator."), "error"),
}
