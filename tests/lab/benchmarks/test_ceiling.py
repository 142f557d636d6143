"""What PostgreSQL logged of an act can be sent once more."""

from tests.lab.benchmarks.ceiling import Statement, script, transactions


def logged(process: str, message: str, detail: str = "") -> list[str]:
    return [*[""] * 3, process, *[""] * 9, message, detail]


LOG = [
    logged("7", "statement: BEGIN;"),
    logged("7", "execute __asyncpg_stmt_1__: SELECT $1, $2", "parameters: $1 = 'it''s 10:30', $2 = NULL"),
    logged("8", "statement: BEGIN;"),
    logged("8", "statement: SELECT 8"),
    logged("7", "duration: 0.1 ms"),
    logged("7", "statement: COMMIT;"),
    logged("8", "statement: ROLLBACK;"),
]


def test_an_act_is_what_one_connection_sent_and_committed_with_its_values() -> None:
    assert list(transactions(LOG)) == [[Statement("SELECT $1, $2", ("'it''s 10:30'", "NULL"))]]


def test_a_script_prepares_each_statement_once_and_sends_each_act_in_one_transaction() -> None:
    (act,) = transactions(LOG)

    text = "".join(script([act, act]))

    assert text.count("PREPARE asked_0 AS SELECT $1, $2;") == 1
    assert text.count("BEGIN;\nEXECUTE asked_0('it''s 10:30', NULL);\nCOMMIT;\n") == 2
