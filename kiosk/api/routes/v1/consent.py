"""What people are asked to agree to before they are enrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, Query

from kiosk.api.accounts.auth import require
from kiosk.api.answers.problems import Refusal
from kiosk.api.answers.schemas import ConsentTextShown
from kiosk.api.context import Here
from kiosk.api.routes.v1.answers import failures
from kiosk.core.accounts.credentials import Right
from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from kiosk.core.people.consent import ConsentText
    from kiosk.services.people.consent import Consents

router = APIRouter(prefix="/v1", tags=["Enrollments"])
_LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$"

ConsentLanguage = Annotated[
    str | None,
    Form(
        description="In which language the person was shown the consent text, such as `en`; see "
        "`/v1/consent-text`. The receipt names it. By default the first there is.",
        max_length=8,
        json_schema_extra={"pattern": _LANGUAGE},
    ),
]


@router.get(
    "/consent-text",
    dependencies=[Depends(require(Right.ENROLL))],
    responses=failures(400, 404),
    summary="Show the consent text",
)
def show_consent_text(
    here: Here,
    language: Annotated[
        str | None,
        Query(
            description="Such as `en`; the site's own by default.",
            max_length=8,
            json_schema_extra={"pattern": _LANGUAGE},
        ),
    ] = None,
) -> ConsentTextShown:
    """Return the text that a person must be shown before `consent` may be sent as `true`."""
    consents = here.kiosk.consents
    languages = consents.languages()
    if language is not None and language not in languages:
        raise Refusal(
            404,
            f"There is no consent text in the language {language!r}.",
            hint=f"Ask for one of {', '.join(languages)}.",
        )
    text = consents.text(language)
    return ConsentTextShown(
        language=text.language,
        version=text.version,
        sha256=text.sha256,
        markdown=text.markdown,
        languages=languages,
    )


def text_in(consents: Consents, language: str | None) -> ConsentText:
    """Return the consent text in a language, or in the first there is.

    Raises:
        InvalidInput: there is none in that language.
        ResourcesMissing: there is none at all.
    """
    languages = consents.languages()
    if language is not None and language not in languages:
        raise InvalidInput(
            f"There is no consent text in the language {language!r}.",
            hint=f"Use one of {', '.join(languages)}.",
        )
    return consents.text(language)
