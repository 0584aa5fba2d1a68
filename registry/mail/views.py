"""The outbox as administrators read it, and delivery after a request."""

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import actor_id, open_to
from registry.accounts.models import ADMINISTRATOR
from registry.audit.service import record
from registry.db import db
from registry.i18n import gettext as _
from registry.mail import service
from registry.mail.delivery import Postman
from registry.mail.service import POSTED
from registry.web import LANGUAGE_PREFIX, page_number

pages = Blueprint("mail", __name__)


def init_app(app: Flask) -> None:
    """Deliver after each request or command that wrote a mail, where a server is set."""
    settings = app.config["SETTINGS"]
    if settings.smtp_url is None:
        return
    postman = Postman(settings.smtp_url, settings.mail_from, settings.home)
    app.extensions["postman"] = postman

    @app.teardown_appcontext
    def deliver(_error: BaseException | None) -> None:
        if db.session.info.pop(POSTED, False):
            postman.wake(db.engine)


def _kept_here() -> bool:
    return current_app.config["SETTINGS"].smtp_url is None


@pages.get(f"{LANGUAGE_PREFIX}/mail")
@open_to(ADMINISTRATOR)
def outbox() -> str:
    """All mails, the last written first."""
    page = page_number()
    mails, count = service.list_mails(db.session, page)
    return render_template(
        "mail/outbox.html",
        mails=mails,
        count=count,
        page=page,
        per_page=service.PER_PAGE,
        kept_here=_kept_here(),
    )


@pages.get(f"{LANGUAGE_PREFIX}/mail/<int:mail_id>")
@open_to(ADMINISTRATOR)
def message(mail_id: int) -> str:
    """One mail. Its text may open an account, so it shows only where no server is set."""
    mail = service.get_mail(db.session, mail_id)
    record(db.session, actor_id(), "mail.read", "mail", mail.id)
    db.session.commit()
    return render_template("mail/message.html", mail=mail, kept_here=_kept_here())


@pages.post(f"{LANGUAGE_PREFIX}/mail/<int:mail_id>/retry")
@open_to(ADMINISTRATOR)
def retry(mail_id: int) -> BaseResponse:
    """Try once more what a server refused."""
    mail = service.get_mail(db.session, mail_id)
    if mail.sent_at is None:
        service.retry(db.session, actor_id(), mail)
        db.session.commit()
        flash(_("The mail waits to be sent again."), "success")
    return redirect(url_for("mail.outbox"))
