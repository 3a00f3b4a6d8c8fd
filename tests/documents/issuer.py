"""A process that issues invoices without end and says each number once it is committed; a test kills it.

python -m tests.documents.issuer <database url> <customer id>
"""

import sys

from flask import Flask
from flask_babel import Babel
from sqlalchemy import make_url

from extensions import db
from models import Customer
from services import database, tripwire
from tests.documents.support import make_issued
from tests.support.threads import write


def main(url: str, customer_id: int) -> None:
    app = Flask("issuer")
    app.config["SQLALCHEMY_DATABASE_URI"] = make_url(url)
    db.init_app(app)
    Babel(app)
    tripwire.install()
    with app.app_context():
        database.configure(db.engine)
    while True:
        no = write(
            app,
            lambda session: make_issued(session, "invoice", session.get_one(Customer, customer_id)).no,
        )
        print(no, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
