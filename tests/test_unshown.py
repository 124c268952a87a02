"""What is shown of an object that holds variables, a token or a key: never those."""

import traceback
from collections.abc import Callable

import pytest
from msgspec import Struct

from gatekeeper.checks.contract import Context, TargetPlan
from gatekeeper.evidence.probe import Inquiry, Place
from gatekeeper.forge.access import Access, App

HIDDEN = "hunter2"


class Anything:
    """Stands for a field that is not looked at; what is asked of it is itself."""

    def __getattr__(self, name: str) -> "Anything":
        return self

    def __repr__(self) -> str:
        return "anything"


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (Context, "caller_env", {"TOKEN": HIDDEN}), (TargetPlan, "variables", {"TOKEN": HIDDEN}),
        (Place, "env", {"TOKEN": HIDDEN}), (Inquiry, "variables", {"TOKEN": HIDDEN}), (App, "key", HIDDEN),
        (Access, "token", HIDDEN), (Access, "app", App("1", HIDDEN)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("shown", [repr, str, "{}".format])
def test_a_secret_is_not_shown(kind: type[Struct], field: str, value: object, shown: Callable[[object], str]) -> None:
    made = kind(**{name: Anything() for name in kind.__struct_fields__} | {field: value})
    assert kind.__name__ in shown(made)
    assert HIDDEN not in shown(made)


def test_nor_in_a_traceback_with_the_values_of_variables() -> None:
    access = Access("https://api.example", "owner/name", token=HIDDEN)
    try:
        raise ValueError(access)
    except ValueError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "owner/name" in told
    assert HIDDEN not in told
