"""Made-up requests to every route of every service: no fall, and no answer that the OpenAPI document does not promise.

Each route is asked with what fits its document and with what does not, about things that exist and about others, by
somebody who may do everything and by somebody without a token.
"""

from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from tests.fuzz.served import SEEDS, Served, serve

load_all_checks()
HELD = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
EXAMPLES = {GenerationMode.POSITIVE: 5, GenerationMode.NEGATIVE: 3}
OFTEN = st.sampled_from([True, True, False])


@pytest.fixture(scope="module", params=sorted(SEEDS))
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(request.param, tmp_path_factory.mktemp("fuzz"), "postgresql") as running:
        yield running


def operations(served: Served) -> list[Any]:
    schema = schemathesis.openapi.from_dict(served.document)
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_to_somebody_who_may_do_much_is_promised(served: Served, mode: GenerationMode) -> None:
    """Statuses, content types, headers and bodies are those of the document, and none is 500."""
    asked: dict[int, int] = {}
    session, headers = requests.Session(), {"Authorization": f"Bearer {served.token}"}
    session.trust_env = False
    for operation in operations(served):

        @seed(17)
        @settings(
            max_examples=EXAMPLES[mode],
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), known=OFTEN, fresh=OFTEN)
        def ask(case: Any, known: bool, fresh: bool) -> None:
            if known:
                names = set(case.path_parameters or {}) & set(served.known)
                case.path_parameters = {**(case.path_parameters or {}), **{name: served.known[name] for name in names}}
            if fresh and "if-match" in {name.lower() for name in case.headers or {}}:
                case.headers = {**case.headers, "if-match": '"1"'}
            answer = case.call(base_url=served.url, headers=headers, session=session)
            asked[answer.status_code] = asked.get(answer.status_code, 0) + 1
            case.validate_response(answer, checks=[CHECKS.get_one(name) for name in HELD])

        # Nothing wrong can be sent to a route that takes nothing.
        with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
            ask()
    assert sum(asked.values()) > 60, asked
    if mode is GenerationMode.POSITIVE:
        assert {200, 404, 409} <= set(asked), asked


def test_nobody_gets_in_without_a_token(served: Served) -> None:
    """Every route that takes one answers 401, whatever is sent; the others do not fall."""
    session = requests.Session()
    session.trust_env = False
    for operation in operations(served):
        guarded = "security" in operation.definition.raw

        @seed(18)
        @settings(
            max_examples=1,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        def ask(case: Any) -> None:
            case.headers = {name: value for name, value in (case.headers or {}).items() if name != "Authorization"}
            answer = case.call(base_url=served.url, session=session)
            case.validate_response(answer, checks=[CHECKS.get_one(name) for name in HELD])
            if guarded:  # noqa: B023 - asked at once
                assert answer.status_code in {400, 401}

        ask()
