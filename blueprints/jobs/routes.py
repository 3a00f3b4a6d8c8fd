"""Jobs: the list, one with its progress, stopping and resuming."""

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask_login import current_user

from blueprints.common import htmx, progress
from blueprints.common.access import access
from blueprints.jobs import blueprint
from extensions import db
from models import Job
from services import jobs


@blueprint.get("")
@access("jobs")
def index() -> Any:
    found = [progress.shown(job) for job in jobs.visible_to(db.session(), current_user)]
    return render_template("jobs/list.html", jobs=found)


@blueprint.get("/<int:id>")
@access("jobs")
def show(id: int) -> Any:
    shown = progress.shown(_the_job(id))
    if not htmx.is_partial():
        return render_template("jobs/job.html", **shown)
    response = make_response(render_template("jobs/_progress.html", **shown))
    if shown["job"].state == "done" and shown["announce"] is None and shown["subject"]:
        # The end was told on the last round: now the page with the result.
        response.headers["HX-Redirect"] = shown["subject"]
    return response


@blueprint.post("/<int:id>/stop")
@access("jobs")
def stop(id: int) -> Any:
    job = _the_job(id)
    jobs.request_stop(job)
    return _back(job)


@blueprint.post("/<int:id>/resume")
@access("jobs")
def resume(id: int) -> Any:
    job = _the_job(id)
    jobs.resume(job)
    return _back(job)


def _the_job(id: int) -> Job:
    return jobs.get_visible(db.session(), current_user, id)


def _back(job: Job) -> Any:
    subject = progress.shown(job)["subject"] if request.form.get("from") == "subject" else None
    return redirect(subject or url_for("jobs.show", id=job.id), 303)
