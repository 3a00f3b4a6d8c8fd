"""The Flask extensions, created unbound; this module imports nothing from Carnet."""

from flask_babel import Babel
from flask_login import LoginManager
from flask_mail import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Declarative base; every constraint has a stable name, so that migrations can address it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# Answers are rendered after the commit from the records at hand: nothing is read a second time.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "autoflush": False})
csrf = CSRFProtect()
login = LoginManager()
babel = Babel()
migrate = Migrate()
mail = Mail()
