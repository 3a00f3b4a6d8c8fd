"""A process that saves without end and says after each commit what is saved; a test kills it.

python -m tests.support.saver <database url> <customer id>
"""

import sys
from itertools import count

from flask import Flask
from flask_babel import Babel
from sqlalchemy import make_url

from extensions import db
from models import Customer
from services import database, records, tripwire
from tests.support.factories import BY
from tests.support.threads import write


def main(url: str, customer_id: int) -> None:
    app = Flask("saver")
    app.config["SQLALCHEMY_DATABASE_URI"] = make_url(url)
    db.init_app(app)
    Babel(app)
    tripwire.install()
    with app.app_context():
        database.configure(db.engine)
        start = int(db.session.get_one(Customer, customer_id).city)
    for number in count(start + 1):
        values = {"city": f"{number}", "phone": f"{number}"}
        write(
            app,
            lambda session, v=values: records.save(session, session.get_one(Customer, customer_id), v, by=BY),
        )
        print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
