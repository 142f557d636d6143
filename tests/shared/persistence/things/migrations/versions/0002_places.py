"""A second table; fails half-way if there is a thing 13."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table("places", sa.Column("place_id", sa.Integer, primary_key=True))
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM things WHERE thing_id = 13")):
        raise ValueError("there is a thing 13")


def downgrade() -> None:
    op.drop_table("places")
