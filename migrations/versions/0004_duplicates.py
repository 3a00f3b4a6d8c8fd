"""What possible duplicates are found by: keys of e-mail, phones and tax number, and names within a city."""

import sqlalchemy as sa
from alembic import op

from services import likeness

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CARDS = ("contacts", "customers", "vendors", "bank_accounts")
KEYS = {"email_key": 254, "phone_key": 9, "mobile_key": 9, "vat_key": 20}
TYPED = ("email", "phone", "mobile", "vat_no")
AT_ONCE = 1000


def upgrade() -> None:
    for name in CARDS:
        for key, limit in KEYS.items():
            op.add_column(name, sa.Column(key, sa.String(length=limit), nullable=True))
        _fill(name)
        for key in KEYS:
            op.create_index(op.f(f"ix_{name}_{key}"), name, [key])
        op.create_index(f"ix_{name}_search_city_name", name, ["search_city", "search_name"])
    op.add_column("office", sa.Column("duplicate_percent", sa.Integer(), server_default="85", nullable=False))


def _fill(name: str) -> None:
    """Give the cards that are there the keys that a save would give them."""
    connection = op.get_bind()
    typed = [column for column in TYPED if column != "vat_no" or name != "bank_accounts"]
    cards = sa.table(name, sa.column("id"), *map(sa.column, (*typed, *KEYS)))
    last = 0
    while True:
        rows = connection.execute(
            sa.select(cards.c.id, *(cards.c[column] for column in typed))
            .where(cards.c.id > last)
            .order_by(cards.c.id)
            .limit(AT_ONCE)
        ).mappings()
        found = [{"row": row["id"], **likeness.keys(row)} for row in rows]
        if not found:
            return
        connection.execute(
            sa.update(cards)
            .where(cards.c.id == sa.bindparam("row"))
            .values({key: sa.bindparam(key) for key in KEYS}),
            found,
        )
        last = found[-1]["row"]
