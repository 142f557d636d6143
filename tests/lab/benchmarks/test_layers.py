"""Whatever a sample shows is counted to one layer."""

from importlib.util import find_spec

from tests.lab.benchmarks.layers import LAYERS, LOOP, by_layer

_SERVED = (
    "serve (loans_service/__main__.py:9)",
    "Server.run (uvicorn/server.py:86)",
    "Runner.run (asyncio/runners.py:1)",
)


def test_every_module_of_a_layer_is_there() -> None:
    named = [module for modules in LAYERS.values() for module in modules]

    assert [] == [module for module in named if find_spec(module) is None]
    assert len(set(named)) == len(named)


def test_the_innermost_module_with_a_layer_counts_and_the_longest_name_that_fits() -> None:
    act = (*_SERVED, "run_asgi (uvicorn/protocols/http/httptools_impl.py:422)")
    use_case = (*act, "CheckOutCopy.__call__ (loans_service/application/lending/check_out_copy.py:60)")

    counted = by_layer(
        [
            (_SERVED, 5),
            (act, 7),
            ((*use_case, "uuid4 (uuid.py:7)"), 11),
            ((*use_case, "LoanView.of (loans_service/application/lending/views.py:3)", "<genexpr> (<string>:1)"), 13),
            ((*use_case, "Connection._do_execute (asyncpg/connection.py:2069)"), 17),
        ]
    )

    assert {LOOP: 5, "server": 7, "use case": 11, "route and answer": 13, "driver": 17} == counted
