"""What can go wrong has a status and a sentence."""

import pytest

from services import errors


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.Invalid({"email": "Enter an e-mail address"}), 422),
        (errors.Conflict([errors.ConflictField("phone", "1", "2")]), 409),
        (errors.Refused("This contact has a customer already."), 409),
        (errors.AlreadyLinked("This contact has a customer already."), 409),
        (errors.MissingSetting("Set the relation code for customers first."), 409),
        (errors.Exhausted("The series CT has no number left."), 409),
        (errors.InUse("Other cards use these terms."), 409),
        (errors.NotFound(), 404),
        (errors.Stale(), 409),
        (errors.TooOften(30), 429),
        (errors.Busy(), 503),
    ],
)
def test_every_error_has_a_status_and_a_sentence(error, status):
    assert error.status == status
    assert str(error) == str(error.message) != ""


def test_invalid_keeps_every_sentence_of_a_field():
    error = errors.Invalid({"email": "Enter one.", "phone": ["Enter digits.", "Shorten it."]})
    assert error.errors == {"email": ["Enter one."], "phone": ["Enter digits.", "Shorten it."]}


def test_a_refusal_names_the_records_in_the_way_and_where_to_go():
    error = errors.AlreadyLinked(
        "…", record="C1", records=["C2"], link=("settings.relations", "Relation codes")
    )
    assert error.record == "C1" and error.records == ["C1", "C2"]
    assert error.link == ("settings.relations", "Relation codes")
    assert errors.Refused("…").record is None
