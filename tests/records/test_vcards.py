"""A contact as a vCard: for address books, with every sign in its place (X3, U-I6)."""

from sqlalchemy.orm import Session

from tests.privacy.support import Do
from tests.support import factories as make
from tests.support.client import Client


def unfolded(text: str) -> list[str]:
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    return text.replace("\r\n ", "").split("\r\n")


def test_a_person_of_a_company(do: Do, client: Client) -> None:
    """X3, U-I6: name parts, company, telephones, addresses; neither notes nor birth date; a harmless file name."""

    def person(session: Session) -> int:
        company = make.make_contact(session, "Côté; Fils, & Cie \\ Ltée " + "é" * 60, phone="514 555-0100")
        return make.make_person(
            session, "Marie Anne Côté", company, no='CT "1"/..', title="Mme", job_title="Acheteuse, chef",
            mobile="+1 514 555-0199", email="marie@example.com", email2="m2@example.com", address="1; rue",
            city="Québec", region="QC", post_code="G1A 1A1", country="CA", notes="secret", website="https://example.com/;a",
        ).id  # fmt: skip

    url = f"/contacts/{do(person)}"
    assert f"{url}.vcf" in client.page(url).links
    response = client.get(f"{url}.vcf")
    assert response.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="contact-CT-1-.vcf"'
    lines = unfolded(response.get_data(as_text=True))
    assert lines[:2] == ["BEGIN:VCARD", "VERSION:3.0"] and lines[-2:] == ["END:VCARD", ""]
    for line in (
        "N:Côté;Marie;Anne;Mme;",
        "FN:Marie Anne Côté",
        "ORG:Côté\\; Fils\\, & Cie \\\\ Ltée " + "é" * 60,
        "TITLE:Acheteuse\\, chef",
        "TEL;TYPE=WORK,VOICE:514 555-0100",
        "TEL;TYPE=CELL,VOICE:+1 514 555-0199",
        "EMAIL;TYPE=INTERNET,PREF:marie@example.com",
        "EMAIL;TYPE=INTERNET:m2@example.com",
        "ADR;TYPE=WORK:;;1\\; rue;Québec;QC;G1A 1A1;Canada",
        "URL:https://example.com/;a",
    ):
        assert line in lines, line
    assert "secret" not in response.get_data(as_text=True)


def test_a_company_is_an_organisation(do: Do, reader: Client) -> None:
    """X3: who may see the card may take it; what is empty has no line."""
    made = do(lambda session: make.make_contact(session, "Garage Roy"))
    lines = unfolded(reader.get(f"/contacts/{made.id}.vcf").get_data(as_text=True))
    assert {"N:;;;;", "FN:Garage Roy", "ORG:Garage Roy"} < set(lines)
    assert not [line for line in lines if line.startswith(("TEL", "EMAIL", "ADR", "TITLE", "URL"))]
    assert reader.get("/contacts/999999.vcf").status_code == 404
